"""Who says what, in conversations of several people."""

# An author's name is the first thing that the model reads, so it is kept short and on one line.
_LONGEST_NAME = 80

GROUP_INSTRUCTIONS = (
    "You are in a group conversation. Each message begins with the name of the person who wrote it and a colon. "
    "Begin yours without a name."
)


def with_author(words: str, name: str | None) -> str:
    """What a person said, with the person's name before it."""
    return f"{' '.join((name or 'Somebody').split())[:_LONGEST_NAME]}: {words}"


def split_author(message: str) -> tuple[str, str]:
    """The name of the author and what the person said, from a message that `with_author` made."""
    name, _, words = message.partition(": ")
    return name, words
