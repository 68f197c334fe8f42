# ruff: noqa: RUF001 - questions and answers in seven languages
"""The demo model, asked through the whole bot: its rules, its languages, its tools."""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

from doubles.bot import Bot, pasted_picture, run_bot
from doubles.connector import Connector
from doubles.cpu import cpu_time
from doubles.files import picture
from doubles.lines import messages_of
from parley.language import localizer_for
from parley.models.demo import BASE_URL, MODEL_NAME, DemoModel, compose
from parley.models.demo.language import TAGS, languages

MANIFEST = json.loads((Path(__file__).parents[2] / "appPackage" / "manifest.json").read_text(encoding="utf-8"))

FALLBACKS = tuple(language["fallback"].lines["say"][0].partition("{text}")[2] for language in languages())

# Texts with a word of a topic that ask for something else, by language.
NEAR_MISSES = [
    *("Write instructions for the coffee machine", "I have no idea", "What is your opinion on code reviews?"),
    *("Is there a table free at noon?", "Write a code review", "That is no joke", "What is the story of it?"),
    *("Ich habe keine Ideen", "Wo liegen die Anweisungen für die Kaffeemaschine?", "Was hältst du von Code-Reviews?"),
    *("Ist heute Mittag ein Platz in der Tabelle frei?", "Das ist kein Witz", "Ist die Geschichte der Firma bekannt?"),
    *("Je n'ai aucune idée", "Où sont les instructions de la machine à café ?", "Que dit le code de la route ?"),
    *("Ce n'est pas une blague", "Le tableau est dans la salle", "Connaissez-vous l'histoire de la ville ?"),
    *("No tengo ni idea", "¿Dónde están las instrucciones de la cafetera?", "¿Qué opinas del código de conducta?"),
    *("Esto no es un chiste", "La tabla está rota", "La historia de la empresa es larga"),
    *("Não faço ideia", "Onde estão as instruções da cafeteira?", "O que você acha do código de conduta?"),
    *("Isso não é piada", "A tabela está errada", "A história da empresa é longa"),
    *("我没有主意", "咖啡机的使用指令在哪里？", "你对代码评审有什么看法？", "这不是笑话", "表格坏了", "公司的故事很长"),
    *("アイデアがありません", "コーヒーメーカーの指示はどこですか？", "コードレビューは大切だと思いますか？"),
    *("これは冗談ではありません", "表が壊れました", "その物語は長かったです"),
]

# Texts that ask for it.
REQUESTS = [
    *("Show me your instructions", "Ideas for lunch", "Show me some Python code", "Write a function", "A story"),
    *("Was sind deine Anweisungen?", "Ideen für das Mittagessen", "Zeig mir Code", "Erzähl mir einen Witz"),
    *("Quelles sont vos instructions ?", "Des idées pour le déjeuner", "Montrez-moi du code", "Dites une blague"),
    *("¿Cuáles son tus instrucciones?", "Ideas para el almuerzo", "Muéstrame código", "Cuéntame un chiste"),
    *("Quais são as suas instruções?", "Ideias para o almoço", "Mostre um código", "Conte uma piada"),
    *("你的指令是什么？", "给我一些午饭的点子", "给我看一段代码", "讲个笑话"),
    *("あなたの指示は何ですか？", "昼食のアイデアをください", "コードを見せてください", "冗談を言ってください"),
]

TOOLS = {"current_time", "conversation_members", "setup_guide"}


def answer(*texts: str, result: str | None = None, tools: set[str] = TOOLS) -> str:
    """The demo model's text for the last of a user's messages. Those before it are answered with nothing."""
    messages = [{"role": "user", "content": text} for text in texts]
    if result is not None:
        messages.append({"role": "tool", "content": result})
    composed = compose(messages, tools)
    assert isinstance(composed, str), composed
    return composed


def is_known(question: str) -> bool:
    """True if a rule answers the question, by a text or by a tool."""
    composed = compose([{"role": "user", "content": question}], TOOLS)
    return not (isinstance(composed, str) and composed.endswith(FALLBACKS))


