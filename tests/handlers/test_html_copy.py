"""The copy of a message in HTML: the model gets its text, the user gets notices."""

import json
from typing import Any

import pytest

from doubles.bot import BOT_ID, Bot
from doubles.connector import Connector
from doubles.cpu import cpu_time
from doubles.lines import line
from doubles.model_server import ModelServer

pytestmark = pytest.mark.usefixtures("mark")

Json = dict[str, Any]

STATICS = "https://statics.teams.cdn.office.net/evergreen-assets/personal-expressions/v2/assets"
BOT = {"type": "mention", "mentioned": {"id": BOT_ID, "name": "Parley"}, "text": "<at>Parley</at>"}


def html(content: str) -> Json:
    return {"contentType": "text/html", "content": content}


def picture(url: str, kind: str = "image/png") -> Json:
    return {"contentType": kind, "contentUrl": url}


def emoji(character: str, **attributes: str) -> str:
    told = {"itemtype": "http://schema.skype.com/Emoji", "alt": character, "src": f"{STATICS}/emoticons/x/20_f.png"}
    return f"<img {' '.join(f'{name}="{value}"' for name, value in (told | attributes).items())}>"


async def asked(bot: Bot, model: ModelServer, text: str, *attachments: Json, place: str = "personal") -> str:
    """The question that the model gets, without the user's name."""
    conversation = bot.group() if place == "group" else bot.personal()
    message = conversation.message(text) | {"attachments": list(attachments)}
    assert (await bot.post(message | ({"entities": [BOT]} if place == "group" else {}))).status_code == 200
    return model.messages()[-1][1].removeprefix("Ada Lovelace: ")


class TestEmoji:
    @pytest.mark.parametrize(
        ("text", "copy", "expected"),
        [
            ("", emoji("\N{THUMBS UP SIGN}") * 2, "👍👍"),
            ("\u200b", f"<p>{emoji('👍')}&nbsp;</p>", "👍"),
            ("thanks", f"<p>{emoji('👍')}thanks</p>", "👍 thanks"),
            ("a  b", f"<div>a {emoji('✅')} b {emoji('❌')}</div>", "a ✅  b ❌"),
            ("go go go", f"go <b>go {emoji('🚀')}</b> go", "go go 🚀 go"),
            ("**no** way", f"<strong>no</strong> {emoji('🙅')} way", "**no 🙅** way"),
            ("nice 👍 work", f"nice {emoji('👍')} work", "nice 👍 work"),
            ("Hi", "Hi <emoji id='smile' alt='😄' title='Smile'></emoji>", "Hi 😄"),
            ("Hi", f"Hi {emoji('', title='Smile')}", "Hi (Smile)"),
            ("Hi", f"Hi {emoji(':party:', itemtype='http://schema.skype.com/CustomEmoji')}", "Hi :party:"),
            ("Hi", f"Hi <span class='e'>{emoji('😀', itemtype='')}</span>", "Hi 😀"),
            ("other words", f"quite different {emoji('👍')}", "👍 other words"),
        ],
    )
    async def test_is_its_character(
        self, bot: Bot, connector: Connector, model: ModelServer, text: str, copy: str, expected: str
    ):
        url = f"{STATICS}/emoticons/x/20_f.png"
        assert await asked(bot, model, text, html(copy), picture(url), picture(url)) == expected
        assert [sent.text for sent in connector.messages] == ["OK."]

    async def test_in_a_group_follows_the_mention(self, bot: Bot, model: ModelServer):
        copy = f"<span itemtype='http://schema.skype.com/Mention' itemid='0'>Parley</span> {emoji('👍')}"

        assert await asked(bot, model, "<at>Parley</at> ", html(copy), place="group") == "👍"

    async def test_without_the_copy_is_no_picture(self, bot: Bot, connector: Connector, model: ModelServer):
        assert await asked(bot, model, "thanks", picture(f"{STATICS}/emoticons/x/20_f.png")) == "thanks"
        assert [sent.text for sent in connector.messages] == ["OK."]


