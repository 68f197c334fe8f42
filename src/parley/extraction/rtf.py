"""The text of an RTF file."""

import re

# Braces, and the groups that striprtf leaves out though they have text: headers and footers, footnotes, comments, and
# the text boxes in drawings. A backslash before a brace makes it a character.
_GROUPS = re.compile(
    r"\\[\\{}]|\}|"
    r"\{(?:\s*(?:\\\*\s*)?\\(header[lrf]?|footer[lrf]?|footnote|annotation|shptxt|shpinst|shp)(?![a-z]) ?)?"
)

# The text that stands before and behind the text of such a group.
_AROUND = {
    "annotation": (r" [comment: ", "]"),
    "footnote": (r" [footnote: ", "]"),
    "shp": ("", ""),
    "shpinst": ("", ""),
}
_PARAGRAPH = (r"\par ", r"\par ")


def rtf_text(data: bytes) -> str:
    """Return the text of an RTF file, with its headers, footers, notes and text boxes where the file has them."""
    from striprtf.striprtf import rtf_to_text

    ends: list[str] = []

    def open_group(found: re.Match[str]) -> str:
        brace, name = found[0][0], found[1]
        if brace == "{":
            before, after = _AROUND.get(name, _PARAGRAPH) if name else ("", "")
            ends.append(after)
            return f"{{{before}" if name else found[0]
        if brace == "}":
            return (ends.pop() if ends else "") + found[0]
        return found[0]

    return rtf_to_text(_GROUPS.sub(open_group, data.decode("cp1252", errors="replace")), errors="replace")
