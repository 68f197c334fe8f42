"""People talk to the bot in the real Agents Playground, through a real browser."""

import re
from itertools import pairwise

import pytest

from .playground_page import BOT, MEGAN, Playground

pytestmark = pytest.mark.playground


def test_in_a_personal_chat_the_answer_grows_and_ends_with_the_ai_label(playground: Playground) -> None:
    answer = playground.personal_chat().ask("Tell me a long story.")

    assert len(answer.drafts) > 1
    assert all(longer.startswith(shorter) for shorter, longer in pairwise([*answer.drafts, answer.text]))
    assert answer.text.startswith("On day 1") and answer.text.endswith("one more thing.")
    assert answer.has_ai_label


def test_in_a_group_chat_a_mention_gets_one_whole_answer_with_the_ai_label(playground: Playground) -> None:
    chat = playground.group_chat()
    before = chat.answers.count()

    answer = chat.ask(BOT, " which day suits everybody?")

    assert "You said: “which day suits everybody?”" in answer.text
    assert answer.drafts == ()
    assert answer.has_ai_label
    assert chat.answers.count() == before + 1


def test_in_a_channel_a_mention_gets_one_whole_answer_in_its_thread_with_the_ai_label(playground: Playground) -> None:
    channel = playground.channel()
    before = channel.posts.count()

    answer = channel.ask(BOT, " which day suits everybody?")

    assert "You said: “which day suits everybody?”" in answer.text
    assert answer.has_ai_label
    assert channel.posts.count() == before + 1


def test_the_bot_remembers_what_was_said_before(playground: Playground) -> None:
    chat = playground.personal_chat()
    chat.ask("My name is Ada.")

    assert chat.ask("What is my name?").text == "Your name is Ada."


def test_in_a_group_chat_the_bot_knows_who_said_what(playground: Playground) -> None:
    chat = playground.group_chat()
    chat.ask(BOT, " which day suits everybody?")

    assert chat.ask(BOT, " what did Alex ask?").text == "Alex Wilber said: “which day suits everybody?”"


def test_the_mention_of_another_person_reaches_the_model_as_the_name(playground: Playground) -> None:
    answer = playground.group_chat().ask(BOT, " does Friday suit ", MEGAN, " too?")

    assert "You said: “does Friday suit Megan Bowen too?”" in answer.text


def test_a_long_streamed_answer_with_a_tool_in_it_grows_to_its_end(playground: Playground) -> None:
    answer = playground.personal_chat().ask("Tell me a long story with the time.")

    assert len(answer.drafts) > 2
    assert all(longer.startswith(shorter) for shorter, longer in pairwise([*answer.drafts, answer.text]))
    # The Playground tells the time zone of the machine, as Teams tells that of the person.
    assert re.search(r"It is \w+day \d{4}-\d\d-\d\d \d\d:\d\d \([\w/+-]+\)\.", answer.text)
    assert answer.has_ai_label
