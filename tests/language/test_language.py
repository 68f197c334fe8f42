"""The lines of the bot in all languages: the catalogues, the choice of one, and the messages that users see."""

import ast
import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from fluent.syntax.ast import Comment, GroupComment, Message, ResourceComment
from microsoft_teams.ai import Function

import parley
from doubles.bot import BOT_ID, Bot, Conversation, run_bot
from doubles.connector import Connector
from doubles.cpu import cpu_time
from doubles.lines import entries_of, line, messages_of, values_of
from doubles.model_server import ModelServer
from parley.language import Localizer, as_failure, localizer_for
from parley.language.catalogue import Catalogue, catalogue_tags

SOURCE = Path(parley.__file__).parent
TAGS = catalogue_tags()
OTHERS = [tag for tag in TAGS if tag != "en"]


# The catalogues.


def values(tag: str) -> dict[str, set[str]]:
    return {id: values_of(message) for id, message in messages_of(tag).items()}


def test_each_language_has_a_catalogue() -> None:
    assert set(TAGS) >= {"en", "de", "fr", "es", "pt-BR", "ja", "zh-CN"}


@pytest.mark.parametrize("tag", TAGS)
def test_a_catalogue_has_only_comments_and_unique_plain_lines(tag: str) -> None:
    ids = Counter(entry.id.name for entry in entries_of(tag) if isinstance(entry, Message))

    assert {type(entry) for entry in entries_of(tag)} <= {Message, Comment, GroupComment, ResourceComment}
    assert [id for id, count in ids.items() if count > 1] == []
    assert [id for id, line in messages_of(tag).items() if line.value is None or line.attributes] == []


@pytest.mark.parametrize("tag", OTHERS)
def test_each_catalogue_has_the_same_lines_as_english(tag: str) -> None:
    assert list(messages_of(tag)) == list(messages_of("en"))


@pytest.mark.parametrize("tag", OTHERS)
def test_each_line_takes_the_same_values_as_in_english(tag: str) -> None:
    assert values(tag) == values("en")


@pytest.mark.parametrize(
    ("tag", "beginning"),
    [
        ("en", "Hi!"),
        ("de", "Hallo!"),
        ("fr", "Bonjour\xa0!"),
        ("es", "¡Hola!"),
        ("pt-BR", "Olá!"),
        ("ja", "こんにちは。"),
        ("zh-CN", "你好"),
    ],
)
def test_each_catalogue_is_in_its_language(tag: str, beginning: str) -> None:
    assert Localizer(tag)("no-question").startswith(beginning)


@pytest.mark.parametrize("tag", OTHERS)
def test_no_line_is_left_in_english(tag: str) -> None:
    english = messages_of("en")

    assert [
        id for id, line in messages_of(tag).items() if line.equals(english[id], ignored_fields=["span", "comment"])
    ] == []


# The source.


class Use(NamedTuple):
    """A place in the source that names a line; `values` is None if the call does not list them."""

    place: str
    id: str
    values: set[str] | None


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """All nodes of the source with their places, `FILE:LINE`."""
    trees = {
        path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }
    return [(f"{path}:{getattr(node, 'lineno', 0)}", node) for path, tree in trees.items() for node in ast.walk(tree)]


def written(expression: ast.AST | None) -> Iterator[str]:
    """The literal texts that an expression may evaluate to."""
    match expression:
        case ast.Constant(str(value)):
            yield value
        case ast.JoinedStr():
            yield ast.unparse(expression)
        case ast.IfExp(body=first, orelse=second):
            yield from written(first)
            yield from written(second)
        case ast.Dict(values=members) | ast.Tuple(elts=members) | ast.List(elts=members):
            for member in members:
                yield from written(member)
        case _:
            pass


def is_localizer(function: ast.AST) -> bool:
    """True if the function is a `Localizer`, by its name: `localize`, `turn.localize`, `self._localize`."""
    match function:
        case ast.Name("localize") | ast.Attribute(attr="localize" | "_localize"):
            return True
        case _:
            return False


def uses() -> Iterator[Use]:
    """All places that name a line: calls of a localizer, returned and declared `LineId`s."""
    for place, node in nodes():
        match node:
            case ast.Call(function, [first], keywords) if is_localizer(function):
                given = {keyword.arg for keyword in keywords if keyword.arg}
                yield from (Use(place, id, given if len(given) == len(keywords) else None) for id in written(first))
            case ast.FunctionDef(returns=ast.AST() as kind) | ast.AsyncFunctionDef(returns=ast.AST() as kind):
                if "LineId" in ast.unparse(kind):
                    returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
                    yield from (Use(place, id, None) for expression in returned for id in written(expression))
            case ast.AnnAssign(annotation=kind, value=ast.Dict(keys)) if "[LineId," in ast.unparse(kind):
                yield from (Use(place, id, None) for key in keys for id in written(key))
            case ast.AnnAssign(annotation=kind, value=assigned) if "LineId" in ast.unparse(kind):
                yield from (Use(place, id, None) for id in written(assigned))
            case _:
                pass