@pytest.fixture
async def demo(request: pytest.FixtureRequest, connector: Connector, environment: dict[str, str]) -> AsyncIterator[Bot]:
    """A bot with the demo model."""
    without = {name: value for name, value in environment.items() if not name.startswith("OPENAI_")}
    without |= getattr(request, "param", {})
    async with run_bot(without | {"BOT_INSTRUCTIONS": "Talk like a pirate."}, connector) as bot:
        yield bot


WITHOUT_TOOLS = pytest.mark.parametrize("demo", [{"MODEL_MAX_TOOL_ROUNDS": "0"}], indirect=True)


class TestConversation:
    async def test_streams_and_introduces_itself(self, demo: Bot, connector: Connector):
        conversation = demo.personal()

        assert "I'm only a demo model" in await conversation.ask("What is the capital of France?")
        await conversation.ask("Tell me a long story")
        assert len(connector.steps) > 2

    async def test_says_what_it_is_once(self, demo: Bot):
        conversation = demo.personal()
        first, second = [await conversation.ask(f"What is the capital of {place}?") for place in ("France", "Spain")]

        assert "“Connect a real model”" in first
        assert "real model" not in second and "“What can you do?”" in second

    async def test_is_remembered(self, demo: Bot):
        await demo.personal().ask("My name is Ada.")

        assert await demo.personal().ask("What is my name?") == "Your name is Ada."

    async def test_is_not_mixed_with_others(self, demo: Bot):
        await demo.personal("one").ask("My name is Ada.")

        assert "haven't told me your name" in await demo.personal("two").ask("What is my name?")

    async def test_knows_what_a_member_of_the_group_asked(self, demo: Bot):
        group = demo.group()
        await group.ask("Where is the report?", by="Alex Wilber")
        await group.ask("Is it Friday?", by="Adele Vance")

        assert await group.ask("What did Alex ask?", by="Adele Vance") == "Alex Wilber said: “Where is the report?”"
        assert "haven't heard" in await group.ask("What did Grady say?", by="Adele Vance")

    async def test_knows_earlier_messages_of_the_same_user(self, demo: Bot):
        assert "first thing" in await demo.personal().ask("What did I ask?")

        await demo.personal().ask("I like tea")

        assert await demo.personal().ask("What did I say before?") == "Before this you said: “I like tea”"

    async def test_shows_the_instructions_that_it_was_given(self, demo: Bot):
        assert "Talk like a pirate." in await demo.personal().ask("What are your instructions?")

    async def test_quotes_a_message_with_a_colon_as_it_was(self, demo: Bot):
        await demo.personal().ask("Note: my name is Ada.")

        assert await demo.personal().ask("What is my name?") == "Your name is Ada."
        assert "“To do: bread”" in await demo.personal().ask("To do: bread")

    @pytest.mark.parametrize("frames", ["[unreadable 1a2b3c4d: foo.zip]", "[quote 0a1b2c3d] Bob:\n> hello\n"])
    def test_says_that_a_message_has_no_words(self, frames: str):
        assert answer(frames).startswith("I go by words")
        assert answer(frames, "What did I say?").startswith("Before this you sent something without a word")

    @pytest.mark.parametrize("text", ["[quote 0a1b2c3d] Bob:\n> hello\n\nxyz", "xyz\n\n[unreadable 1a2b3c4d: foo.zip]"])
    def test_repeats_only_the_words_of_the_user(self, text: str):
        assert answer(text).startswith("You said: “xyz”")
        assert answer(text, "What did I say?") == "Before this you said: “xyz”"

    async def test_lists_what_it_can_do(self, demo: Bot):
        assert "OPENAI_API_KEY" in await demo.personal().ask("What can you do?")

    async def test_can_show_markdown_and_a_long_answer(self, demo: Bot):
        assert "```python" in await demo.group().ask("Show me some code")
        assert len((await demo.group().ask("Tell me a long story")).split()) > 100

    async def test_tells_another_story_when_asked_again(self, demo: Bot):
        told = [await demo.personal().ask("Tell me a story") for _ in range(3)]

        assert len(set(told)) == 3


