"""The safe form of the model's Markdown, which makes a Teams client fetch, open and run nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.cpu import cpu_time
from doubles.hostile_markdown import EVIL, HOSTILE, SIZES
from doubles.renderers import commonmark, gfm, harm, is_rich
from parley.markdown.safe import SafeMarkdown
from parley.markdown.tokenizer import LONGEST_HELD, LONGEST_SPAN

HOSTS = ["ok.example"]
GAP = "\N{ZERO WIDTH SPACE}"
CASES = Path(__file__).parents[1] / "cases"


def safe(text: str, sizes: list[int] | None = None, hosts: list[str] = HOSTS) -> str:
    return "".join(steps(text, sizes, hosts))


def steps(text: str, sizes: list[int] | None = None, hosts: list[str] = HOSTS) -> list[str]:
    """The results for each chunk, and at the end."""
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
        ],
    )
    def test_of_other_hosts_are_replaced_by_their_description(self, text: str):
        assert safe(f"See {text}.") == f"See {GAP}[picture removed: A cat]{GAP}."

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

    def test_by_reference_need_an_allowed_definition(self):
        assert safe(f"[cat]: {EVIL}\n\n![cat]").endswith(f"\n{GAP}[picture removed: cat]{GAP}")

    def test_without_a_description_leave_nothing(self):
        assert safe(f"a ![]({EVIL}) b") == f"a {GAP}{GAP} b"

    def test_are_replaced_in_the_language_of_the_user(self):
        markdown = SafeMarkdown(removed_image=f"(Bild entfernt: {GAP})")

        assert markdown.feed(f"![Eine Katze]({EVIL}).\n") == f"{GAP}(Bild entfernt: Eine Katze){GAP}.\n"

    @pytest.mark.parametrize(
        "text", ["Great![1]", "![A cat][unknown]", "![A cat][]", "vec![1, 2]", "get(k)![0]", "![[r]]", "It is![^1]"]
    )
    def test_that_are_none_keep_their_text(self, text: str):
        assert safe(text) == text.replace("![", f"!{GAP}[")

    @pytest.mark.parametrize("definition", [EVIL, "https://ok.example"])
    def test_that_are_defined_later_are_links(self, definition: str):
        text = safe(f"![cat]\n\n[cat]: {definition}\n")

        assert text.startswith(f"!{GAP}[cat]\n") and not harm(text)

    def test_do_not_arise_from_removed_text(self):
        assert safe("!![](x)[b](https://evil.example)") == f"!{GAP}{GAP}[b](https://evil.example)"
        removed = f"{GAP}[picture removed: "
        assert safe("![![b](x)](y)") == f"{removed}{removed}b]{GAP}]{GAP}"
        assert safe("![b](x)(javascript:y)") == f"{removed}b]{GAP}(javascript:y)"

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

    @pytest.mark.parametrize(
        "rest", ["](", "](https://a.exa", "](https://a.example 'tit", "![", "![a cat](https://ok.exa"]
    )
    def test_and_images_that_are_cut_off_are_left_out(self, rest: str):
        markdown = SafeMarkdown(HOSTS)

        assert markdown.feed(f"See [a{rest}") + markdown.close(is_cut_off=True) == "See [a"

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

    @pytest.mark.parametrize("text", ["ftp://a.example", "FTP://a.example", "xmpp:a@b.example"])
    def test_to_other_schemes_do_not_arise_from_bare_urls(self, text: str):
        assert safe(f"See {text}") == f"See {text.replace(':', f':{GAP}')}"
        assert not harm(safe(text))

    def test_to_other_schemes_are_not_seen_in_prose(self):
        assert safe("FTP: old. `ftp://a.example`") == "FTP: old. `ftp://a.example`"

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
        assert safe("<p<>`<at>`") == "&lt;p<>`<at>`"

    @pytest.mark.parametrize("length", range(LONGEST_HELD - 2, LONGEST_HELD + 2))
    def test_becomes_text_behind_overlong_marks(self, length: int):
        assert not harm(safe(">" * length + "<at>Bob</at>"))

    def test_with_an_escape_stays_text(self):
        assert safe("a \\<b> c") == "a \\<b> c"


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
            f"`a | {RAW}` and `b | {RAW}`\nMore.",
            f"- `a | {RAW}`\n- | `{RAW}`\n",
            f"|a|b|\n|-|-|\n| `{RAW}` | `a \\| {RAW}` |\n",
            f"`$a {RAW}` and `{RAW}`, $5",
            f"`{{a[0]: {RAW}}}`",
            f"Text\n\n    {RAW}\n\n\t`{RAW}\n\nText",
            f"- a\n\n**Text**\n\n    {RAW}\n",
            f"  ```\n{RAW}\n {RAW}\n  ```\nText",
            f"```\n{RAW}\n    {GAP}```\n> {GAP}```\n{RAW}\n```",
            f"```a|b\n{RAW}\n```\n",
            f"`https://a.example/` and `{RAW}`",
            f"`ab` x@y.example `{RAW}`",
        ],
    )
    def test_stays_as_it_is(self, text: str):
        assert safe(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            f"\\`{RAW}`",
            f"`a\n{RAW}` `{RAW}`",
            f"a | `b\n-|-\n`a | {RAW}` `{RAW}`",
            f"`a | {RAW}`\n--|--\n",
            f"`a | b` `{RAW}`\n--|--\n",
            f"a `b\\\\| {RAW}`\n--|--\n",
            f"$a `$ {RAW}`",
            f"`$a` $ `{RAW}`",
            f"~~`~~``{RAW}`",
            f"[a\nb`]: /c `{RAW}`",
            f"[a`]: javascript:x `{RAW}`",
            f"` {'x' * LONGEST_SPAN} {RAW}`",
            f"``` `\n{RAW}\n```\n",
            f"a\n    {RAW}",
            f"- - ```\n    {RAW}",
            f"[^1]: ~~~\n    {RAW}",
            f"a|b\n-|-\n```a|b\n{RAW}",
            f"a\n    \n    {RAW}",
            f"[a`b]: /x\n      \n`a | {RAW}`",
            f"```a|b\n|--|--|\n{RAW}",
            f"~~~a|b\n|--|--|\n{RAW}",
            f"```\n```\u2003\n{RAW}",
            f"- ```\n{RAW}",
            f"> ```\n\n> {RAW}",
            f"> ```\n{RAW}",
            f"    {RAW}",
            f"\n\n    {RAW}",
            f"- a\n\n        {RAW}",
            f"[^1]: a\n\n    {RAW}",
            f"> a\n\n    {RAW}",
            f"Text\n\n    {RAW} {'x' * LONGEST_SPAN}",
        ],
    )
    def test_that_is_doubtful_is_not_treated_as_code(self, text: str):
        assert RAW_HTML not in safe(text)
        assert not harm(safe(text))

    @pytest.mark.parametrize(
        "url",
        [
            "https://a.example/",
            "HTTP://a.example",
            "www.a.example",
            "(https://a.example/?b=)",
            "[a](https://b.c/",
            "http://\x0b\x0c\xa0",
        ],
    )
    @pytest.mark.parametrize("swallowed", ["`", "``", "\\`", "\\\\`"])
    def test_does_not_begin_in_a_bare_url(self, url: str, swallowed: str):
        text = safe(f"{url}{swallowed} {self.RAW} {swallowed}")

        assert RAW_HTML not in text and not harm(text)

    def test_does_not_begin_in_an_address(self):
        text = safe(f"a`b@c.example {self.RAW} `")

        assert RAW_HTML not in text and not harm(text)

    @pytest.mark.parametrize("harmful", ["<at>", f"![x]({EVIL})", f'<img src="{EVIL}">'])
    def test_of_a_backslash_ends_in_a_bare_url(self, harmful: str):
        assert not harm(safe(f"https://a.example\\{harmful}"))
        assert not harm(safe(f"https://a.example\\\\{harmful}"))

    @pytest.mark.parametrize(
        "text",
        [
            "`Set\n<T>` and `Map<K>`",
            "`a\n<b> [y](javascript:z)`",
            "| a |\n|---|\n| `Map<Key | V>` |\n",
            "`$a` and `$b = vec![1]; Set<T>`",
            f"`{'x' * LONGEST_SPAN}<T>` ![x]",
            "a\n    <b> ![x](y) [z](javascript:z)",
            "- a\n\n      std::vector<int>\n",
            ">     <div>\n",
            "    <div>\n",
        ],
    )
    def test_that_is_doubtful_gains_only_what_is_invisible(self, text: str):
        assert safe(text) != text and safe(text).replace(GAP, "") == text

    @pytest.mark.parametrize("marks", ["- - ", "[^1]: ", "1. > ", "-\t", ": "])
    def test_begins_no_block_where_renderers_may_differ(self, marks: str):
        assert safe(f"{marks}```\n{marks}~~~") == f"{marks}{GAP}```\n{marks}{GAP}~~~"

    def test_begins_a_block_of_its_own_when_it_is_indented(self):
        assert safe("a\n    ```\n    b\n    ```\n") == "a\n\n    ```\n    b\n    ```\n"
        assert safe("a\n- ```\n") == "a\n\n- ```\n"
        assert safe("- a\n1. ```\n") == "- a\n\n1. ```\n"

    @pytest.mark.parametrize("end", ["# b", "***", "```\n```", "- ```\nb"])
    def test_begins_a_block_of_its_own_below_the_end_of_a_list(self, end: str):
        text = safe(f"- a\n{end}\n`\n    ```\n    b\n    ```\n`{self.RAW}`")

        assert "`\n\n    ```" in text and not harm(text)
        assert safe("a\r\t```\r") == "a\r\r\t```\r"

    @pytest.mark.parametrize(
        "text",
        ["- a\n- ```\n  b\n  ```\n", "10. a\n    ```\n    b\n    ```\n", "- a\n  - b\n    ~~~\n    c\n    ~~~\n"],
    )
    def test_begins_in_the_list_that_it_belongs_to(self, text: str):
        assert safe(text) == text

    @pytest.mark.parametrize("definition", ["[a]:", "[a]: /b 'c", "[a]: /b\n'c", "> [a]: /b (c", "- [a]: /b\n  'c\n"])
    @pytest.mark.parametrize("gap", ["\n", "\n\n"])
    def test_is_not_swallowed_by_a_definition(self, definition: str, gap: str):
        assert not harm(safe(f"{definition}{gap}~~~\n')\n{self.RAW}\n~~~\n"))

    def test_ends_where_any_renderer_may_see_its_end(self):
        assert safe("> ```\n  ````  \n<at>") == "> ```\n> ```\n&lt;at>"
        assert safe("- a\n\n  ```\n  a\nb\n") == "- a\n\n  ```\n  a\n  ```\nb\n"
        assert safe(f"```\n```{' ' * LONGEST_HELD}\n<at>") == f"```\n```\n{GAP}```{' ' * LONGEST_HELD}\n<{GAP}at>"


RAW_HTML = "<at>"

HARMLESS = [
    "# Title\n\nSome **bold**, *italic* and ~~old~~ text.\n\n> quoted\n\n---\n1. one\n2. two\n   - three\n",
    "- [x] done\n- [ ] to do\n\nA note[^1].\n\n[^1]: The `note`.\n",
    "$a<b$ and $$\\sum_{i<n} x_i \\[1\\]$$, 5 * 3 = 15 \\* \\\\",
    "| Name | Type |\n|:-----|-----:|\n| `<T>` | a<br>b |\n",
    "👩‍👩‍👧‍👦 🇩🇪 👍🏽 e\u0301 ☕️ \U0001f600 Wow! [sic] ![",
    "```py\nif a < b: print('<at>')\n```\n\nand `List<T>`.\r\nNext\r\n",
    "Run `docker logs <container> | grep error`: `$HOME/<path>`.\n\n    vector<int> x{};\n\nSee https://a.example/b.\n",
]


class TestHarmlessText:
    @pytest.mark.parametrize("text", [text for text in HARMLESS if not text.endswith("![")])
    def test_arrives_unchanged(self, text: str):
        assert safe(text) == text

    def test_is_sent_at_once(self):
        assert steps("Hello, world. How?", [5, 2, 7]) == ["Hello", ", ", "world. ", "How?", ""]

    @pytest.mark.parametrize(
        "text", ["a\n    - some words", "- a\n\n    some words", "| a | b", "`a|b` c", "1. $5 words"]
    )
    def test_is_sent_before_its_line_ends(self, text: str):
        assert SafeMarkdown().feed(f"{text} and more.\n\n{text}").endswith(text)

    def test_is_held_back_only_from_an_undecided_point(self):
        assert steps(f"See ![a cat]({EVIL}) there", [10, 30]) == [
            "See ",
            "",
            f"{GAP}[picture removed: a cat]{GAP} there",
            "",
        ]

    @pytest.mark.slow
    @pytest.mark.parametrize("beginning", ["![", "![a](", "[a](", "[a]: ", "<", "<a@", "`", "- [a]: ", "~~~", "> "])
    @pytest.mark.parametrize("more", ["x", " "])
    def test_is_held_back_up_to_a_limit(self, beginning: str, more: str):
        markdown = SafeMarkdown()

        shown = "".join(markdown.feed(character) for character in beginning + more * LONGEST_HELD * 2)

        assert len(shown) >= LONGEST_HELD


# Answers of models, and the examples of CommonMark and of GFM; `README.md` there has their origin and licence.
ANSWERS = [path.read_text(encoding="utf-8") for path in sorted((CASES / "foreign").glob("md-*.md"))]
EXAMPLES = {
    path.stem: [str(example) for example in json.loads(path.read_text(encoding="utf-8"))]
    for path in sorted((CASES / "markdown").glob("*.json"))
}


class TestCases:
    @pytest.mark.parametrize("text", ANSWERS)
    def test_answers_gain_only_what_is_invisible(self, text: str):
        assert safe(text).replace(GAP, "") == text

    def test_examples_are_all_there(self):
        assert {name: len(examples) for name, examples in EXAMPLES.items()} == {
            "commonmark": 652,
            "gfm": 673,
            "gfm-extensions": 28,
        }

    @pytest.mark.parametrize("render", [commonmark, gfm])
    def test_examples_keep_their_meaning(self, render: Callable[[str], str]):
        plain = [example for examples in EXAMPLES.values() for example in examples if not is_rich(example)]

        assert len(plain) > 900
        assert [text for text in plain if render(safe(text)).replace(GAP, "").strip() != render(text).strip()] == []

    def test_examples_become_harmless(self):
        assert [example for examples in EXAMPLES.values() for example in examples if harm(safe(example))] == []


class TestAnyText:
    @given(text=HOSTILE)
    def test_becomes_harmless(self, text: str):
        assert not harm(safe(text))

    def test_may_be_cut_within_a_line_end(self):
        assert safe("`a\r\n`<at>`", [3]) == safe("`a\r\n`<at>`") == f"`a\r\n`<{GAP}at>`"

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
        "fragment",
        [
            "](",
            "![",
            "[",
            "<a ",
            "]:",
            "`a\n\n",
            "` `` ``` ",
            "![a](",
            "](a '",
            "> - ",
            "`a|<",
            "$`",
            "    <b>\n",
            "[a]: b\n'",
        ],
    )
    def test_takes_linear_time(self, fragment: str):
        def seconds(length: int) -> float:
            with cpu_time() as cpu:
                safe((fragment * length)[:length], [100] * (length // 100))
            return cpu.seconds

        assert seconds(80_000) < 12 * seconds(20_000) + 0.2