def test_every_line_that_the_source_names_exists() -> None:
    english = values("en")

    assert [use for use in uses() if use.id not in english] == []


def test_each_line_gets_exactly_the_values_that_it_takes() -> None:
    english = values("en")

    given = [use for use in uses() if use.values is not None and use.id in english]
    assert any(use.values for use in given)
    assert [use for use in given if use.values != english[use.id]] == []


def test_every_line_is_named_in_the_source() -> None:
    named = {node.value for _, node in nodes() if isinstance(node, ast.Constant)}

    assert [id for id in messages_of("en") if id not in named] == []


def test_no_text_outside_the_catalogues_is_sent() -> None:
    sent = [
        (place, text)
        for place, node in nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "send"
        for argument in node.args
        for text in written(argument)
    ]

    assert sent == []


# The choice of a language.


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("en-US", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("fr-CA", "fr"),
        ("es-419", "es"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("pt", "pt-BR"),
        ("ja-JP-u-ca-japanese", "ja"),
        ("zh-CN", "zh-CN"),
        ("zh-Hans-SG", "zh-CN"),
        ("zh-Hant-TW", "zh-CN"),
        ("zh", "zh-CN"),
        ("tlh-AQ", "en"),
        ("dem-DE", "en"),
        ("x-de", "en"),
        ("", "en"),
        (None, "en"),
        ("-", "en"),
        ("../de", "en"),
        ("\N{PILE OF POO}", "en"),
    ],
)
def test_a_locale_selects_the_nearest_language_else_english(locale: str | None, tag: str) -> None:
    assert localizer_for(locale).tag == tag


def test_an_endless_locale_is_not_read_to_its_end() -> None:
    with cpu_time() as cpu:
        assert localizer_for("-" * 1_000_000).tag == "en"

    assert cpu.seconds < 1  # seconds; it would be minutes


def test_a_region_with_its_own_catalogue_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.language.localizer.catalogue_tags", lambda: ["en", "pt-BR", "pt-PT"])

    assert [localizer_for(locale).tag for locale in ("pt-PT", "pt-BR", "pt-AO")] == ["pt-PT", "pt-BR", "pt-BR"]


# The localizer.


