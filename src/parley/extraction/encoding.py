"""The encoding of a text file: declared, Unicode, or guessed."""

import codecs
import io
import re
from collections import defaultdict
from math import hypot
from unicodedata import category

from . import Problem
from .extracted import Extracted

# Bytes or characters that decide about a file: Python takes seconds to inspect 20 MB.
_SAMPLE = 100_000

# Bytes of a line that are kept before its first byte that is not ASCII.
_CONTEXT = 100

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is the beginning of this one
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

# The declaration of an encoding in HTML, XML, CSS and source code.
_DECLARED = re.compile(rb"(?:charset|coding)\s*[=:]?\s*[\"']?([A-Za-z][\w.:-]*)")

# The first bytes of such texts.
_DECLARING = (b"<", b"@", b"#", b"/")

# Encodings of East Asia, of Windows, of other systems, and of DOS, which Excel still offers.
_ENCODINGS = (
    *("cp932", "euc-jp", "cp949", "cp950", "gb18030"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("koi8-r", "iso8859-5", "mac-roman", "cp850", "cp852", "cp866"),
)

# The encoding of Western Europe, taken if no other is likely.
_USUAL = "cp1252"

# The likelihood of an encoding before the text is inspected, 1 if it is not listed.
_PRIORS = {"cp1252": 1.3, "mac-roman": 0.7, "cp850": 0.7, "cp852": 0.5, "cp866": 0.7}

# A word of East Asian letters. Latin letters in one of these encodings become single ones.
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff66-\uff9f]{3}")

# Letters of Japanese alone. In other languages hardly any bytes become one.
_KANA = re.compile("[\u3040-\u30ff]")

# The signs of a wrong encoding: letters of two scripts in a word, a symbol or a capital within a word, and controls,
# replacement and private-use characters.
_ODD = re.compile(
    r"[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]"
    r"|(?<=[^\W\d_])[¡-©«-¶¸-¹»-¿×÷†‡•…‰‹›€™ˆ˜˙˚˝˛◊∂∑∏∫√∞≈≠≤≥∆Ω](?=[^\W\d_])"  # noqa: RUF001
    r"|[a-km-z]·[a-z]"
    r"|[a-zß-ÿ][À-ÖØ-ÞŠŽŸŒ][a-zß-ÿ]"
    r"|[\x80-\x9f\ufffd\ue000-\uf8ff]"
)

# Bytes that give evidence: those behind a letter, and several together.
_TELLING = re.compile(rb"[A-Za-z][\x80-\xff]|(?:[\x80-\xff].?){4}")

# An encoding is sure if the next likely one has at most this part of its likelihood.
_UNLIKELY = 0.7

# Categories of Unicode that no text has: control, unassigned, private use, surrogate.
_UNWRITTEN = ("Cc", "Cn", "Co", "Cs")

_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_NON_ASCII_BYTE = re.compile(rb"[\x80-\xff]")

_CONTROLS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")


def decode(data: bytes, extracted: Extracted) -> str:
    """Return the text of a file in Unicode, in the encoding that it declares, or in the most likely one.

    `Problem.MISREAD` is noted if a guess is not sure, or if some bytes do not fit the encoding.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return _decode(data, encoding, extracted)
    if b"\0" in data:
        if encoding := _wide_encoding(data):
            return _decode(data, encoding, extracted)
        data = data.replace(b"\0", b"")  # a program reserved space in the file and did not fill it
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if data.lstrip()[:1] in _DECLARING and (declared := _DECLARED.search(data[:1024])):
        try:
            return data.decode(declared[1].decode())
        except (LookupError, UnicodeError, ValueError):
            pass
    sample = _sample(data)
    in_unicode = sample.decode(errors="replace")
    if in_unicode.count("\ufffd") < _count_non_ascii(in_unicode) / 2:  # UTF-8 with some bad bytes
        extracted.note(Problem.MISREAD)
        return data.decode(errors="replace")
    encoding, is_sure = _guess_encoding(sample)
    if not is_sure:
        extracted.note(Problem.MISREAD)
    return _decode(data, encoding, extracted)


def is_binary(text: str) -> bool:
    """True if decoded data is no text: it has many controls or replacement characters."""
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
    """The UTF-16 or UTF-32 of data without a byte order mark; None if it is neither."""
    import chardet

    sample = data[:_SAMPLE]
    found = chardet.detect(sample)["encoding"]
    if not found or not found.lower().startswith(("utf-16", "utf-32")):
        return None
    text = sample.decode(found, errors="replace")
    unwritten = sum(character not in "\t\r\n" and category(character) in _UNWRITTEN for character in text)
    return None if unwritten > len(text) / 50 + 1 else found


def _sample(data: bytes) -> bytes:
    """The first lines that are not ASCII. Of a long line, the part around its first byte that is not ASCII."""
    found = bytearray()
    for line in io.BytesIO(data):
        if first := _NON_ASCII_BYTE.search(line):
            start = max(0, first.start() - _CONTEXT)
            found += line[start : start + _SAMPLE]
            if len(found) >= _SAMPLE:
                break
    return bytes(found[:_SAMPLE])


def _count_non_ascii(text: str) -> int:
    return sum(1 for _ in _NON_ASCII.finditer(text))


def _guess_encoding(sample: bytes) -> tuple[str, bool]:
    """Return the most likely encoding of data that is not in Unicode, and True if it is sure."""
    import chardet

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
        odd = sum(1 for _ in _ODD.finditer(text)) / max(1, _count_non_ascii(text))
        likelihood = found["confidence"] * _PRIORS.get(encoding, 1) * max(0, 1 - 3 * odd)
        likelihoods[text] = hypot(likelihoods[text], likelihood)
        encodings.setdefault(text, encoding)
    best = max(likelihoods, key=lambda text: likelihoods[text], default="")
    if not likelihoods[best]:
        return _USUAL, False
    others = (likelihood for text, likelihood in likelihoods.items() if text != best)
    is_sure = max(others, default=0) < likelihoods[best] * _UNLIKELY and _TELLING.search(sample) is not None
    return encodings[best], is_sure
