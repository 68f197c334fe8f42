"""The encoding of text that programs of Windows have saved as they did before UTF-8."""

import io
import re

from charset_normalizer import from_bytes

# Japan, Taiwan, China, Eastern Europe (in Cyrillic letters, and in Latin ones), Western Europe.
_ENCODINGS = ["cp932", "cp950", "gb18030", "cp1251", "cp1250", "cp1252"]

# As much as is looked at. It ends with what is never the second half of a character.
_BEGINNING = re.compile(rb"(?s).{,100000}(?:[\0-/]|\Z)")

# In Latin letters, so many that are not of ASCII hardly ever follow each other.
_OTHER_LETTERS = re.compile(rb"[\x80-\xff]{3}")

# What letters of Eastern Europe look like in the encoding of Western Europe, where nothing like it stands within words.
_IN_A_WORD = re.compile("[a-zà-ÿœšž][¹³º¼¾¿ìù\ufffd][a-zà-ÿœšž]")


def guess_encoding(data: bytes) -> str:
    """The encoding of data that are not in UTF-8: that of Western Europe, unless much speaks for another. They may not
    be in it, either."""
    telling = b"".join(line for line in io.BytesIO(data) if not line.isascii())
    beginning = _BEGINNING.match(telling)
    sample = beginning[0] if beginning else telling
    if _OTHER_LETTERS.search(sample):
        best = from_bytes(sample, cp_isolation=_ENCODINGS).best()
        if best and best.encoding not in ("cp1250", "cp1252"):
            return best.encoding
    # Between these two the library errs too often.
    return "cp1250" if _IN_A_WORD.search(sample.decode("cp1252", errors="replace")) else "cp1252"