@pytest.fixture
def catalogues(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Sources for the German and the English catalogue, which the test fills."""
    sources: dict[str, str] = {}
    monkeypatch.setattr("parley.language.localizer.open_catalogue", lambda tag: Catalogue(tag, sources[tag]))
    return sources


def test_a_line_missing_from_a_catalogue_is_in_english(catalogues: dict[str, str]) -> None:
    catalogues |= {"de": "one = eins", "en": "one = one\ntwo = two"}
    localize = localizer_for("de")

    assert [localize("one"), localize("two")] == ["eins", "two"]


@pytest.mark.parametrize("broken", ["one = { $other }", "one = { another }", "one =\n    .title = eins", "one"])
def test_a_line_broken_in_a_catalogue_is_in_english(catalogues: dict[str, str], broken: str) -> None:
    catalogues |= {"de": broken, "en": "one = one { $value }"}

    assert localizer_for("de")("one", value="x") == "one x"


@pytest.mark.parametrize("tag", TAGS)
def test_an_unknown_line_is_an_error(tag: str) -> None:
    with pytest.raises(KeyError, match="no-such-line"):
        localizer_for(tag)("no-such-line")


@pytest.mark.parametrize("tag", TAGS)
def test_a_missing_value_is_an_error(tag: str) -> None:
    with pytest.raises(KeyError, match="using-tool"):
        localizer_for(tag)("using-tool", instead="x")


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("value", ["{ $tool } { thinking }", "{", '{ "x" }', "a\n  b\n", "\u2068.attr = 1"])
def test_a_text_value_is_inserted_unchanged(tag: str, value: str) -> None:
    before, after = localizer_for(tag)("using-tool", tool="@").split("@")

    assert localizer_for(tag)("using-tool", tool=value) == f"{before}{value}{after}"


def test_a_text_value_that_is_too_long_is_shortened() -> None:
    before, after = line("using-tool", tool="@").split("@")

    text = line("using-tool", tool="x" * 100_000)

    assert re.fullmatch(f"{re.escape(before)}x{{1000,2500}}…{re.escape(after)}", text)


def test_numbers_and_times_are_localized(catalogues: dict[str, str]) -> None:
    line = 'line = { $number } { DATETIME($moment, dateStyle: "short", timeStyle: "short") }'
    catalogues |= {"de": line, "en": line}
    moment = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)

    german, english = (localizer_for(tag)("line", number=1234, moment=moment) for tag in ("de", "en"))

    assert german == "1.234 01.03.26, 14:05"
    assert english == "1,234 3/1/26, 2:05\u202fPM"


def test_a_time_is_written_in_its_own_zone(catalogues: dict[str, str]) -> None:
    catalogues["de"] = 'line = { DATETIME($moment, timeStyle: "short") }'
    moment = datetime(2026, 3, 1, 23, 5, tzinfo=timezone(timedelta(hours=9)))

    assert localizer_for("de")("line", moment=moment) == "23:05"


# The messages that users see.


class User(NamedTuple):
    """A user with a locale of Teams, and the localizer it should select."""

    locale: str
    localize: Localizer


ALL_USERS = pytest.mark.parametrize(
    "user",
    [
        User("en-GB", Localizer("en")),
        User("de-AT", Localizer("de")),
        User("fr-FR", Localizer("fr")),
        User("es-MX", Localizer("es")),
        User("pt-BR", Localizer("pt-BR")),
        User("ja-JP", Localizer("ja")),
        User("zh-CN", Localizer("zh-CN")),
    ],
    ids=lambda user: user.locale,
)


async def write(conversation: Conversation, text: str, user: User) -> None:
    """Send a message as a user with that locale, and wait until the bot has handled it."""
    await conversation.bot.post(conversation.message(text) | {"locale": user.locale})


@ALL_USERS
async def test_a_message_without_a_question_gets_a_localized_reply(bot: Bot, connector: Connector, user: User) -> None:
    await write(bot.personal(), "", user)

    [message] = connector.messages
    assert message.text == user.localize("no-question")


@ALL_USERS
async def test_a_refusal_of_too_many_messages_is_localized(
    environment: dict[str, str], connector: Connector, model: ModelServer, user: User
) -> None:
    model.speaks(30, "The answer.")
    async with run_bot(environment | {"MAX_WAITING_TURNS": "0"}, connector) as bot:
        chat = bot.personal()
        await bot.deliver(chat.message("One") | {"locale": user.locale})
        await write(chat, "Two", user)

    assert sorted(message.text for message in connector.messages) == sorted(
        ["The answer.", user.localize("still-answering")]
    )


@ALL_USERS
async def test_a_failure_is_localized_and_shows_its_id(
    bot: Bot, connector: Connector, model: ModelServer, caplog: pytest.LogCaptureFixture, user: User
) -> None:
    model.fails_after("Half of ")

    await write(bot.personal(), "Hi", user)

    message, offer = connector.messages
    [id] = re.findall("[0-9a-f]{8}", message.text)
    line = user.localize("failure-with-id", what=user.localize("model-failed"), id=id)
    assert message.text == f"Half of \n\n{as_failure(line)}"
    assert (offer.text, offer.choices) == (user.localize("offer-to-try-again"), [user.localize("try-again")])
    assert f"id {id}:" in caplog.text


@ALL_USERS
async def test_a_failed_question_is_asked_again_in_each_language(
    bot: Bot, connector: Connector, model: ModelServer, user: User
) -> None:
    model.fails_after("Half of ")
    await write(bot.personal(), "Hi", user)

    await write(bot.personal(), user.localize("try-again"), user)

    assert [bubble.text for bubble in connector.bubbles()] == ["OK."]


@ALL_USERS
async def test_the_notice_below_a_cut_off_answer_is_localized(
    bot: Bot, connector: Connector, model: ModelServer, user: User
) -> None:
    model.is_cut_off_after("Half of it")

    await write(bot.personal(), "Hi", user)

    [message] = connector.messages
    assert message.text == f"Half of it\n\n{user.localize('cut-off')}"


@ALL_USERS
async def test_the_status_during_an_answer_is_localized(
    environment: dict[str, str], connector: Connector, model: ModelServer, user: User
) -> None:
    async def search() -> str:
        await asyncio.sleep(5)
        return "found"

    tool = Function("web_search", "Searches.", None, search)
    model.calls(("1", "web_search", "{}"))
    model.last_turn.pauses = [5.0]
    model.speaks("Here ", 200, "it is.")

    async with run_bot(environment | {"MODEL_STALL_TIMEOUT": "600"}, connector, tools=[tool]) as bot:
        turn = asyncio.create_task(write(bot.personal(), "Hi", user))
        await connector.first_step.wait()
        await asyncio.sleep(150)
        [meanwhile] = connector.bubbles()
        text = meanwhile.text
        await turn

    tool = user.localize("using-tool", tool="web search")
    assert [step.text for step in connector.steps] == [user.localize("thinking"), tool, "Here "]
    assert text == f"Here \n\n{user.localize('still-writing')}"
    assert [bubble.text for bubble in connector.bubbles()] == ["Here it is."]


async def test_in_a_group_each_user_gets_their_own_language(bot: Bot, connector: Connector) -> None:
    group = bot.group()
    for locale in ("fr-FR", "en-US", "ja-JP"):
        await bot.post(group.message("<at>Parley</at>", mentions={"Parley": BOT_ID}) | {"locale": locale})

    lines = [Localizer(tag)("no-question") for tag in ("fr", "en", "ja")]
    assert [message.text for message in connector.messages] == lines


async def test_a_user_without_a_locale_gets_english(bot: Bot, connector: Connector) -> None:
    message = bot.personal().message("")
    del message["locale"]

    await bot.post(message)

    assert [message.text for message in connector.messages] == [line("no-question")]
