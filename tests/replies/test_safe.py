"""The model's Markdown comes in; what can a Teams client fetch, open or obey when it renders what comes out?"""

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from parley.replies.safe import HELD, UNCUT, SafeMarkdown

HOSTS = ["ok.example"]
EVIL = "https://evil.example/?q=secret"
GAP = "\N{ZERO WIDTH SPACE}"


def safe(text: str, sizes: list[int] | None = None, hosts: list[str] = HOSTS) -> str:
    return "".join(steps(text, sizes, hosts))


def steps(text: str, sizes: list[int] | None = None, hosts: list[str] = HOSTS) -> list[str]:
    """What comes out for each chunk, and at the end."""
    markdown, out, at = SafeMarkdown(hosts), list[str](), 0
    for size in [*(sizes or []), len(text)]:
        out.append(markdown.feed(text[at : at + size]))
        at += size
    return [*out, markdown.close()]


class TestImages:
    @pytest.mark.parametrize(
        "text",
        [
            "![A cat](https://evil.example/cat.png)",
            "![A cat](<https://evil.example/cat.png> 'title')",
            "![A cat](\n https://evil.example/cat.png\n)",
            "![A cat](https://ok.example.evil.example)",
            "![A cat](https://ok.example@evil.example)",
            "![A cat](https://ok.example\\@evil.example)",
            "![A cat](https://ok.example:80&#64;evil.example)",
            "![A cat](ftp://ok.example)",
            "![A cat](//ok.example)",
            "![A cat](/relative.png)",
            "![A cat](data:image/png;base64,AAAA)",
            "![A cat][unknown]",
            "![A cat][]",
            "![A cat]",
        ],
    )
    def test_of_other_hosts_are_replaced_by_their_alternative_text(self, text: str):
        assert safe(f"See {text}.") == f"See {GAP}A cat{GAP}."

    @pytest.mark.parametrize(
        "text",
        [
            "![A cat](https://ok.example/cat.png)",
            "![A cat](http://OK.example:8080?cat 'title')",
            "![](https://ok.example)",
        ],
    )
    def test_of_an_allowed_host_stay(self, text: str):
        assert safe(text) == text
        assert safe(text, hosts=["OK.Example"]) == text
        assert safe(text, hosts=[]) != text

    @pytest.mark.parametrize("text", ["![A cat][Cat]", "![A cat][  cAt ]"])
    def test_by_reference_become_inline_after_their_definition(self, text: str):
        assert safe(f"[cat]: https://ok.example\n\n{text}").endswith("\n![A cat](https://ok.example)")

    @pytest.mark.parametrize("text", ["![cat][]", "![cat]"])
    def test_may_be_their_own_reference(self, text: str):
        assert safe(f"[cat]: https://ok.example\n\n{text}").endswith("\n![cat](https://ok.example)")

    @pytest.mark.parametrize("text", [f"[cat]: {EVIL}\n\n![cat]", "![cat]\n\n[cat]: https://ok.example\n"])
    def test_by_reference_need_an_earlier_allowed_definition(self, text: str):
        assert f"{GAP}cat{GAP}" in safe(text)

    def test_do_not_arise_from_removed_text(self):
        assert safe("!![](x)[b](https://evil.example)") == f"!{GAP}{GAP}[b](https://evil.example)"
        assert safe("![![b](x)](y)") == f"{GAP}{GAP}b{GAP}{GAP}"

    @pytest.mark.parametrize(
        "text",
        [
            "![r](https://ok.example/`) `",
            "![r <https://x](https://ok.example)>](y)",
            '![r](https://ok.example "x](javascript:y ") more")',
            "# ![r](\nhttps://ok.example)",
            "a|b\n-|-\n![r](https://ok.example 'a|b')",
            "[s]: https://ok.example/`\n\n![r][s]",
            "[s]: https://ok.example/\x01\n\n![r][s]",
        ],
    )
    def test_by_reference_stay_only_if_all_renderers_agree(self, text: str):
        assert not harm(safe(f"[r]: {EVIL}\n\n{text}"))