class TestWords:
    @pytest.mark.parametrize(
        ("copy", "expected"),
        [
            ("<p>What is x &lt; 5 &amp;amp; &copy;?</p>", "What is x < 5 &amp; ©?"),
            ("<div>one</div><div>two<br>three</div>", "one\n\ntwo\nthree"),
            ("<ul><li>one<li>two</ul>", "- one\n- two"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
            ("see <a href='https://a.example/x'>this</a>", "see this (https://a.example/x)"),
            ("see <a href='https://a.example/'>https://a.example</a>", "see https://a.example"),
            ("<script>alert(1)</script><style>p {}</style><!-- no -->words", "words"),
            ("words <b>unclosed", "words unclosed"),
            ("<blockquote>a quote of mine</blockquote>", "a quote of mine"),
            ("<pre>def f():\n    return 1</pre>", "def f():\n    return 1"),
            ("<p>Why?</p><pre>a:\n\tb\n\n\n\n  c  d</pre>\n  <p>So.</p>", "Why?\n\na:\n\tb\n\n\n\n  c  d\n\nSo."),
            (
                "<codeblock class='Python'><code>def f():<br>&nbsp;&nbsp;&nbsp; return 1</code></codeblock><p>ok?</p>",
                "def f():\n    return 1\n\nok?",
            ),
            ("<p>def f():<br>&nbsp;&nbsp;&nbsp; return 1</p>", "def f():\n    return 1"),
            ("<p>Is <code>a  &lt;b</code>\n   <i> right</i>?</p>", "Is a  <b right?"),
            ("<p>one</p><p>&nbsp;</p><p>&nbsp;</p><p>two</p>", "one\n\ntwo"),
        ],
    )
    async def test_only_in_the_copy_are_asked(self, bot: Bot, model: ModelServer, copy: str, expected: str):
        assert await asked(bot, model, "", html(copy)) == expected

    @pytest.mark.parametrize(
        "mention",
        ["<at id='0'>Parley</at>", "<span itemtype='http://schema.skype.com/Mention' itemid='0'>Parley</span>"],
    )
    @pytest.mark.parametrize("text", ["", "<at>Parley</at>", "<at>Parley</at>&nbsp;"])
    async def test_only_in_the_copy_do_without_the_mention(self, bot: Bot, model: ModelServer, text: str, mention: str):
        assert await asked(bot, model, text, html(f"<p>{mention}&nbsp;why?</p>"), place="group") == "why?"

    @pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "TEXT/HTML"])
    async def test_mention_the_bot_in_any_spelling_of_html(self, bot: Bot, model: ModelServer, kind: str):
        copy = {"contentType": kind, "content": "<p><at id='0'>Parley</at>&nbsp;why?</p>"}
        message = bot.group().message("") | {"attachments": [copy], "entities": []}

        await bot.post(message)

        assert model.messages()[-1] == ("user", "Ada Lovelace: why?")

    async def test_of_the_text_are_preferred(self, bot: Bot, model: ModelServer):
        assert await asked(bot, model, "**why** `not`?", html("<b>why</b> <code>not</code>?")) == "**why** `not`?"

    @pytest.mark.parametrize("copy", ["", "<p></p>", "<p>&nbsp;</p>", "<p>&#8203;\u2060</p>", "<div><br></div>"])
    @pytest.mark.parametrize("text", ["", "&nbsp; ", "\u200b\ufeff", "&#8203;", "\u3164", "\u2800\u00ad"])
    async def test_that_are_blank_get_the_line_for_no_question(
        self, bot: Bot, connector: Connector, model: ModelServer, text: str, copy: str
    ):
        await bot.post(bot.personal().message(text) | {"attachments": [html(copy)]})

        assert [sent.text for sent in connector.messages] == [line("no-question")]
        assert not model.requests

    async def test_behind_invisible_characters_are_a_command(self, bot: Bot, connector: Connector):
        assert await bot.personal().ask("\u200b\ufeff /new\u200b") == line("new-conversation")

    @pytest.mark.parametrize(
        "copy", ["<div>" * 20_000, "<p>x" * 20_000, "<blockquote itemtype='schema.skype.com/Reply'>" * 2000]
    )
    async def test_are_read_from_any_copy(self, bot: Bot, model: ModelServer, copy: str):
        assert await asked(bot, model, "why?", html(copy)) == "why?"


