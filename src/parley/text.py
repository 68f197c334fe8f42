"""Text as anybody may send it."""

import re

# What neither UTF-8 nor PostgreSQL takes: halves of surrogate pairs, which clients leave when they cut an emoji in two
# and terminals for what is no character in their encoding, and NUL.
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


def storable(text: str) -> str:
    """The text as it is, but for what cannot be stored, which becomes U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)
