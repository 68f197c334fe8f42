"""Tests of the bot in the real Agents Playground, with a real browser."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from doubles.disk import Disk
from doubles.lines import line

from .playground_page import BOT, MEGAN, Playground
from .stage import Stage

pytestmark = [pytest.mark.playground, pytest.mark.process]

# The Playground's users have the language English.

HELLO = line("welcome-demo", hello=line("hello-by-name", name="Alex"), name=BOT.name)


def test_a_personal_chat_begins_with_a_welcome_and_starters(playground: Playground) -> None:
    chat = playground.personal_chat()
    assert chat.texts() == [HELLO]
    assert chat.starters.all_inner_texts() == [line(f"starter-{name}") for name in ("story", "table", "connect")]

    answer = chat.choose(line("starter-story"))

    assert answer.text.startswith("The bridge committee") and answer.text.endswith("because they ran.")
    assert answer.has_ai_label


def test_what_the_demo_model_cannot_do_ends_with_starters(playground: Playground) -> None:
    chat = playground.personal_chat()
    answer = chat.ask("What is the capital of France?")

    assert "“What is the capital of France?”" in answer.text
    assert chat.starters.all_inner_texts() == [line(f"starter-{name}") for name in ("story", "table", "connect")]


def test_a_chat_that_is_opened_again_begins_as_the_first_time(playground: Playground) -> None:
    playground.personal_chat()
    playground.reload()  # the Playground sends an installation update again
    chat = playground.personal_chat()
    assert chat.texts() == [HELLO]

    chat.install()
    assert chat.wait_for(1, "No language model").text == HELLO


def test_the_group_welcome_explains_how_to_mention_the_bot(playground: Playground) -> None:
    chat = playground.group_chat()

    assert chat.texts() == [line("welcome-group-demo", name=BOT.name)]
    assert chat.starters.count() == 0


def test_the_channel_welcome_is_a_post_that_explains_mentions(playground: Playground) -> None:
    posts = playground.channel().posts

    assert posts.filter(has_text=line("welcome-group-demo", name=BOT.name)).count() == 1


def test_a_personal_answer_grows_and_ends_with_the_ai_label(playground: Playground) -> None:
    answer = playground.personal_chat().ask("Explain what you do.")

    assert len(answer.partial_texts) > 1
    assert all(longer.startswith(shorter) for shorter, longer in pairwise([*answer.partial_texts, answer.text]))
    assert answer.text.startswith("Let me explain") and answer.text.endswith("something remembered it.")
    assert answer.has_ai_label and answer.has_thumbs


def test_a_mention_in_a_group_chat_gets_one_labelled_answer(playground: Playground) -> None:
    chat = playground.group_chat()
    before = chat.answers.count()

    answer = chat.ask(BOT, " which day suits everybody?")

    assert "You said: “which day suits everybody?”" in answer.text
    assert answer.partial_texts == ()
    assert answer.has_ai_label and answer.has_thumbs
    assert chat.answers.count() == before + 1


def test_a_mention_in_a_channel_gets_one_answer_in_its_thread(playground: Playground) -> None:
    channel = playground.channel()
    before = channel.posts.count()

    answer = channel.ask(BOT, " which day suits everybody?")

    assert "You said: “which day suits everybody?”" in answer.text
    assert answer.has_ai_label and answer.has_thumbs
    assert channel.posts.count() == before + 1


def test_the_bot_remembers_what_was_said_before(playground: Playground) -> None:
    chat = playground.personal_chat()
    chat.ask("My name is Ada.")

    assert chat.ask("What is my name?").text == "Your name is Ada."


def test_in_a_group_chat_the_bot_knows_who_said_what(playground: Playground) -> None:
    chat = playground.group_chat()
    chat.ask(BOT, " which day suits everybody?")

    assert chat.ask(BOT, " what did Alex ask?").text == "Alex Wilber said: “which day suits everybody?”"


def test_a_mention_of_another_user_reaches_the_model_as_a_name(playground: Playground) -> None:
    answer = playground.group_chat().ask(BOT, " does Friday suit ", MEGAN, " too?")

    assert "You said: “does Friday suit Megan Bowen too?”" in answer.text


def test_a_long_streamed_answer_with_a_tool_grows_to_its_end(playground: Playground) -> None:
    answer = playground.personal_chat().ask("Tell me a long story with the time.")

    assert len(answer.partial_texts) > 2
    assert all(longer.startswith(shorter) for shorter, longer in pairwise([*answer.partial_texts, answer.text]))
    # The Playground sends the time zone of the machine, Teams that of the user.
    assert re.search(r"It's \d+:\d\d.[AP]M on \w+day, \w+ \d+, \d{4} \([\w /+-]+\)\.", answer.text)
    assert answer.has_ai_label


def test_help_lists_the_commands(playground: Playground) -> None:
    answer = playground.personal_chat().ask("/help")

    assert f"/new: {line('command-new')}" in answer.text
    assert f"/help: {line('command-help')}" in answer.text
    assert f"/forget: {line('command-forget')}" in answer.text
    assert not answer.has_ai_label and not answer.has_thumbs


def test_an_unknown_command_gets_the_list(playground: Playground) -> None:
    answer = playground.personal_chat().ask("/weather")

    assert answer.text.startswith(line("unknown-command"))
    assert f"/new: {line('command-new')}" in answer.text


def test_a_new_conversation_knows_nothing_of_the_old_one(playground: Playground) -> None:
    chat = playground.personal_chat()
    chat.ask("My name is Ada.")

    assert chat.ask("/new").text == line("new-conversation")
    assert chat.ask("What is my name?").text == "You haven't told me your name yet. Try My name is Ada."


def test_a_forgotten_conversation_leaves_no_trace(playground: Playground, stage: Stage) -> None:
    chat = playground.personal_chat()
    chat.ask("My name is Ada.")

    assert chat.ask("/forget").text == line("confirm-forget", command="/forget yes")
    assert exchanges(stage, "personal-chat") > 0
    assert chat.choose(line("delete-my-data")).text == line("forgotten")

    assert exchanges(stage, "personal-chat") == 0
    assert chat.ask("What is my name?").text == "You haven't told me your name yet. Try My name is Ada."


def test_an_edit_of_the_last_question_replaces_its_answer(playground: Playground) -> None:
    chat = playground.personal_chat()
    chat.ask("I like tea.")
    number = chat.answers.count() - 1

    chat.edit("I like coffee.")
    answer = chat.wait_for(number, "You said: “I like coffee.”")

    assert chat.answers.count() == number + 1
    assert answer.has_ai_label
    assert chat.ask("What did I say before?").text == "Before this you said: “I like coffee.”"


def test_an_edit_in_a_group_chat_replaces_the_answer(playground: Playground) -> None:
    chat = playground.group_chat()
    chat.ask(BOT, " does Friday suit you?")
    number = chat.answers.count() - 1

    chat.edit("<at>Parley</at> does Monday suit you?")
    chat.wait_for(number, "You said: “does Monday suit you?”")

    assert chat.answers.count() == number + 1


def test_an_edit_during_the_answer_starts_the_answer_again(playground: Playground) -> None:
    chat = playground.personal_chat()
    number = chat.answers.count()
    chat.write("Explain what you do.")
    chat.send()
    chat.wait_until(number, "Let me explain")

    chat.edit("What are your instructions?")
    answer = chat.wait_for(number, "My instructions are")

    assert "Let me explain" not in answer.text
    assert chat.answers.count() == number + 1


def test_a_deleted_question_leaves_the_history(playground: Playground) -> None:
    chat = playground.personal_chat()
    chat.ask("I like tea.")
    chat.ask("I like coffee.")

    chat.delete()

    assert chat.ask("What did I say before?").text == "Before this you said: “I like tea.”"


def test_a_quote_reaches_the_model(playground: Playground, stage: Stage) -> None:
    chat = playground.personal_chat()
    chat.ask("Hi.")

    answer = chat.quote("The deadline is Friday.", MEGAN.name, "Is that true?")

    assert "“Is that true?”" in answer.text
    chat.ask("Thanks.")  # by then the exchange is stored

    # The demo model repeats the user's words only; the history has all that it was given.
    stored = str(Disk(stage.directory / "parley.db").rows("SELECT messages FROM exchanges"))
    assert "In reply to what Megan Bowen wrote:" in stored
    assert "The deadline is Friday." in stored


def test_feedback_on_a_streamed_answer_keeps_its_comment(playground: Playground, stage: Stage) -> None:
    chat = playground.personal_chat()
    answer = chat.ask("Tell me a story for a thumb.")
    number = chat.answers.count() - 1

    assert "Thank you!" in chat.give_feedback(number, "Dislike", 'Too "long",\nand =old.')
    [feedback] = feedback_on(stage, "Tell me a story for a thumb.")

    assert (feedback["reaction"], feedback["comment"]) == ("dislike", 'Too "long",\nand =old.')
    assert feedback["answer"].replace("*", "") == answer.text
    assert feedback["model"] == "parley-demo"
    assert feedback["latency"] > 0


def test_a_second_feedback_of_a_user_replaces_the_first(playground: Playground, stage: Stage) -> None:
    chat = playground.group_chat()
    chat.ask(BOT, " which thumb will it be?")
    number = chat.answers.count() - 1

    chat.give_feedback(number, "Dislike", "Hm.")
    chat.give_feedback(number, "Like")
    [feedback] = feedback_on(stage, "which thumb will it be?")

    assert (feedback["reaction"], feedback["comment"]) == ("like", None)


def feedback_on(stage: Stage, question: str) -> list[dict[str, Any]]:
    """The exported feedback on the answers to a question."""
    records = map(json.loads, stage.parley("feedback", "export").splitlines())
    return [record for record in records if record["question"] == question]


def exchanges(stage: Stage, conversation: str) -> int:
    """The number of stored exchanges of a conversation."""
    disk = Disk(stage.directory / "parley.db")
    return len(disk.rows("SELECT 1 FROM exchanges WHERE conversation_id = ?", conversation))
