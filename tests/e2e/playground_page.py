"""The Agents Playground as a user sees it: choose a conversation, write, mention, read answers.

The Playground has no hooks for tests. Elements are found by role and accessible name, and the few that have neither by
their class in Fluent UI (`fai-…`).
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

# Milliseconds from a question to the end of its answer.
ANSWER_TIMEOUT = 60_000

# In a narrower window the Playground hides its list of conversations.
NARROWEST = 1280

# Records the texts of each message in a chat while it grows.
_RECORD_TEXTS = """
new MutationObserver(() => {
    for (const card of document.querySelectorAll(".fai-OutputCard")) {
        const text = card.innerText.replace(/\\s*\\|$/, "");  // without the cursor
        card.texts ??= [];
        if (card.texts.at(-1) !== text) card.texts.push(text);
    }
}).observe(document, {subtree: true, childList: true, characterData: true});
"""


@dataclass(frozen=True)
class Mention:
    """A mention of a user or of the bot."""

    name: str


# Members of the Playground's chats; see .m365agentsplayground.yml.
BOT = Mention("Parley")
MEGAN = Mention("Megan Bowen")


@dataclass(frozen=True)
class Answer:
    """A complete message of the bot."""

    text: str
    has_ai_label: bool
    has_thumbs: bool
    partial_texts: tuple[str, ...] = ()
    """The texts of the message before it was complete, in order."""


class Playground:
    """The Playground in a page of the browser. The page shows only messages that were sent since it was opened.

    When a page opens a conversation for the first time, the Playground sends the bot an installation update.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._opened: set[str] = set()
        page.add_init_script(_RECORD_TEXTS)
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
        """Load the page again. It shows no old messages, and no conversation counts as opened."""
        self._opened.clear()
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

    def _choose(self, conversation: str, messages: Locator) -> None:
        """Open a conversation. Its first message is the welcome message of the bot."""
        self.page.get_by_role("treeitem", name=conversation).click()
        if conversation not in self._opened:
            messages.first.wait_for(timeout=ANSWER_TIMEOUT)
            self._opened.add(conversation)

    def _connected(self) -> Any:
        """Wait at the end of the block for the socket that brings the bot's messages."""
        return self.page.expect_websocket(lambda socket: socket.url.endswith("/conversations/stream"))