class TestTools:
    @pytest.mark.parametrize("question", ["What time is it?", "What's the date?", "what is the time", "What day is it"])
    async def test_tell_the_time_in_a_sentence(self, demo: Bot, question: str):
        expected = r"It's \*\*\d+:\d\d.[AP]M\*\* on \w+day, \w+ \d+, \d{4} \(UTC\)\."

        assert re.fullmatch(expected, await demo.personal().ask(question))

    @pytest.mark.parametrize(
        ("question", "zone"),
        [
            ("What time is it in New York?", "America/New York"),
            ("Wie spät ist es in Tokio?", "Asia/Tokyo"),
            ("东京现在几点？", "Asia/Tokyo"),
        ],
    )
    async def test_tell_the_time_in_another_city(self, demo: Bot, question: str, zone: str):
        assert zone in await demo.personal().ask(question)

    async def test_may_come_before_a_long_story(self, demo: Bot):
        told = await demo.personal().ask("Tell me a long story with the time.")

        assert told.startswith("**The bridge committee**") and re.search(r"It's \*\*.*\(UTC\)\.$", told)

    @WITHOUT_TOOLS
    async def test_are_needed_to_know_the_time(self, demo: Bot):
        assert "no clock" in await demo.personal().ask("What time is it?")

    async def test_list_the_members(self, demo: Bot, connector: Connector):
        connector.rosters["personal-1"] = [{"id": "29:ada", "name": "Ada Lovelace"}]

        told = await demo.personal().ask("Who is in this conversation?")

        assert told == "It's just the two of us: you, Ada Lovelace, and me."

    async def test_list_the_members_of_a_group(self, demo: Bot, connector: Connector):
        connector.rosters[demo.group().account["id"]] = [
            {"id": "29:ada", "name": "Ada Lovelace"},
            {"id": "29:bo", "name": "Bo Diddley"},
        ]

        told = await demo.group().ask("Who is here?")

        assert told == "There are 2 of you here with me:\n\n- Ada Lovelace\n- Bo Diddley"

    @WITHOUT_TOOLS
    async def test_are_needed_to_see_the_members(self, demo: Bot):
        assert "can't see who is here" in await demo.personal().ask("Who is here?")

    async def test_bring_the_sources_of_the_way_to_a_real_model(self, demo: Bot, connector: Connector):
        told = await demo.personal().ask("Connect a real model")

        assert "OPENAI_API_KEY=" in told and "OPENAI_MODEL=" in told and "OPENAI_BASE_URL=" in told
        assert "python3 scripts/run.py" in told
        assert sorted(connector.messages[-1].citations) == [1, 2, 3]

    @WITHOUT_TOOLS
    async def test_are_not_needed_for_the_way_to_a_real_model(self, demo: Bot, connector: Connector):
        told = await demo.personal().ask("Connect a real model")

        assert "OPENAI_API_KEY=" in told and "[1]" not in told

    @pytest.mark.parametrize(
        ("result", "told"),
        [
            ("Teams does not list the members of this chat. Asking: Ada.", "You are Ada, that much I know."),
            (
                "The first 2 members of this channel, which has more: Ada, Bo. Asking: Ada.",
                "This conversation is a big one. The first 2 of you are:\n\n- Ada\n- Bo",
            ),
            ("The tool failed.", "The tool failed."),
        ],
    )
    async def test_may_have_any_result(self, result: str, told: str):
        assert told in answer("Who is here?", result=result)

    async def test_may_fail_to_tell_the_time(self):
        assert answer("What time is it?", result="The tool failed.") == "The tool failed."


async def describe(data: bytes) -> str:
    """The demo model's answer to a question with a picture, through the OpenAI client."""
    parts: ChatCompletionMessageParam = {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?\n\n[picture 0a1b2c3d: photo.png]"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64encode(data).decode()}"}},
        ],
    }
    http_client = httpx2.AsyncClient(transport=DemoModel())
    async with AsyncOpenAI(api_key="none", base_url=BASE_URL, http_client=http_client) as client:
        completion = await client.chat.completions.create(model=MODEL_NAME, messages=[parts])
    return completion.choices[0].message.content or ""


