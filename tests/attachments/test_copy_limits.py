"""The HTML copy of a message cannot block the event loop."""

import pytest

from doubles.cpu import cpu_time
from parley.attachments import read_html

MANY = range(20_000)

COPIES = {
    "elements": "<div>" * 50_000,
    "items": "<div>" * 5_000 + "<li></li>" * 5_000,
    "end tags": "<div>" * 9_900 + "</h1>" * 30_000,
    "end tags with a start": "<h1>" * 3_000 + "<div>" * 6_900 + "</h1>" * 30_000,
    "attributes": f"<p {' '.join(f'a{i}=' for i in MANY)}>x",
    "attributes without a value": f"<p {' '.join(f'a{i}' for i in MANY)}>x",
    "attributes between slashes": f"<p/{'/'.join(f'a{i}' for i in MANY)}>x",
    "attributes behind a quoted bracket": f"<p x='>' y=a=\" {' '.join(f'a{i}' for i in MANY)}>x",
    "attributes behind a script": f"<script><p x='</script><p {' '.join(f'a{i}' for i in MANY)}>x",
    "attributes behind a comment": f"<!--<p x='--><p {' '.join(f'a{i}' for i in MANY)}>x",
    "attributes in an end tag": f"<p></p {' '.join(f'a{i}' for i in MANY)}>x",
    "starts in a name": "<a" * 100_000,
    "starts in a value": "<a/x=" * 40_000,
    "starts before a value": "<a " * 9_000 + 'x="' + "y" * 170_000 + '">',
    "quotes without an end": "<a x=' " * 20_000,
    "links in links": "<a href='http://x'><object>y y" * 5_000,
    "tags that are opened again": f"<p>{''.join(f'<b {i}>' for i in range(600))}{'<p>x' * 600}",
    "tags that are ended late": f"{''.join(f'<i {i}>' for i in range(3000))}{'<p>' * 3000}{'</i>' * 3000}",
    "empty lines": "<pre>" + "\n \xa0" * 60_000,
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_takes_little_time(copy: str):
    with cpu_time() as cpu:
        read_html(copy)

    assert cpu.seconds < 0.5


def test_has_the_tags_of_a_link_with_many_parts():
    parts = "".join(f"<b>{part}</b>" for part in ("https:", "//x.exa", "mple"))

    assert read_html(f"<a href='https://x.example/'>{parts}</a>").words == "https://x.example"
    assert read_html(f"<a href='https://y.example/'>{parts}</a>").words == "https://x.example (https://y.example/)"


@pytest.mark.parametrize(
    "copy",
    [
        "<p alt='a > b' " + "class='c' " * 90 + ">word</p>",
        "<!-- <p> --><P>word<br/></P>",
        "<p><img alt='<b>' src='https://x.example/?a=1&b=2'>word</p>",
        "</div>" * 50 + "<p>word</p>",
        "word <3",
    ],
)
def test_with_few_of_each_is_whole(copy: str):
    assert not read_html(copy).is_cut and "word" in read_html(copy).words


@pytest.mark.parametrize("copy", [f"<p>word</p>{COPIES[name]}" for name in ("end tags", "attributes", "elements")])
def test_with_too_many_is_cut(copy: str):
    assert read_html(copy).is_cut and read_html(copy).words == "word […]"