class Chat:
    """The personal chat or the group chat. Both look the same."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._log = LogPanel(page)
        self._mock = MockMenu(page, self._log)
        # The messages of the user have no author.
        self.answers = page.locator('div:has(> [aria-label="Message header"] > [aria-label="Message author"])')
        self.starters = page.get_by_role("button").and_(page.locator('button:not([class*="fui-"])'))
        """The suggested actions. The Playground shows those of the last message."""

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
        """The texts of the bot's messages, oldest first."""
        return [answer.text for answer in map(self._read, self.answers.all())]

    def give_feedback(self, number: int, thumb: str, comment: str = "") -> str:
        """Click "Like" or "Dislike" below the bot's message with this number and submit the form. Return the
        Playground's confirmation."""
        self.answers.nth(number).get_by_role("button", name=thumb, exact=True).click()
        dialog = self._page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill(comment)
        dialog.get_by_role("button", name="Submit").click()
        close = dialog.get_by_role("button", name="Close", exact=True)
        close.wait_for()
        confirmation = dialog.inner_text()
        close.click()
        expect(dialog).to_be_hidden()
        return confirmation

    def install(self) -> None:
        """Send another installation update."""
        self._mock.post("Install application")

    def edit(self, text: str) -> None:
        """Send a message update for the user's last message. The Playground itself still shows the old text."""
        self._update("messageUpdate", "editMessage", text=text)

    def delete(self) -> None:
        """Send the deletion of the user's last message. The Playground itself still shows it."""
        self._update("messageDelete", "softDeleteMessage", text="")

    def quote(self, text: str, author: str, words: str) -> Answer:
        """Send a message that quotes another one, and wait for the answer."""
        number = self.answers.count()
        message, id = self._log.last_message(), str(uuid4())
        quoted = {"type": "quotedReply", "quotedReply": {"messageId": "1", "preview": text, "senderName": author}}
        message["entities"].append(quoted)
        self._mock.post_custom({**message, "id": id, "text": f'<quoted messageId="1"/> {words}'})
        return self._answer(number)

    def is_answered(self, number: int) -> bool:
        """Return True if the bot's message with this number (from 0) is complete."""
        return self.answers.nth(number).is_visible() and self._progress(number).is_hidden()

    def write(self, *parts: str | Mention) -> None:
        _write(self._page.get_by_role("textbox"), parts)

    def send(self) -> None:
        self._page.get_by_role("button", name="Send Message").click()

    def _update(self, kind: str, event: str, **changes: str) -> None:
        message = self._log.last_message()
        # A message update has the id of the message, and its own time.
        update = {"type": kind, "timestamp": datetime.now(UTC).isoformat(), **changes}
        self._mock.post_custom({**message, **update, "channelData": {**message["channelData"], "eventType": event}})

    def _answer(self, number: int) -> Answer:
        """Wait until the bot's message with this number is complete."""
        self.answers.nth(number).wait_for(timeout=ANSWER_TIMEOUT)
        expect(self._progress(number)).to_be_hidden(timeout=ANSWER_TIMEOUT)
        return self._read(self.answers.nth(number))

    def _progress(self, number: int) -> Locator:
        """The progress bar below an unfinished message. A finished one keeps it, without height.

        `include_hidden`, because a dialog hides everything else from assistive technology until it has closed.
        """
        return self.answers.nth(number).get_by_role("progressbar", include_hidden=True)

    def _read(self, answer: Locator) -> Answer:
        *partial_texts, text = answer.locator(".fai-OutputCard").evaluate("card => card.texts")
        header = answer.get_by_label("Message header")
        has_thumbs = answer.get_by_label("Feedback Button").is_visible()
        return Answer(text.strip(), _has_ai_label(header), has_thumbs, tuple(partial_texts))


class Channel:
    """The General channel of the team: posts, newest first, each with its replies."""

    def __init__(self, page: Page) -> None:
        composer = page.get_by_role("button", name="Post", exact=True)
        self._new_post = page.get_by_role("group").filter(has=composer)
        self.posts = page.get_by_role("group").filter(has=page.get_by_role("button", name="Send Message"))

    def ask(self, *parts: str | Mention) -> Answer:
        """Write a post and wait for the answer in its thread."""
        before = self.posts.count()
        _write(self._new_post.get_by_role("textbox"), parts)
        self._new_post.get_by_role("button", name="Post", exact=True).click()
        expect(self.posts).to_have_count(before + 1, timeout=ANSWER_TIMEOUT)
        # A reply is a head, which begins with the author's picture, and a text.
        reply = self.posts.first.locator(f'div:has(> div > [role="img"][aria-label="{BOT.name}"])')
        reply.wait_for(timeout=ANSWER_TIMEOUT)
        head, text = reply.locator("> div").first, reply.locator("> div").nth(1)
        has_thumbs = reply.get_by_label("Feedback Button").is_visible()
        return Answer(text.inner_text().strip(), _has_ai_label(head), has_thumbs)


def _write(textbox: Locator, parts: tuple[str | Mention, ...]) -> None:
    """Type into the Playground's editor, which accepts only single keys, and choose mentions from its list.

    An "@" opens the list. A mention is clicked: while the list is not open yet, the Enter key would send the message.
    """
    for part in parts:
        if isinstance(part, Mention):
            textbox.press_sequentially("@")
            textbox.page.get_by_role("menuitem", name=part.name).click()
        else:
            textbox.press_sequentially(part)


def _has_ai_label(head: Locator) -> bool:
    return head.get_by_text("AI generated", exact=True).is_visible()