class TestPicture:
    @pytest.mark.process
    async def test_is_described_as_far_as_rules_can(self, demo: Bot, connector: Connector):
        url = connector.paste(picture("PNG", (60, 40), "navy"))

        told = await demo.personal().show("What is this?", pasted_picture(url))

        look = "I see a wide picture of **60 × 40** pixels (PNG), rather dark. Its colors: **blue** (100 %)."
        assert told.startswith(look) and "real model with vision" in told

    @pytest.mark.parametrize("color", ["black", "white", "gray", "red", "orange", "yellow", "green", "blue", "purple"])
    async def test_has_the_names_of_its_colors(self, color: str):
        assert f"**{color}** (100 %)" in await describe(picture("PNG", (40, 40), color))

    @pytest.mark.parametrize(("size", "shape"), [((40, 40), "square"), ((40, 60), "tall"), ((3000, 20), "wide")])
    async def test_has_a_shape(self, size: tuple[int, int], shape: str):
        assert f"a {shape} picture of **{size[0]} × {size[1]}**" in await describe(picture("JPEG", size))

    async def test_that_is_none_is_said_to_be_unreadable(self):
        assert "can't read this format" in await describe(b"GIF89a")


class TestSum:
    @pytest.mark.parametrize(
        ("question", "told"),
        [
            ("2+2", "2 + 2 = **4**"),
            ("What is 7 times 8?", "7 × 8 = **56**"),
            ("12 × (3 + 4) =", "12 × (3 + 4) = **84**"),
            ("What's 15% of 80?", "15% × 80 = **12**"),
            ("0.1 + 0.2", "0.1 + 0.2 = **0.3**"),
            ("10 / 4", "10 / 4 = **2.5**"),
            ("-3 - -4", "-3 - -4 = **1**"),
            ("2^10", "2^10 = **1,024**"),
            ("2**10", "2^10 = **1,024**"),
            ("2/3*10^20", "2 / 3 × 10^20 = **66,666,666,670,000,000,000**"),
            ("2/3/10^12", "2 / 3 / 10^12 = **0.0000000000006666666667**"),
            ("Was ist 1,5 mal 2?", "1,5 × 2 = **3**"),
            ("Was ist 1.000 + 0,5?", "1.000 + 0,5 = **1.000,5**"),
            ("1,5 + 2", "1,5 + 2 = **3,5**"),
            ("80 - 10% of 50", "80 - 10% × 50 = **75**"),
            ("80 * 10%", "80 × 10% = **8**"),
            ("10/4", "10 / 4 = **2.5**"),
            ("What's 10-4?", "10 - 4 = **6**"),
            ("Was ist 10/4?", "10 / 4 = **2,5**"),
            ("3 + 4 は？", "3 + 4 = **7**"),
            ("3加4等于多少？", "3 + 4 = **7**"),
        ],
    )
    async def test_is_done(self, question: str, told: str):
        assert answer(question) == told

    @pytest.mark.parametrize(
        "question",
        [
            *("1/0", "9^9^9^9", "10^999999", "1/10^999999", "0^-1"),
            *("2 + (3 + 4", "(" * 40 + "1+1", "1.2.3.4 + 1"),
        ],
    )
    async def test_may_have_no_result(self, question: str):
        assert "has no result" in answer(question)

    @pytest.mark.parametrize(
        "text",
        [
            *("2026-11-27", "27.11.2026", "11/27/2026", "42", "Call 2 or 3 of them", "__import__('os')"),
            *("17 % 5", "100 - 10%", "100%", "I agree 100%!", "50% (3 + 4)"),
            *("We are here 24/7", "Call me at 555-1234", "Room 3-4!"),
        ],
    )
    async def test_is_not_seen_in_other_texts(self, text: str):
        assert text in answer(text) and "= **" not in answer(text)