class TestLinks:
    @pytest.mark.parametrize(
        "target",
        [
            "javascript:alert(1)",
            "JaVaScRiPt:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "tel:1",
            "&#106;avascript:x",
            "javascript&colon;x",
            "java&Tab;script:x",
            "java\u00adscript:x",
            "java![](x)script:y",
        ],
    )
    def test_to_other_schemes_lose_their_target(self, target: str):
        assert safe(f"[text]({target}) more") == f"[text]{GAP} more"
        assert safe(f'[text](<{target}> "title")') == f"[text]{GAP}"
        assert safe(f'[text]: {target} "title"\n') == f"[text]{GAP}\n"

    def test_to_escaped_schemes_lose_their_target(self):
        assert safe("[text](javascript\\:x)") == f"[text]{GAP}"

    @pytest.mark.parametrize(
        "target", ["java\tscript:x", "java\x00script:x", "\u00a0javascript:x", "a b", "a(b(c(d)))", "<a", "a`b`", ""]
    )
    def test_that_are_ambiguous_are_broken(self, target: str):
        assert safe(f"[text]({target}").startswith(f"[text]{GAP}(")

    @pytest.mark.parametrize(
        "text",
        [
            "[a](https://b.example/x_(y)?c=d&e 'title') [f](http://g) [h](mailto:i@j.k) [l](#m) [n](/o:p) []()",
            "[a](\nhttps://b.example\n'title')",
            "[1]: https://a.example 'One'\n\nAs [said][1], [1].",
            "<https://a.example/b_(c)> <mailto:a@b.c> <a@b.c>",
        ],
    )
    def test_to_the_web_stay(self, text: str):
        assert safe(text) == text

    @pytest.mark.parametrize("text", ["array[0]: value", "[INFO]: started", "[^1]: See: this", "[a]: b c:d", "[x]:"])
    def test_are_not_seen_in_prose(self, text: str):
        assert safe(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            "> > [a]:\n> > javascript:x",
            "1. [a]: <javascript:x>",
            "- [a]:javascript:x 'title",
            "a [b]: javascript:x",
            "[a`]: javascript:x`",
        ],
    )
    def test_need_a_definition_that_is_unambiguous(self, text: str):
        assert f"]{GAP}:" in safe(text)

    def test_have_no_label_with_a_hidden_backtick(self):
        assert safe("[b`c]: /d") == f"[b`c]{GAP}: /d"

    def test_do_not_arise_from_removed_text(self):
        assert safe("[a](javascript:x): javascript:y") == f"[a]{GAP}: javascript:y"
        assert safe("[a](javascript:x)(javascript:y)") == f"[a]{GAP}(javascript:y)"

    @pytest.mark.parametrize(
        "text", ["<javascript:x>", "<JAVASCRIPT:x>", "<std::string>", "<tel:1>", "<a`b@c.d>", "<1`@c.d>"]
    )
    def test_in_angle_brackets_to_other_schemes_become_text(self, text: str):
        assert safe(f"a {text}") == f"a {text.replace('<', '&lt;')}"


class TestHtml:
    @pytest.mark.parametrize(
        "text",
        [
            "<at>Bob</at>",
            '<attachment id="1"></attachment>',
            f"<IMG SRC='{EVIL}'/>",
            f"<img/src={EVIL}>",
            f"<img\nsrc={EVIL}",
            "<b>bold</b>",
            "<p\nid=x",
            "<!-- a",
            "<?php",
            "<!DOCTYPE x",
            "<br>",
            "</br >",
        ],
    )
    def test_becomes_text_even_if_it_does_not_end(self, text: str):
        assert safe(f"a {text}") == f"a {text.replace('<', '&lt;')}"

    @pytest.mark.parametrize("text", ["$0<x \\le 1$", "$a<b$", "x<y$", "a < b", "I <3 it", "-> <- <= <", "List<T,U>"])
    def test_is_not_seen_in_maths_and_arrows(self, text: str):
        assert safe(text) == text

    @pytest.mark.parametrize("tag", ["<br>", "<br/>", "<br />"])
    def test_breaks_the_lines_of_a_table_only(self, tag: str):
        assert safe(f"| a{tag}b |\n{tag}\n") == f"| a{tag}b |\n&lt;{tag[1:]}\n"

    def test_never_begins_a_line(self):
        assert safe("> - <p 3\na <p 3") == "> - &lt;p 3\na <p 3"


