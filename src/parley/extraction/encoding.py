"""The characters of a text file, whatever program has saved it."""

import codecs
import io
import re
from collections import defaultdict
from math import hypot
from unicodedata import category

from . import Problem
from .extracted import Extracted

# Bytes and characters that are looked at.
_SAMPLE = 100_000

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before that of UTF-16, which is its beginning
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

# How HTML, XML, CSS and source code name their encoding.
_DECLARED = re.compile(rb"(?:charset|coding)\s*[=:]?\s*[\"']?([A-Za-z][\w.:-]*)")

# How such texts begin.
_DECLARING = (b"<", b"@", b"#", b"/")

# Encodings of East Asia, of Windows, of other systems, and of DOS, in which Excel still saves if it is asked to.
_ENCODINGS = (
    *("cp932", "euc-jp", "cp949", "cp950", "gb18030"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("koi8-r", "iso8859-5", "mac-roman", "cp850", "cp852", "cp866"),
)

# The encoding of Western Europe, which is what a text is in if nothing speaks for another.
_USUAL = "cp1252"

# How much more or less often texts are in an encoding than in others.
_PRIORS = {"cp1252": 1.3, "mac-roman": 0.7, "cp850": 0.7, "cp852": 0.5, "cp866": 0.7}

# Letters of East Asia as they follow each other there. Latin letters read in one of its encodings become single ones.
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff66-\uff9f]{3}")

# Letters that only Japanese has, and that hardly any other bytes become.
_KANA = re.compile("[\u3040-\u30ff]")

# What stands in a text that is read in a wrong encoding: letters of two scripts in a word, a symbol or a capital within
# a word, characters that are none.
_ODD = re.compile(
    r"[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]"
    r"|(?<=[^\W\d_])[¡-©«-¶¸-¹»-¿×÷†‡•…‰‹›€™ˆ˜˙˚˝˛◊∂∑∏∫√∞≈≠≤≥∆Ω](?=[^\W\d_])"  # noqa: RUF001
    r"|[a-km-z]·[a-z]"
    r"|[a-zß-ÿ][À-ÖØ-ÞŠŽŸŒ][a-zß-ÿ]"
    r"|[\x80-\x9f\ufffd\ue000-\uf8ff]"
)

# Bytes that tell something: such as stand behind a letter, or together.
_TELLING = re.compile(rb"[A-Za-z][\x80-\xff]|(?:[\x80-\xff].?){4}")

# Of two readings that differ, one has to be so much less likely for the other to be sure.
_UNLIKELY = 0.7

# Categories of Unicode that no text has: controls, private use, surrogates, and what is not assigned.
_UNWRITTEN = ("Cc", "Cn", "Co", "Cs")

_CONTROLS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")


def decode(data: bytes, extracted: Extracted) -> str:
    """A text in the encoding that it declares, in Unicode, or as older programs save it. If that had to be guessed and
    could be another one, or if some bytes fit nothing, `Problem.MISREAD` is noted."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return _decode(data, encoding, extracted)
    if b"\0" in data:
        if encoding := _wide_encoding(data):
            return _decode(data, encoding, extracted)
        data = data.replace(b"\0", b"")  # where a file was made larger than what was written
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if data.lstrip()[:1] in _DECLARING and (declared := _DECLARED.search(data[:1024])):
        try:
            return data.decode(declared[1].decode())
        except (LookupError, UnicodeError, ValueError):
            pass
    text = data.decode(errors="replace")
    bad = text.count("\ufffd")
    if bad < sum(not character.isascii() for character in text) / 2:  # most of what is not of ASCII is right
        extracted.note(Problem.MISREAD)
        return text
    encoding, is_sure = guess_encoding(data)
    if not is_sure:
        extracted.note(Problem.MISREAD)
    return _decode(data, encoding, extracted)


def is_binary(text: str) -> bool:
    """True if what was decoded is no text: much of it is no character, or none that is written."""
    sample = text[:_SAMPLE]
    controls = sum(1 for _ in _CONTROLS.finditer(sample))
    return controls > len(sample) / 20 or sample.count("\ufffd") > len(sample) / 3


def _decode(data: bytes, encoding: str, extracted: Extracted) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        extracted.note(Problem.MISREAD)
        return data.decode(encoding, errors="replace")


def _wide_encoding(data: bytes) -> str | None:
    """The encoding of two or four bytes a character that data without a byte order mark are in."""
    import chardet

    sample = data[:_SAMPLE]
    found = chardet.detect(sample)["encoding"]
    if not found or not found.lower().startswith(("utf-16", "utf-32")):
        return None
    text = sample.decode(found, errors="replace")
    unwritten = sum(character not in "\t\r\n" and category(character) in _UNWRITTEN for character in text)
    return None if unwritten > len(text) / 50 + 1 else found


def guess_encoding(data: bytes) -> tuple[str, bool]:
    """The encoding of data that are not in Unicode, and whether it is sure."""
    import chardet

    sample = b"".join(line for line in io.BytesIO(data) if not line.isascii())[:_SAMPLE]
    for encoding in ("cp932", "euc-jp"):
        if len(_KANA.findall(sample.decode(encoding, errors="replace"))) > len(sample) / 8:
            return encoding, True
    likelihoods: defaultdict[str, float] = defaultdict(float)
    encodings: dict[str, str] = {}
    for found in chardet.detect_all(sample, ignore_threshold=True, include_encodings=_ENCODINGS, compat_names=False):
        encoding = found["encoding"]
        if encoding is None:
            continue
        text = sample.decode(encoding, errors="replace")
        if len(text) < len(sample) and not _EAST_ASIAN.search(text):  # characters of two bytes
            continue
        odd = sum(1 for _ in _ODD.finditer(text)) / max(1, sum(not character.isascii() for character in text))
        likelihood = found["confidence"] * _PRIORS.get(encoding, 1) * max(0, 1 - 3 * odd)
        likelihoods[text] = hypot(likelihoods[text], likelihood)
        encodings.setdefault(text, encoding)
    best = max(likelihoods, key=lambda text: likelihoods[text], default="")
    if not likelihoods[best]:
        return _USUAL, False
    others = (likelihood for text, likelihood in likelihoods.items() if text != best)
    is_sure = max(others, default=0) < likelihoods[best] * _UNLIKELY and _TELLING.search(sample) is not None
    return encodings[best], is_sure