class TestLanguage:
    @pytest.mark.parametrize("tag", TAGS)
    @pytest.mark.parametrize("starter", [id for id in messages_of("en") if id.startswith("starter-")])
    def test_has_an_answer_to_each_starter(self, tag: str, starter: str):
        assert is_known(localizer_for(tag)(starter))

    @pytest.mark.parametrize(
        "prompt",
        [
            command["prompt"]
            for commands in MANIFEST["bots"][0]["commandLists"]
            for command in commands["commands"]
            if command["type"] == "prompt"
        ],
    )
    def test_has_an_answer_to_each_prompt_of_the_manifest(self, prompt: str):
        assert is_known(prompt) and is_known(f"{prompt} a birthday party")

    @pytest.mark.parametrize("text", NEAR_MISSES)
    def test_has_no_answer_to_a_near_miss(self, text: str):
        assert not is_known(text)

    @pytest.mark.parametrize("text", REQUESTS)
    def test_has_an_answer_to_a_short_request(self, text: str):
        assert is_known(text)

    @pytest.mark.parametrize(
        ("question", "beginning"),
        [
            ("Danke!", "Gern geschehen!"),
            ("Merci !", "Avec plaisir"),
            ("¡Hola!", "¡Hola!"),
            ("Obrigada", "De nada!"),
            ("谢谢", "不客气"),
            ("ありがとう", "どういたしまして"),
            ("👍", "You're welcome!"),
            ("C'est super !", "Avec plaisir"),
            ("Wer bist du?", "Ich bin das **Demo-Modell**"),
            ("Quelle est la capitale de la France ?", "Vous avez dit"),
            ("こんにちは", "こんにちは"),
        ],
    )
    def test_is_that_of_the_question(self, question: str, beginning: str):
        assert answer(question).startswith(beginning)

    def test_is_the_last_one_when_a_text_has_none(self):
        assert answer("Wie geht es dir?", "xyz").startswith("Du hast gesagt: „xyz“")

    def test_is_english_when_nothing_tells(self):
        assert answer("xyz").startswith("You said: “xyz”")

    @pytest.mark.parametrize("tag", TAGS)
    def test_has_every_line(self, tag: str):
        english, other = (
            (language for language in languages() if language.tag in ("en", tag))
            if tag != "en"
            else (languages()[0],) * 2
        )

        assert list(other.topics) == list(english.topics)
        for name, topic in english.topics.items():
            assert list(other[name].lines) == list(topic.lines), name
            assert bool(other[name].patterns) == bool(topic.patterns), name
            assert {key: values(lines) for key, lines in other[name].lines.items()} == {
                key: values(lines) for key, lines in topic.lines.items()
            }, name

    @pytest.mark.parametrize("tag", TAGS)
    def test_remembers_a_name(self, tag: str):
        asked = {
            "en": ("My name is Ada.", "What is my name?"),
            "de": ("Ich heiße Ada.", "Wie heiße ich?"),
            "fr": ("Je m'appelle Ada.", "Comment je m'appelle ?"),
            "es": ("Me llamo Ada.", "¿Cómo me llamo?"),
            "pt-BR": ("Meu nome é Ada.", "Qual é o meu nome?"),
            "zh-CN": ("我叫Ada。", "我叫什么？"),
            "ja": ("私の名前はAdaです。", "私の名前は何ですか？"),
        }[tag]

        assert "Ada" in answer(asked[0]) and "Ada" in answer(*asked)


def values(lines: list[str]) -> set[str]:
    """The names in braces, without those in code."""
    return {name for line in lines for name in re.findall(r"\{(\w+)\}", re.sub(r"(?s)```.*?```", "", line))}


@pytest.mark.parametrize("text", ["draft " * 20_000, "[quote a] x\n> " * 10_000, "1+" * 50_000, "a" * 100_000])
def test_long_texts_are_answered_at_once(text: str):
    answer("Hi")
    with cpu_time() as cpu:
        answer(*[text] * 3)

    assert cpu.seconds < 1


def test_a_number_and_many_spaces_are_answered_at_once():
    answer("Hi")
    with cpu_time() as cpu:
        answer(f"1{' ' * 98}x")

    assert cpu.seconds < 0.1


async def test_other_apis_are_refused_as_openai_refuses_them():
    async with httpx2.AsyncClient(transport=DemoModel()) as client:
        response = await client.post(f"{BASE_URL}/responses", json={})

    assert response.status_code == 404 and "chat completions" in response.json()["error"]["message"]