class TestCode:
    RAW = f"<at>Bob</at> ![x]({EVIL}) [y](javascript:z)"

    @pytest.mark.parametrize(
        "text",
        [
            f"`{RAW}` and `` ` {RAW} ``",
            f"```html\n{RAW}\n\n  {RAW}\n```\nText",
            f"~~~~ a `b`\n```\n{RAW}\n~~~\n~~~~\n",
            f"1. Do this:\n   ```md\n   {RAW}\n\n   {RAW}\n   ```\n2. Done",
            f"- ```\n  {RAW}\n  ```\n",
            f"Text\n\n    - ~~~\n      {RAW}\n      ~~~\n",
            f"> ```\n> {RAW}\n>{RAW}\n>\n> ```\n",
            f"```\r\n{RAW}\r\n```\r\n",
            f"```\n{RAW}",
        ],
    )
    def test_stays_as_it_is(self, text: str):
        assert safe(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            f"\\`{RAW}`",
            f"`a\n{RAW}` `{RAW}`",
            f"`a | {RAW}` `{RAW}`",
            f"`$ {RAW}` `{RAW}`",
            f"` {'x' * UNCUT} {RAW}`",
            f"``` `\n{RAW}\n```\n",
            f"a\n    {RAW}",
            f"- - ```\n    {RAW}",
            f"[^1]: ~~~\n    {RAW}",
            f"```a|b\n|--|--|\n{RAW}",
            f"~~~a|b\n|--|--|\n{RAW}",
            f"```\n```\u2003\n{RAW}",
            f"- ```\n{RAW}",
            f"> ```\n\n> {RAW}",
            f"> ```\n{RAW}",
        ],
    )
    def test_that_is_doubtful_is_not_treated_as_code(self, text: str):
        assert RAW_HTML not in safe(text)
        assert not harm(safe(text))

    @pytest.mark.parametrize("marks", ["- - ", "[^1]: ", "1. > ", "-\t", ": "])
    def test_begins_no_block_where_renderers_may_differ(self, marks: str):
        assert safe(f"{marks}```\n{marks}~~~") == f"{marks}{GAP}```\n{marks}{GAP}~~~"

    def test_begins_a_block_of_its_own_when_it_is_indented(self):
        assert safe("a\n    ```\n    b\n    ```\n") == "a\n\n    ```\n    b\n    ```\n"
        assert safe("a\n- ```\n") == "a\n\n- ```\n"
        assert safe("a\r\t```\r") == "a\r\r\t```\r"

    def test_ends_where_any_renderer_may_see_its_end(self):
        assert safe("> ```\n  ````  \n<at>") == "> ```\n> ```\n&lt;at>"
        assert safe("  ```\n  a\nb\n") == "  ```\n  a\n  ```\nb\n"
        assert safe(f"```\n```{' ' * HELD}\n<at>") == f"```\n```\n{GAP}```{' ' * HELD}\n&lt;at>"


RAW_HTML = "<at>"

HARMLESS = [
    "# Title\n\nSome **bold**, *italic* and ~~old~~ text.\n\n> quoted\n\n---\n1. one\n2. two\n   - three\n",
    "- [x] done\n- [ ] to do\n\nA note[^1].\n\n[^1]: The `note`.\n",
    "$a<b$ and $$\\sum_{i<n} x_i \\[1\\]$$, 5 * 3 = 15 \\* \\\\",
    "| Name | Type |\n|:-----|-----:|\n| `<T>` | a<br>b |\n",
    "👩‍👩‍👧‍👦 🇩🇪 👍🏽 e\u0301 ☕️ \U0001f600 Wow! [sic] ![",
    "```py\nif a < b: print('<at>')\n```\n\nand `List<T>`.\r\nNext\r\n",
]


class TestHarmlessText:
    @pytest.mark.parametrize("text", HARMLESS[:-2] + HARMLESS[-1:])
    def test_arrives_unchanged(self, text: str):
        assert safe(text) == text

    def test_is_sent_at_once(self):
        assert steps("Hello, world. How?", [5, 2, 7]) == ["Hello", ", ", "world. ", "How?", ""]

    def test_is_held_back_only_from_an_undecided_point(self):
        assert steps(f"See ![a cat]({EVIL}) there", [10, 30]) == ["See ", "", f"{GAP}a cat{GAP} there", ""]

    @pytest.mark.slow
    @pytest.mark.parametrize("beginning", ["![", "![a](", "[a](", "[a]: ", "<", "<a@", "`", "- [a]: ", "~~~", "> "])
    @pytest.mark.parametrize("more", ["x", " "])
    def test_is_held_back_up_to_a_limit(self, beginning: str, more: str):
        markdown = SafeMarkdown()

        shown = "".join(markdown.feed(character) for character in beginning + more * HELD * 2)

        assert len(shown) >= HELD


