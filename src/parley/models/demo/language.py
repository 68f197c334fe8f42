"""The languages of the demo model: `languages/TAG.toml` has its lines, and the questions that it recognizes."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_FILES = files(__package__) / "languages"

# Where two languages fit a text equally well, the first of these is taken.
TAGS = ("en", "de", "fr", "es", "pt-BR", "zh-CN", "ja")

_KANA = re.compile("[\N{HIRAGANA LETTER SMALL A}-\N{KATAKANA LETTER SMALL KE}]")
_HAN = re.compile("[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_VALUE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Topic:
    """A kind of question."""

    patterns: Sequence[re.Pattern[str]]
    lines: dict[str, list[str]]
    """The lines of its answer. Some have several variants."""

    def match(self, text: str) -> re.Match[str] | None:
        """The first pattern's match."""
        return next((found for pattern in self.patterns if (found := pattern.search(text))), None)

    def line(self, name: str = "say", /, **values: object) -> str:
        """A line with its values filled in; a name in braces that is no value stays."""
        return fill(self.lines[name][0], values)


@dataclass(frozen=True)
class Language:
    """One language of the demo model."""

    tag: str
    words: frozenset[str]
    topics: dict[str, Topic]

    def __getitem__(self, topic: str) -> Topic:
        return self.topics[topic]


def fill(line: str, values: dict[str, object]) -> str:
    return _VALUE.sub(lambda found: str(values.get(found[1], found[0])), line)


@cache
def languages() -> tuple[Language, ...]:
    """All languages. The first call reads the files, which takes some hundredths of a second."""
    return tuple(_read(tag, tomllib.loads((_FILES / f"{tag}.toml").read_text(encoding="utf-8"))) for tag in TAGS)


def languages_of(text: str, earlier: Iterable[str]) -> list[Language]:
    """The languages that a text may be in, the likeliest first.

    A text without a known word, such as `2 + 2`, may be in any. Among equals, the language of the `earlier` messages,
    newest first, is the likeliest.
    """
    best = _best(text)
    for message in earlier:
        if len(known := _best(message)) == 1 and known[0] in best:
            return [*known, *(language for language in best if language is not known[0])]
    return best


def _best(text: str) -> list[Language]:
    scores = {language.tag: _score(text, language) for language in languages()}
    highest = max(scores.values())
    return [language for language in languages() if scores[language.tag] == highest]


def _score(text: str, language: Language) -> int:
    if _KANA.search(text):
        return int(language.tag == "ja")
    if _HAN.search(text):
        return int(language.tag in ("ja", "zh-CN"))
    return sum(
        word in language.words for word in _WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    )


def _read(tag: str, content: dict[str, Any]) -> Language:
    words = frozenset(content.pop("words").split())
    return Language(tag, words, {name: _topic(table) for name, table in content.items()})


def _topic(table: dict[str, Any]) -> Topic:
    patterns = [re.compile(pattern, re.IGNORECASE | re.DOTALL) for pattern in table.get("when", ())]
    return Topic(patterns, {name: list(_variants(line)) for name, line in table.items() if name != "when"})


def _variants(line: str | list[str]) -> Iterator[str]:
    for variant in [line] if isinstance(line, str) else line:
        yield variant.strip("\n")
