"""The Agents Playground as a person uses it: choose a conversation, write, mention, read what the bot answers.

The Playground has no hooks for tests. What is found here is found by its role and accessible name, and only where it
has none by the class that Fluent UI gives it (`fai-…`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

# Milliseconds that an answer may take from the question to its last word.
ANSWER_TIMEOUT = 60_000

# In a window that is narrower the Playground moves its list of conversations out of sight.
NARROWEST = 1280

# Notes on each message in a chat what it reads while it grows.
_NOTE_DRAFTS = """
new MutationObserver(() => {
    for (const card of document.querySelectorAll(".fai-OutputCard")) {
        const text = card.innerText.replace(/\\s*\\|$/, "");  // without the cursor
        card.drafts ??= [];
        if (card.drafts.at(-1) !== text) card.drafts.push(text);
    }
}).observe(document, {subtree: true, childList: true, characterData: true});
"""


@dataclass(frozen=True)
class Mention:
    """The mention of somebody, the bot included."""

    name: str


# Who is in the Playground's chats; see .m365agentsplayground.yml.
BOT = Mention("Parley")
MEGAN = Mention("Megan Bowen")


@dataclass(frozen=True)
class Answer:
    """A message of the bot, as it stands when it is complete."""

    text: str
    has_ai_label: bool
    drafts: tuple[str, ...] = ()
    """What it read before it was complete, the shortest first."""


class Playground:
    """The Playground in a page of the browser, which shows what was said since it was opened."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.add_init_script(_NOTE_DRAFTS)
        # The bot's messages arrive through this socket, and nowhere else.
        with page.expect_websocket(lambda socket: socket.url.endswith("/conversations/stream")):
            page.goto(url)

    def personal_chat(self) -> Chat:
        return self._chat("Personal Chat")

    def group_chat(self) -> Chat:
        return self._chat("Group Chat")

    def channel(self) -> Channel:
        self._choose("My Team - General")
        return Channel(self.page)

    def hide_log(self) -> None:
        """Close the panel that shows what the Playground and the bot send each other."""
        self.page.get_by_role("button", name="Hide log panel").click()

    def screenshot(self, path: Path) -> None:
        self.page.screenshot(path=path)

    def _chat(self, name: str) -> Chat:
        self._choose(name)
        return Chat(self.page)

    def _choose(self, conversation: str) -> None:
        self.page.get_by_role("treeitem", name=conversation).click()


class Chat:
    """The personal chat or the group chat, which look the same."""

    def __init__(self, page: Page) -> None:
        self._page = page
        # The person's own messages name no author.
        self.answers = page.locator('div:has(> [aria-label="Message header"] > [aria-label="Message author"])')

    def ask(self, *parts: str | Mention) -> Answer:
        """Send a message and wait for the answer."""
        number = self.answers.count()
        self.write(*parts)
        self.send()
        self.answers.nth(number).wait_for(timeout=ANSWER_TIMEOUT)
        expect(self._progress(number)).to_be_hidden(timeout=ANSWER_TIMEOUT)
        return self._read(self.answers.nth(number))

    def is_answered(self, number: int) -> bool:
        """Whether the bot's message with this number, the first being 0, is complete."""
        return self.answers.nth(number).is_visible() and self._progress(number).is_hidden()

    def write(self, *parts: str | Mention) -> None:
        _write(self._page.get_by_role("textbox"), parts)

    def send(self) -> None:
        self._page.get_by_role("button", name="Send Message").click()

    def _progress(self, number: int) -> Locator:
        """The bar that runs below a message while more is to come. Then it stays in the page, but has no height."""
        return self.answers.nth(number).get_by_role("progressbar")

    def _read(self, answer: Locator) -> Answer:
        *drafts, text = answer.locator(".fai-OutputCard").evaluate("card => card.drafts")
        header = answer.get_by_label("Message header")
        return Answer(text.strip(), _has_ai_label(header), tuple(drafts))


class Channel:
    """The General channel of the team: posts, the newest first, each with its thread of replies."""

    def __init__(self, page: Page) -> None:
        composer = page.get_by_role("button", name="Post", exact=True)
        self._new_post = page.get_by_role("group").filter(has=composer)
        self.posts = page.get_by_role("group").filter(has=page.get_by_role("button", name="Send Message"))

    def ask(self, *parts: str | Mention) -> Answer:
        """Begin a post and wait for the answer in its thread."""
        before = self.posts.count()
        _write(self._new_post.get_by_role("textbox"), parts)
        self._new_post.get_by_role("button", name="Post", exact=True).click()
        expect(self.posts).to_have_count(before + 1, timeout=ANSWER_TIMEOUT)
        # A reply is a head, in which the author's picture is the first thing, and a text.
        reply = self.posts.first.locator(f'div:has(> div > [role="img"][aria-label="{BOT.name}"])')
        reply.wait_for(timeout=ANSWER_TIMEOUT)
        head, text = reply.locator("> div").first, reply.locator("> div").nth(1)
        return Answer(text.inner_text().strip(), _has_ai_label(head))


def _write(textbox: Locator, parts: tuple[str | Mention, ...]) -> None:
    """Type into the Playground's editor, which only takes single keys, and pick mentions from its list.

    The list opens on an "@" that stands alone. A click chooses from it; the Enter key would send the message whenever
    the list is not open yet.
    """
    for part in parts:
        if isinstance(part, Mention):
            textbox.press_sequentially("@")
            textbox.page.get_by_role("menuitem", name=part.name).click()
        else:
            textbox.press_sequentially(part)


def _has_ai_label(head: Locator) -> bool:
    return head.get_by_text("AI generated", exact=True).is_visible()
