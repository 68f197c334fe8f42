"""Answers in a 1:1 chat, as Teams receives them. The connector refuses what breaks one of Teams' rules."""

import asyncio
from itertools import cycle, pairwise
from pathlib import Path

import httpx
import pytest
from microsoft_teams.ai import Function

from doubles.bot import Bot, run_bot
from doubles.connector import STOPPED, Connector, Sent
from doubles.disk import Disk
from doubles.lines import incident_in, line
from doubles.model_server import ModelServer

THINKING, STILL_WRITING = line("thinking"), line("still-writing")

MINUTE = 60.0


def now() -> float:
    return asyncio.get_running_loop().time()


def texts(sent: list[Sent]) -> list[str]:
    return [each.text for each in sent]


async def ask_while(bot: Bot, connector: Connector, *, seconds: float) -> asyncio.Task[httpx.Response]:
    """Ask, and return while the answer is streamed, so many seconds after its first step."""
    turn = asyncio.create_task(bot.personal().send("Hi"))
    await connector.first_step.wait()
    await asyncio.sleep(seconds)
    return turn


class TestSteps:
    async def test_begin_with_the_first_words_at_once(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks(0.8, "First ", 5, "words.")
        start = now()

        await bot.personal().send("Hi")

        assert connector.steps[0].text == "First "
        assert connector.steps[0].at - start == pytest.approx(0.8, abs=0.05)

    async def test_follow_once_a_second_with_all_the_text(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("a ", 0.4, "b ", 0.4, "c ", 0.4, "d ", 1.5, "e ", 0.1)

        await bot.personal().send("Hi")

        assert texts(connector.sent) == ["a ", "a b c ", "a b c d ", "a b c d e "]
        assert [sent.at for sent in connector.sent] == pytest.approx([0, 1, 2, 3], abs=0.05)

    async def test_are_at_most_one_a_second_however_fast_the_model_is(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        pieces = [piece for number in range(600) for piece in (f"{number} ", 1 / 30)]
        model.speaks(*pieces[:-1])

        answer = await bot.personal().ask("Hi")

        assert answer.split() == [str(number) for number in range(600)]
        assert len(connector.sent) == 21
        assert min(later.at - earlier.at for earlier, later in pairwise(connector.sent)) >= 0.999999

    async def test_wait_until_the_previous_step_has_succeeded(self, bot: Bot, connector: Connector, model: ModelServer):
        connector.latency = 2.5
        model.speaks(*[piece for number in range(10) for piece in (f"{number} ", 1.0)])

        await bot.personal().send("Hi")

        assert [sent.at for sent in connector.sent] == pytest.approx([0, 3.5, 7, 10.5], abs=0.05)

    async def test_arrive_no_faster_when_latencies_differ(self, bot: Bot, connector: Connector, model: ModelServer):
        connector.transits = cycle((0.3, 0.02, 0.1))
        model.speaks(*[piece for number in range(100) for piece in (f"{number} ", 0.1)])

        await bot.personal().send("Hi")

        assert len(connector.steps) > 5 and connector.refusals == []

    async def test_count_from_one_and_the_final_message_has_no_number(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks("a ", 1.2, "b ", 0.5, "c")

        await bot.personal().send("Hi")

        assert [sent.stream and sent.stream.get("streamSequence") for sent in connector.sent] == [1, 2, None]

    async def test_begin_again_with_the_next_answer(self, bot: Bot, connector: Connector, model: ModelServer):
        for _ in range(2):
            model.speaks("a ", 0.5, "b")
            await bot.personal().send("Hi")

        assert texts(connector.sent) == ["a ", "a b"] * 2

    async def test_leave_out_text_that_is_only_white_space(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("\n\n", 0.5, "word ", 0.8)

        await bot.personal().send("Hi")

        assert texts(connector.steps) == ["\n\nword "]

    async def test_end_at_a_word(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("O", 0.1, "n", 0.5, " day on", 0.9, "e they", 0.9, " met", 0.1)

        await bot.personal().send("Hi")

        assert texts(connector.sent) == ["On day ", "On day one ", "On day one they met"]

    async def test_show_the_last_word_before_a_pause(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("One", 5, " two", 5)

        await bot.personal().send("Hi")

        assert texts(connector.sent) == ["One", "One two", "One two"]
        assert [sent.at for sent in connector.sent] == pytest.approx([1, 6, 10], abs=0.05)

    async def test_add_more_than_white_space(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("One.", 2, "\n\n", 2, "Two.", 2)

        await bot.personal().send("Hi")

        assert texts(connector.steps) == ["One.", "One.\n\nTwo."]

    async def test_show_no_open_marks(self, bot: Bot, connector: Connector, model: ModelServer):
        answer = (
            "## Plans\n\n1. **Board game** night at [the *Blue* Lion](https://a.example)\n2. `pub quiz` or *tennis*\n"
        )
        model.speaks(*[piece for character in answer for piece in (character, 0.31)])

        await bot.personal().send("Hi")

        assert list(dict.fromkeys(texts(connector.sent))) == [
            "## Plans\n",
            "## Plans\n\n1. **Board game** ",
            "## Plans\n\n1. **Board game** night ",
            "## Plans\n\n1. **Board game** night at ",
            "## Plans\n\n1. **Board game** night at [the *Blue* Lion](https://a.example)\n",
            "## Plans\n\n1. **Board game** night at [the *Blue* Lion](https://a.example)\n2. `pub quiz` ",
            "## Plans\n\n1. **Board game** night at [the *Blue* Lion](https://a.example)\n2. `pub quiz` or ",
            answer,
        ]


class TestFinal:
    @pytest.mark.parametrize("last_token_after", [0.05, 0.5, 0.95, 1.0, 1.7])
    async def test_comes_at_most_a_second_after_the_last_token(
        self, bot: Bot, connector: Connector, model: ModelServer, last_token_after: float
    ):
        model.speaks("first", last_token_after, " last")

        await bot.personal().send("Hi")

        [final] = connector.messages
        assert final.text == "first last"
        assert final.at <= last_token_after + 1.02

    async def test_is_an_ordinary_message_when_nothing_was_streamed(self, bot: Bot, connector: Connector):
        await bot.personal().send("")

        assert [sent.stream for sent in connector.sent] == [None]

    @pytest.mark.parametrize("text_format", ["markdown", "extendedmarkdown"])
    async def test_and_every_step_name_the_text_format(
        self,
        environment: dict[str, str],
        connector: Connector,
        model: ModelServer,
        text_format: str,
    ):
        model.speaks("a ", 0.5, "b")

        async with run_bot(environment | {"TEXT_FORMAT": text_format}, connector) as bot:
            await bot.personal().send("Hi")

        assert [sent.activity["textFormat"] for sent in connector.sent] == [text_format] * 2

    async def test_of_a_lost_answer_has_no_dangling_marks(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("Ideas:\n\n1. **Board game**\n2. **City ", 2, "ral")
        model.last_turn.breaks_off = True

        await bot.personal().send("Hi")

        shown = "Ideas:\n\n1. **Board game**\n"
        assert texts(connector.steps) == [shown]
        failure, _offer = connector.bubbles()
        assert incident_in(failure.text, "answer-lost", below=f"{shown}2. **City ral**")


class TestWaiting:
    async def test_for_more_than_a_second_is_shown(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks(30, "At last.", 1)

        await bot.personal().send("Hi")

        first, *others = connector.steps
        assert (first.text, first.at) == (THINKING, pytest.approx(1.0, abs=0.05))
        assert first.stream and first.stream["streamType"] == "informative"
        assert texts(others) == ["At last."]
        assert others[0].at == pytest.approx(30, abs=0.05)

    async def test_for_less_than_a_second_is_not_shown(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks(0.9, "Quick.", 1)

        await bot.personal().send("Hi")

        assert texts(connector.steps) == ["Quick."]

    async def test_within_the_text_shows_nothing_else(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("Well, ", 20, "yes.", 1)

        await bot.personal().send("Hi")

        assert texts(connector.steps) == ["Well, ", "Well, yes."]

    @pytest.mark.parametrize("seconds", [0.5, 5.0])
    async def test_for_a_slow_tool_shows_its_name(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, seconds: float
    ):
        async def search() -> str:
            await asyncio.sleep(seconds)
            return "found"

        tool = Function(name="web_search", description="Searches.", parameter_schema=None, handler=search)
        model.calls(("1", "web_search", "{}"))
        model.speaks("Here ", 1.5, "it is.")

        async with run_bot(environment, connector, tools=[tool]) as bot:
            await bot.personal().send("Hi")

        expected = [line("using-tool", tool="web search")] if seconds > 1 else []
        assert texts(connector.steps) == [*expected, "Here "]
        assert connector.steps[-1].at == pytest.approx(seconds, abs=0.05)

    async def test_for_a_tool_shortens_a_very_long_name(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        async def search() -> str:
            await asyncio.sleep(5)
            return "found"

        tool = Function(name="search" * 300, description="Searches.", parameter_schema=None, handler=search)
        model.calls(("1", tool.name, "{}"))

        async with run_bot(environment, connector, tools=[tool]) as bot:
            await bot.personal().send("Hi")

        assert [len(step.text) for step in connector.steps] == [1000]

    async def test_in_vain_ends_with_a_line_instead_of_the_status(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks(5)

        await bot.personal().send("Hi")

        bubble, _offer = connector.bubbles()
        assert incident_in(bubble.text, "empty-answer")
        assert not bubble.has_ai_label and not bubble.is_status


class TestTwoMinutes:
    async def test_are_not_exceeded_and_the_message_is_completed_later(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks(*[piece for number in range(60) for piece in (f"{number} ", 10.0)])

        turn = await ask_while(bot, connector, seconds=3 * MINUTE)
        [meanwhile] = [(bubble.text, bubble.has_ai_label) for bubble in connector.bubbles()]
        await turn

        assert meanwhile == (f"0 1 2 3 4 5 6 7 8 9 10 \n\n{STILL_WRITING}", True)
        [bubble] = connector.bubbles()
        assert bubble.text.split() == [str(number) for number in range(60)]
        assert bubble.has_ai_label
        assert connector.messages[-1].method == "PUT"
        assert connector.messages[-1].at == pytest.approx(10 * MINUTE, abs=0.1)

    async def test_of_silence_end_with_a_line_that_is_replaced_later(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.speaks(4 * MINUTE, "Here it is.", 1)

        async with run_bot(environment | {"MODEL_TIMEOUT": "600"}, connector) as bot:
            turn = await ask_while(bot, connector, seconds=3 * MINUTE)
            meanwhile = [bubble.text for bubble in connector.bubbles()]
            await turn

        assert meanwhile == [STILL_WRITING]
        assert [bubble.text for bubble in connector.bubbles()] == ["Here it is."]

    async def test_are_followed_by_the_typing_indicator(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks(*[piece for number in range(14) for piece in (f"{number} ", 10.0)])

        await bot.personal().send("Hi")

        typing = [sent.at for sent in connector.sent if sent.type == "typing" and not sent.stream]
        assert len(typing) > 5
        assert all(later - earlier == pytest.approx(5, abs=0.1) for earlier, later in pairwise(typing))

    async def test_end_and_a_deleted_message_is_sent_again(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks(*[piece for number in range(15) for piece in (f"{number} ", 10.0)])

        turn = await ask_while(bot, connector, seconds=2 * MINUTE)
        connector.refuse_next(404, "ActivityNotFoundInConversation", "The user has deleted it.", type="message")
        await turn

        assert connector.messages[-1].method == "POST"
        assert connector.messages[-1].text.split()[-1] == "14"

    async def test_end_and_an_unanswered_update_is_sent_as_a_message(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks(*[piece for number in range(15) for piece in (f"{number} ", 10.0)])

        turn = await ask_while(bot, connector, seconds=2 * MINUTE)
        for _ in range(5):
            connector.ignore_next(type="message")
        await turn

        assert connector.bubbles()[-1].text.split()[-1] == "14"

    @pytest.mark.parametrize("retry_after", [10, 40])
    async def test_are_not_exceeded_by_a_step_that_is_throttled(
        self, bot: Bot, connector: Connector, model: ModelServer, retry_after: float
    ):
        model.speaks(*[piece for number in range(20) for piece in (f"{number} ", 10.0)])

        turn = await ask_while(bot, connector, seconds=99)
        connector.refuse_next(429, "TooManyRequests", "slow down", type="typing", retry_after=retry_after)
        await turn

        assert connector.refusals == [429]
        assert [bubble.text.split()[-1] for bubble in connector.bubbles()] == ["19"]

    async def test_without_text_end_with_a_line_without_ai_label(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.speaks(4 * MINUTE, "Here it is.", 1)

        async with run_bot(environment | {"MODEL_TIMEOUT": "600"}, connector) as bot:
            turn = await ask_while(bot, connector, seconds=3 * MINUTE)
            assert [bubble.has_ai_label for bubble in connector.bubbles()] == [False]
            await turn

        assert [bubble.has_ai_label for bubble in connector.bubbles()] == [True]

    async def test_within_a_very_long_line_keep_the_shown_text(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks("x" * 30_000, 1.5, "y" * 10_000, *[piece for _ in range(11) for piece in ("z", 10.0)])

        turn = await ask_while(bot, connector, seconds=107)
        [meanwhile] = [bubble.text for bubble in connector.bubbles()]
        await turn

        assert meanwhile == f"{'x' * 30_000}\n\n{STILL_WRITING}"

    async def test_within_a_code_block_put_the_line_below_it(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("```\n", *[piece for number in range(15) for piece in (f"{number}\n", 10.0)])

        turn = await ask_while(bot, connector, seconds=2 * MINUTE)
        [meanwhile] = [bubble.text for bubble in connector.bubbles()]
        await turn

        assert meanwhile.endswith(f"\n```\n\n{STILL_WRITING}")

    async def test_end_and_a_failing_model_leaves_text_and_line(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks(*[piece for number in range(15) for piece in (f"{number} ", 10.0)])
        model.last_turn.breaks_off = True

        await bot.personal().send("Hi")

        failure, _offer = connector.bubbles()
        assert incident_in(failure.text, "answer-lost", below="".join(f"{number} " for number in range(15)))


class TestStop:
    @pytest.mark.parametrize("message", STOPPED)
    async def test_ends_the_answer_and_sends_nothing_more(
        self, bot: Bot, connector: Connector, model: ModelServer, message: str
    ):
        model.speaks(*[piece for number in range(60) for piece in (f"{number} ", 1.0)])

        turn = await ask_while(bot, connector, seconds=4.5)
        connector.press_stop("personal-1", message=message)
        response = await turn

        refused = connector.sent[-1]
        assert refused.status == 403 and len(connector.refusals) == 1
        assert model.hung_up_at is not None and model.hung_up_at - refused.at < 1
        assert response.status_code == 200
        assert [bubble.text.split()[-1] for bubble in connector.bubbles()] == ["4"]

    async def test_at_the_last_moment_works_too(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("All of ", 0.5, "it.")

        turn = await ask_while(bot, connector, seconds=0.8)
        connector.press_stop("personal-1")
        await turn

        assert connector.refusals == [403]
        assert [bubble.text for bubble in connector.bubbles()] == ["All of "]

    async def test_during_a_status_ends_the_answer_at_its_first_words(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks(4, *[piece for number in range(60) for piece in (f"{number} ", 1.0)])

        turn = await ask_while(bot, connector, seconds=1)
        connector.press_stop("personal-1")
        await turn

        assert model.hung_up_at is not None and model.hung_up_at < 5
        assert [bubble.is_status for bubble in connector.bubbles()] == [True]

    async def test_before_the_line_of_a_failure_is_remembered(
        self, bot: Bot, connector: Connector, model: ModelServer, caplog: pytest.LogCaptureFixture
    ):
        model.speaks("One, ", 0.5)
        model.last_turn.breaks_off = True

        turn = await ask_while(bot, connector, seconds=0.2)
        connector.press_stop("personal-1")
        await turn

        assert [bubble.text for bubble in connector.bubbles()] == ["One, "]
        assert "Apology not sent" not in caplog.text
        await bot.personal().ask("Go on")
        assert model.messages()[2][1].startswith("One, ")

    async def test_that_cannot_be_remembered_is_logged(
        self, disk: Disk, bot: Bot, connector: Connector, model: ModelServer, caplog: pytest.LogCaptureFixture
    ):
        model.speaks("One, ", 5, "two.")

        turn = await ask_while(bot, connector, seconds=0.5)
        disk.execute("DROP TABLE exchanges")
        connector.press_stop("personal-1")
        assert (await turn).status_code == 200

        assert [bubble.text for bubble in connector.bubbles()] == ["One, "]
        assert "Stopped answer not stored" in caplog.text

    async def test_stores_the_shown_text_as_interrupted(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("Never said: ", 1.5, "the end", 60)
        turn = await ask_while(bot, connector, seconds=0.5)
        connector.press_stop("personal-1")
        await turn

        await bot.personal("personal-1").ask("Go on")

        (_, question), (role, shown), _ = model.messages()[1:]
        assert question == "Hi" and role == "assistant"
        assert shown.startswith("Never said: ") and "stopped" in shown and "the end" not in shown


class TestRefusal:
    async def test_of_any_stream_sends_the_whole_answer_as_a_message(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        connector.no_streams.add("personal-1")
        model.speaks("Hello ", 7, "there.")

        await bot.personal().send("Hi")

        [message] = connector.messages
        assert message.text == "Hello there." and message.has_ai_label and not message.stream
        assert message.at == pytest.approx(7, abs=1)
        assert len(connector.steps) == 1, "what Teams has refused is not tried again"

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (403, "Content stream is not allowed."),
            (403, "Content stream was already completed."),
            (403, "Content stream has exceeded streaming time."),
            (403, "Message size too large."),
            (403, "Content must contain previously streamed content."),
            (413, "Message size too big."),
            (400, "Bad request."),
            (500, "Something else."),
        ],
    )
    async def test_within_the_stream_leaves_one_whole_message(
        self, bot: Bot, connector: Connector, model: ModelServer, status: int, reason: str
    ):
        model.speaks("One, ", 2, "two, ", 2, "three.")

        turn = await ask_while(bot, connector, seconds=0.5)
        connector.refuse_next(status, "ContentStreamNotAllowed", reason, type="typing")
        await turn

        assert [bubble.text for bubble in connector.bubbles()] == ["One, two, three."]
        assert connector.messages[-1].at == pytest.approx(4, abs=1)

    async def test_of_the_final_message_leaves_one_whole_message(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        connector.refuse_next(403, "ContentStreamNotAllowed", "Content stream was already completed.", type="message")
        model.speaks("One, ", 2, "two.")

        await bot.personal().send("Hi")

        assert [bubble.text for bubble in connector.bubbles()] == ["One, two."]

    async def test_during_another_stream_damages_neither_answer(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks("First ", 5, "answer.")
        model.speaks("Second ", 2, "answer.")

        turn = await ask_while(bot, connector, seconds=1)
        await bot.personal().send("And another question")
        await turn

        assert [bubble.text for bubble in connector.bubbles()] == ["First answer.", "Second answer."]
        assert connector.refusals == [], "Teams need not be asked"

    async def test_during_a_stream_elsewhere_damages_neither_answer(
        self, environment: dict[str, str], tmp_path: Path, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks("First ", 5, "answer.")
        model.speaks("Second ", 2, "answer.")

        turn = await ask_while(bot, connector, seconds=1)
        elsewhere = environment | {"DATABASE_URL": f"sqlite:///{tmp_path / 'elsewhere.db'}"}
        async with run_bot(elsewhere, connector) as other:
            await other.personal().send("And another question")
        await turn

        assert [bubble.text for bubble in connector.bubbles()] == ["First answer.", "Second answer."]

    async def test_is_followed_by_the_typing_indicator(self, bot: Bot, connector: Connector, model: ModelServer):
        connector.no_streams.add("personal-1")
        model.speaks("One, ", 23, "two.")

        await bot.personal().send("Hi")

        assert len([sent for sent in connector.sent if sent.type == "typing" and not sent.stream]) == 5

    @pytest.mark.parametrize("status", [403, 413, 500])
    async def test_during_a_status_leaves_one_message(
        self, bot: Bot, connector: Connector, model: ModelServer, status: int
    ):
        model.speaks(4, "One, ", 2, "two.")

        turn = await ask_while(bot, connector, seconds=1)
        connector.refuse_next(status, "ContentStreamNotAllowed", "not allowed", type="typing")
        await turn

        assert [(bubble.text, bubble.is_status) for bubble in connector.bubbles()] == [("One, two.", False)]


class TestRetry:
    async def test_of_a_throttled_step_waits_as_long_as_teams_asks(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks("One, ", 1.5, "two, ", 3, "three.")
        turn = await ask_while(bot, connector, seconds=0.5)
        connector.refuse_next(429, "TooManyRequests", "API calls quota exceeded", type="typing", retry_after=3)
        await turn

        assert texts(connector.sent) == ["One, ", "One, two, ", "One, two, ", "One, two, three."]
        assert connector.sent[2].at - connector.sent[1].at == pytest.approx(3, abs=0.05)
        assert [bubble.text for bubble in connector.bubbles()] == ["One, two, three."]

    @pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
    @pytest.mark.parametrize("type", ["typing", "message"])
    async def test_after_a_temporary_failure_shows_one_message(
        self, bot: Bot, connector: Connector, model: ModelServer, status: int, type: str
    ):
        connector.refuse_next(status, "Unavailable", "not now", type=type, times=3)
        model.speaks("One, ", 0.5, "two.")

        await bot.personal().send("Hi")

        assert [bubble.text for bubble in connector.bubbles()] == ["One, two."]

    async def test_of_an_unanswered_request_shows_one_message(self, bot: Bot, connector: Connector, model: ModelServer):
        connector.ignore_next(type="typing")
        connector.ignore_next(type="message")
        model.speaks("One, ", 0.5, "two.")

        await bot.personal().send("Hi")

        assert [bubble.text for bubble in connector.bubbles()] == ["One, two."]

    async def test_of_a_step_delays_the_answer_only_briefly(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks("One, ", 1.5, "two, ", 0.5, "three.")

        turn = await ask_while(bot, connector, seconds=0.5)
        for _ in range(5):
            connector.ignore_next(type="typing")
        await turn

        assert connector.messages[-1].at < 9
        assert [bubble.text for bubble in connector.bubbles()] == ["One, two, three."]

    async def test_of_a_step_with_a_lost_response_continues_the_stream(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks("One, ", 1.5, "two, ", 3, "three, ", 3, "four.")

        turn = await ask_while(bot, connector, seconds=0.5)
        connector.lose_answer_to_next(type="typing")
        await turn

        assert texts(connector.steps)[-1] == "One, two, three, "
        assert [bubble.text for bubble in connector.bubbles()] == ["One, two, three, four."]

    async def test_of_a_final_message_shows_it_once(self, bot: Bot, connector: Connector, model: ModelServer):
        connector.lose_answer_to_next(type="message")
        model.speaks("One, ", 0.5, "two.")

        await bot.personal().send("Hi")

        assert [bubble.text for bubble in connector.bubbles()] == ["One, two."]

    async def test_ends_after_five_attempts_with_an_ordinary_message(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        connector.refuse_next(503, "Unavailable", "not now", type="typing", times=50)
        model.speaks("One, ", 29, "two.")

        await bot.personal().send("Hi")

        assert [step.status for step in connector.steps] == [503] * 5
        assert [bubble.text for bubble in connector.bubbles()] == ["One, two."]


class TestSize:
    async def test_beyond_the_limit_is_sent_in_parts_in_order(self, bot: Bot, connector: Connector, model: ModelServer):
        paragraphs = [f"{number} " + "word " * 400 + "\n\n" for number in range(100)]
        model.speaks(*[piece for paragraph in paragraphs for piece in (paragraph, 0.2)])

        await bot.personal().send("Hi")

        assert len(connector.bubbles()) == 6
        assert "".join(bubble.text for bubble in connector.bubbles()) == "".join(paragraphs)
        assert all(bubble.has_ai_label for bubble in connector.bubbles())

    async def test_of_a_single_line_shows_the_certain_part_while_streaming(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.speaks("x" * 30_000, 1.5, "y" * 10_000, 1.5, "z")

        await bot.personal().send("Hi")

        assert texts(connector.steps) == ["x" * 30_000]
        joined = "".join(bubble.text for bubble in connector.bubbles()).replace("\u200b", "")
        assert joined == "x" * 30_000 + "y" * 10_000 + "z"


class TestTables:
    TABLE = "| Plan | Price |\n|---|---|\n| Basic | $5 |\n| Pro | $9 |\n"

    async def test_are_lists_where_teams_shows_none(self, bot: Bot, connector: Connector, model: ModelServer):
        model.speaks(*[piece for character in f"Plans:\n\n{self.TABLE}" for piece in (character, 0.1)])

        await bot.personal().send("Hi")

        assert list(dict.fromkeys(texts(connector.sent))) == [
            "Plans:\n",
            "Plans:\n\n- **Basic** · Price: $5\n",
            "Plans:\n\n- **Basic** · Price: $5\n- **Pro** · Price: $9\n",
        ]

    async def test_stay_where_teams_shows_them(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.answers(self.TABLE)

        async with run_bot(environment | {"TEXT_FORMAT": "extendedmarkdown"}, connector) as bot:
            assert await bot.group().ask("Hi") == self.TABLE

    @pytest.mark.parametrize(
        ("settings", "told", "not_told"),
        [
            ({}, "instead of tables", "images of"),
            ({"TEXT_FORMAT": "extendedmarkdown"}, "with tables", "instead of tables"),
            ({"ALLOWED_IMAGE_HOSTS": "images.example"}, "images of images.example", "no images"),
        ],
    )
    async def test_and_images_are_in_the_instructions_of_the_model(
        self,
        environment: dict[str, str],
        connector: Connector,
        model: ModelServer,
        settings: dict[str, str],
        told: str,
        not_told: str,
    ):
        async with run_bot(environment | settings, connector) as bot:
            await bot.personal().ask("Hi")

        instructions = model.messages()[0][1]
        assert told in instructions and not_told not in instructions


class TestSafety:
    async def test_an_answer_of_only_a_removed_image_gets_a_line(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        model.answers("![](https://evil.example/x.png)")

        answer = await bot.personal().ask("Hi")

        assert incident_in(answer, "empty-answer")

    async def test_no_step_shows_an_image_that_is_split_into_chunks(
        self, bot: Bot, connector: Connector, model: ModelServer
    ):
        image = "![a chart](https://evil.example/?q=secret)"
        model.speaks("Look: ", 1.5, *[piece for character in image for piece in (character, 0.3)], " Nice?", 1.5)

        await bot.personal().send("Hi")

        assert len(connector.steps) > 1
        assert not any("evil.example" in sent.text or "![" in sent.text for sent in connector.sent)
        assert line("picture-removed", description="a chart") in connector.messages[-1].text

    async def test_an_image_of_an_allowed_host_is_shown(
        self, environment: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.answers("![a chart](https://images.example/chart.png)")

        async with run_bot(environment | {"ALLOWED_IMAGE_HOSTS": "images.example"}, connector) as bot:
            answer = await bot.personal().ask("Hi")

        assert answer == "![a chart](https://images.example/chart.png)"

    async def test_a_mention_written_by_the_model_is_plain_text(self, bot: Bot, model: ModelServer):
        model.answers("Ask <at>Everyone</at>.")

        assert await bot.group().ask("Hi") == "Ask &lt;at>Everyone&lt;/at>."