class TestLength:
    @pytest.mark.parametrize(("word", "count"), [("<b>word</b> ", 9_000), ("A whole sentence. ", 6_000)])
    async def test_of_a_long_message_is_no_problem(
        self, bot: Bot, connector: Connector, model: ModelServer, word: str, count: int
    ):
        question = await asked(bot, model, "", html(f"<p>{word * count}</p>"))

        assert question.split() == (word.replace("<b>", "").replace("</b>", "") * count).split()
        assert [sent.text for sent in connector.messages] == ["OK."]

    COPY = "<b>word</b> " * 20_000

    async def test_is_limited_and_the_user_is_told(self, bot: Bot, connector: Connector, model: ModelServer):
        question = await asked(bot, model, "", html(self.COPY))

        assert question.startswith("word word word") and question.endswith("word […]")
        assert [sent.text for sent in connector.messages] == [f"OK.\n\n{line('attachment-cut', names='`message`')}"]

    async def test_does_not_matter_if_the_text_is_whole(self, bot: Bot, connector: Connector, model: ModelServer):
        assert await asked(bot, model, "word " * 20_000, html(self.COPY)) == ("word " * 20_000).strip()
        assert [sent.text for sent in connector.messages] == ["OK."]


class TestForward:
    COPY = (
        "<p>right?</p><blockquote itemscope itemtype='http://schema.skype.com/Forward' itemid='17'>"
        "<strong itemprop='mri' itemid='8:orgid:x'>Nestor <b>Wilke</b></strong>"
        "<p itemprop='preview'>900 <i>euros</i>.<br>Or so.</p>"
        "</blockquote>"
    )
    QUOTE = "[quote 0a1b2c3d] In reply to what Nestor Wilke wrote:\n> 900 euros.\n> Or so."

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("right?", "right?"),
            ("right?\n\n900 euros.\n\nOr so.", "right?"),
            ("900 eurosceptics?", "900 eurosceptics?"),
            ("900 euros. Or so", "900 euros. Or so"),
            ("Or 900 euros. Or so.", "Or 900 euros. Or so."),
            (
                "  900 euros. Or so.\n\t900\n euros. Or so.!\n900 euros. Or so._",
                "900 euros. Or so.!\n900 euros. Or so._",
            ),
        ],
    )
    async def test_is_told_as_the_words_of_another(self, bot: Bot, model: ModelServer, text: str, words: str):
        assert await asked(bot, model, text, html(self.COPY)) == f"{self.QUOTE}\n\n{words}"

    @pytest.mark.slow
    async def test_is_found_in_little_time(self, bot: Bot, model: ModelServer):
        forward = f"<blockquote itemtype='http://schema.skype.com/Forward'>{'a ' * 1_999}b</blockquote>"

        with cpu_time() as cpu:
            await asked(bot, model, "a\n" * 24_500, html(forward * 5))

        assert cpu.seconds < 2  # seconds; word by word it took 4

    async def test_keeps_the_form_of_code(self, bot: Bot, model: ModelServer):
        copy = html("<blockquote itemtype='http://schema.skype.com/Forward'><pre>if x:\n    y</pre></blockquote>")

        question = await asked(bot, model, "right?", copy)

        assert question.splitlines()[1:3] == ["> if x:", ">     y"]

    @pytest.mark.parametrize("as_text", [True, False])
    async def test_is_read_from_a_reference(self, bot: Bot, model: ModelServer, as_text: bool):
        told = (
            '{"originalMessageId": "17", "originalMessageContent": "<p>900 <b>euros</b></p>",'
            ' "originalMessageSender": {"user": {"displayName": "Nestor"}}}'
        )
        content = told if as_text else json.loads(told)
        reference = {"id": "17", "contentType": "forwardedMessageReference", "content": content}

        question = await asked(bot, model, "right?", html("<attachment id='17'></attachment>"), reference)

        assert question == "[quote 0a1b2c3d] In reply to what Nestor wrote:\n> 900 euros\n\nright?"

    @pytest.mark.parametrize("content", ["{", "[]", 5, None, '{"messageSender": 5}', {}])
    async def test_in_an_unreadable_reference_is_left_out(self, bot: Bot, model: ModelServer, content: Any):
        references = [
            {"contentType": kind, "content": content} for kind in ("messageReference", "forwardedMessageReference")
        ]

        assert await asked(bot, model, "right?", *references) == "right?"