def renderer(preset: str) -> MarkdownIt:
    """Renders what a careless client would: whatever a link leads to."""
    markdown_it = MarkdownIt(preset, {"html": True, "linkify": False}).enable("table")
    markdown_it.validateLink = lambda url: True
    return markdown_it


RENDERERS = [renderer("commonmark"), renderer("gfm-like")]


def harm(markdown: str) -> list[Token]:
    def harmful(token: Token) -> bool:
        match token.type:
            case "image":
                return not re.match(r"https?://ok\.example(?:[:/?#]|$)", str(token.attrs["src"]))
            case "html_block" | "html_inline":
                return not re.fullmatch("<br ?/?>", token.content)
            case "link_open":
                return bool(re.match(r"(?!(?:https?|mailto):)[a-z][a-z0-9+.-]*:", str(token.attrs["href"]), re.I))
            case _:
                return False

    def flat(tokens: list[Token]) -> list[Token]:
        return [each for token in tokens for each in [token, *flat(token.children or [])]]

    return [token for renderer in RENDERERS for token in flat(renderer.parse(markdown)) if harmful(token)]


MARKS = (
    "![ ![ [ ] ( ) ]( ]( ]: ` ` `` ``` ```` ~~~ ~~~~ > < \" ' ! \\ | $ & = --- # é <at> </at> <b> <div> <br> <!-- <? <p"
    " <https:// <https://a> <a`b@c.d> <1`@c.d> javascript:x &#106;avascript:x data:x [r] ![r] [r]: [^1]: /x &lt; :"
)
LINES = (
    "\n,\n,\n\n,\r,\r\n,\n> ,\n>,\n- ,- ,> ,1. ,* ,\n```\n,\n> ```\n,\n  ```\n,\n- ```\n,\n    ```\n,```py\n,\n~~~\n"
    ",|--|--|\n,\n--|--\n, ,  ,   ,    ,     ,\t,\xa0,\x0b"
)
WHOLE = [
    EVIL,
    f"![x]({EVIL})",
    "![x](https://ok.example)",
    f"\n[r]: {EVIL}\n",
    "\n[r]: https://ok.example 'title'\n",
    "[x](javascript:y)",
    "<img src=x>",
    "\n<p 3\n",
    "[a](/b `c)",
    "\n[a`b]: /x\n",
    "[x][a`b]",
]
FRAGMENTS = MARKS.split() + LINES.split(",") * 2 + WHOLE * 3
# Of a few fragments, so that they meet.
HOSTILE = st.lists(st.sampled_from(FRAGMENTS), min_size=2, max_size=10).flatmap(
    lambda few: st.lists(st.sampled_from(few), max_size=25).map("".join)
)
SIZES = st.lists(st.integers(1, 7), max_size=60)


class TestAnyText:
    @given(text=HOSTILE)
    def test_becomes_harmless(self, text: str):
        assert not harm(safe(text))

    def test_may_be_cut_within_a_line_end(self):
        assert safe("`a\r\n`<at>`", [3]) == safe("`a\r\n`<at>`") == "`a\r\n`&lt;at>`"

    @given(text=HOSTILE | st.text(), sizes=SIZES)
    def test_gives_the_same_result_in_any_chunks(self, text: str, sizes: list[int]):
        assert safe(text, sizes) == safe(text, [1] * len(text)) == safe(text)

    @given(text=st.text("abcXYZ éß漢👍.,;?'\"()*_/&%=\N{ZERO WIDTH JOINER}").map("a".__add__), sizes=SIZES)
    def test_without_special_characters_is_never_held_back(self, text: str, sizes: list[int]):
        assert "".join(steps(text, sizes)[:-1]) == text

    @given(text=HOSTILE, more=HOSTILE)
    def test_only_grows(self, text: str, more: str):
        assert safe(text + more).startswith(SafeMarkdown(HOSTS).feed(text))

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "fragment", ["](", "![", "[", "<a ", "]:", "`a\n\n", "` `` ``` ", "![a](", "](a '", "> - "]
    )
    def test_takes_linear_time(self, fragment: str):
        def seconds(length: int) -> float:
            start = process_time()
            safe((fragment * length)[:length], [100] * (length // 100))
            return process_time() - start

        assert seconds(80_000) < 12 * seconds(20_000) + 0.2
