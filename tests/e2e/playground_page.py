"""The Agents Playground as a person uses it: choose a conversation, write, mention, read what the bot answers.

The Playground has no hooks for tests. What is found here is found by its role and accessible name, and only where it
has none by the class that Fluent UI gives it (`fai-…`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from .log_panel import LogPanel
from .mock_menu import MockMenu

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
    has_thumbs: bool
    drafts: tuple[str, ...] = ()
    """What it read before it was complete, the shortest first."""


class Playground:
    """The Playground in a page of the browser, which shows what was said since it was opened.

    When a page opens a conversation for the first time, the Playground tells the bot that it was installed there.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._greeted: set[str] = set()
        page.add_init_script(_NOTE_DRAFTS)
        with self._connected():
            page.goto(url)

    def personal_chat(self) -> Chat:
        return self._chat("Personal Chat")

    def group_chat(self) -> Chat:
        return self._chat("Group Chat")

    def channel(self) -> Channel:
        channel = Channel(self.page)
        self._choose("My Team - General", channel.posts)
        return channel

    def reload(self) -> None:
        """Load the page again: nothing of what was said is shown any more, and no conversation counts as opened."""
        self._greeted.clear()
        with self._connected():
            self.page.reload()

    def hide_log(self) -> None:
        LogPanel(self.page).hide()

    def screenshot(self, path: Path) -> None:
        self.page.screenshot(path=path)

    def _chat(self, name: str) -> Chat:
        chat = Chat(self.page)
        self._choose(name, chat.answers)
        return chat

    def _choose(self, conversation: str, said: Locator) -> None:
        """Open a conversation. The first thing that is ever said in it is the bot's hello."""
        self.page.get_by_role("treeitem", name=conversation).click()
        if conversation not in self._greeted:
            said.first.wait_for(timeout=ANSWER_TIMEOUT)
            self._greeted.add(conversation)

    def _connected(self) -> Any:
        """Wait in the block for the socket through which the bot's messages arrive, and nowhere else."""
        return self.page.expect_websocket(lambda socket: socket.url.endswith("/conversations/stream"))


class Chat:
    """The personal chat or the group chat, which look the same."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._log = LogPanel(page)
        self._mock = MockMenu(page, self._log)
        # The person's own messages name no author.
        self.answers = page.locator('div:has(> [aria-label="Message header"] > [aria-label="Message author"])')
        self.starters = page.get_by_role("button").and_(page.locator('button:not([class*="fui-"])'))
        """The suggested actions, which the Playground shows below the last message only."""

    def ask(self, *parts: str | Mention) -> Answer:
        """Send a message and wait for the answer."""
        number = self.answers.count()
        self.write(*parts)
        self.send()
        return self._answer(number)

    def choose(self, starter: str) -> Answer:
        """Click a suggested action, which sends it, and wait for the answer."""
        number = self.answers.count()
        self.click(starter)
        return self._answer(number)

    def click(self, starter: str) -> None:
        """Click a suggested action, without waiting for an answer."""
        self.starters.get_by_text(starter, exact=True).click()

    def wait_until(self, number: int, text: str) -> None:
        """Wait until the bot's message with this number has `text` in it, complete or not."""
        card = self.answers.nth(number).locator(".fai-OutputCard")
        expect(card).to_contain_text(text, timeout=ANSWER_TIMEOUT)

    def wait_for(self, number: int, text: str) -> Answer:
        """Wait until the bot's message with this number is complete and has `text` in it."""
        self.wait_until(number, text)
        return self._answer(number)

    def texts(self) -> list[str]:
        """What the bot's messages read, the oldest first."""
        return [answer.text for answer in map(self._read, self.answers.all())]

    def judge(self, number: int, thumb: str, comment: str = "") -> str:
        """Click "Like" or "Dislike" below the bot's message with this number and send the form that opens. Returns what
        the Playground then says."""
        self.answers.nth(number).get_by_role("button", name=thumb, exact=True).click()
        dialog = self._page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill(comment)
        dialog.get_by_role("button", name="Submit").click()
        close = dialog.get_by_role("button", name="Close", exact=True)
        close.wait_for()
        said = dialog.inner_text()
        close.click()
        expect(dialog).to_be_hidden()
        return said

    def install(self) -> None:
        """Let the Playground say once more that the bot was installed."""
        self._mock.post("Install application")

    def edit(self, text: str) -> None:
        """Edit the person's last message. Only the bot hears of it: the Playground goes on to show the old text."""
        self._tell_of("messageUpdate", "editMessage", text=text)

    def delete(self) -> None:
        """Delete the person's last message, as `edit` does."""
        self._tell_of("messageDelete", "softDeleteMessage", text="")

    def quote(self, text: str, author: str, words: str) -> Answer:
        """Send a message that quotes another one, as Teams tells it, and wait for the answer."""
        number = self.answers.count()
        message, id = self._log.last_message(), str(uuid4())
        quoted = {"type": "quotedReply", "quotedReply": {"messageId": "1", "preview": text, "senderName": author}}
        message["entities"].append(quoted)
        self._mock.post_custom({**message, "id": id, "text": f'<quoted messageId="1"/> {words}'})
        return self._answer(number)

    def is_answered(self, number: int) -> bool:
        """Whether the bot's message with this number, the first being 0, is complete."""
        return self.answers.nth(number).is_visible() and self._progress(number).is_hidden()

    def write(self, *parts: str | Mention) -> None:
        _write(self._page.get_by_role("textbox"), parts)

    def send(self) -> None:
        self._page.get_by_role("button", name="Send Message").click()

    def _tell_of(self, kind: str, event: str, **changes: str) -> None:
        message = self._log.last_message()
        # Teams tells of a message with the message's own id, and with the time of the news.
        news = {"type": kind, "timestamp": datetime.now(UTC).isoformat(), **changes}
        self._mock.post_custom({**message, **news, "channelData": {**message["channelData"], "eventType": event}})

    def _answer(self, number: int) -> Answer:
        """Wait until the bot's message with this number is complete."""
        self.answers.nth(number).wait_for(timeout=ANSWER_TIMEOUT)
        expect(self._progress(number)).to_be_hidden(timeout=ANSWER_TIMEOUT)
        return self._read(self.answers.nth(number))

    def _progress(self, number: int) -> Locator:
        """The bar that runs below a message while more is to come. Then it stays in the page, but has no height.

        While a dialog closes, the Playground still hides everything else from assistive technology, and this bar too.
        """
        return self.answers.nth(number).get_by_role("progressbar", include_hidden=True)

    def _read(self, answer: Locator) -> Answer:
        *drafts, text = answer.locator(".fai-OutputCard").evaluate("card => card.drafts")
        header = answer.get_by_label("Message header")
        has_thumbs = answer.get_by_label("Feedback Button").is_visible()
        return Answer(text.strip(), _has_ai_label(header), has_thumbs, tuple(drafts))


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
        has_thumbs = reply.get_by_label("Feedback Button").is_visible()
        return Answer(text.inner_text().strip(), _has_ai_label(head), has_thumbs)


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