class TestOutOfReach:
    @pytest.mark.parametrize(
        ("attachments", "name"),
        [
            ([html("<attachment id='0b2c'></attachment>")], "file"),
            ([html("<p>x</p><img src='https://graph.microsoft.com/hostedContents/z/$value'>")], "picture"),
            ([html("<img itemtype='http://schema.skype.com/AMSImage' src='https://a.example/x'>")], "picture"),
            (
                [{"contentType": "reference", "contentUrl": "https://x.sharepoint.com/a.docx", "name": "a.docx"}],
                "a.docx",
            ),
        ],
    )
    async def test_in_a_group_the_user_learns_where_it_can_be_read(
        self, bot: Bot, connector: Connector, model: ModelServer, attachments: list[Json], name: str
    ):
        question = await asked(bot, model, "<at>Parley</at> sum it up", *attachments, place="group")

        assert question == f"sum it up\n\n[unreadable 0a1b2c3d: {name}]"
        assert [sent.text for sent in connector.messages] == [f"OK.\n\n{line('attachment-only-in-chat')}"]

    @pytest.mark.parametrize(
        "attachments",
        [
            [html("<attachment id='1622853091207'></attachment>")],
            [
                html("<attachment id='c1'></attachment>"),
                {"id": "c1", "contentType": "application/vnd.microsoft.card.adaptive"},
            ],
            [
                html("<attachment id='c1'></attachment>"),
                {"contentType": "application/vnd.microsoft.card.fluidEmbedCard"},
            ],
            [html(emoji("👍"))],
        ],
    )
    async def test_in_a_group_nothing_is_missed_without_reason(
        self, bot: Bot, connector: Connector, model: ModelServer, attachments: list[Json]
    ):
        await asked(bot, model, "<at>Parley</at> sum it up", *attachments, place="group")

        assert [sent.text for sent in connector.messages] == ["OK."]

    @pytest.mark.parametrize(
        "attachments",
        [
            [picture("https://media2.giphy.com/media/abc/giphy.gif", "image/*")],
            [picture("https://media.example/x.gif", "image/gif")],
            [picture(f"{STATICS}/stickers/dog.png")],
            [html("<img itemtype='http://schema.skype.com/Giphy' alt='Happy cat' src='https://a.example/x'>")],
            [html("<img src='https://media.tenor.com/x.gif'>"), picture("https://media.tenor.com/x.gif", "image/*")],
        ],
    )
    @pytest.mark.parametrize("text", ["", "haha"])
    async def test_a_gif_or_sticker_gets_one_line(
        self, bot: Bot, connector: Connector, model: ModelServer, attachments: list[Json], text: str
    ):
        await bot.post(bot.personal().message(text) | {"attachments": attachments})

        told = line("attachment-animated")
        assert [sent.text for sent in connector.messages] == [f"OK.\n\n{told}" if text else told]
        assert len(model.requests) == bool(text)
