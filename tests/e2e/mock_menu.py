"""The Playground's menu "Mock an Activity", which posts activities that its conversations cannot make."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from .log_panel import Activity, LogPanel

# The text is pasted, because the editor adds a closing bracket to each typed one.
_PASTE = """
(textbox, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    textbox.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}
"""


class MockMenu:
    """The menu. It posts activities of the open conversation, and waits until the bot acknowledges them."""

    def __init__(self, page: Page, log: LogPanel) -> None:
        self._page = page
        self._log = log
        self._dialog = page.get_by_role("dialog")

    def post(self, entry: str) -> None:
        """Post an activity of the menu, for example "Install application"."""
        self._open(entry)
        self._send()

    def post_custom(self, activity: Activity) -> None:
        """Post any activity. The Playground does not change it."""
        self._open("Custom activity")
        editor = self._dialog.get_by_role("textbox")
        editor.press("ControlOrMeta+A")
        editor.evaluate(_PASTE, json.dumps(activity))
        if any(entity["type"] == "mention" for entity in activity.get("entities", [])):
            # The Playground takes this for a mention in Word, and shows the form of Word first.
            self._dialog.get_by_role("tab", name="JSON").click()
        self._send()

    def _open(self, entry: str) -> None:
        """Choose an entry. Wait until the dialog has fetched its activity."""
        self._page.get_by_role("button", name="Mock an Activity").click()
        # By text, because the accessible names are not unique.
        self._page.get_by_role("menuitem").get_by_text(entry, exact=True).click()
        # The first line suffices: the editor may draw the others later.
        expect(self._dialog.get_by_role("code")).to_contain_text("{")

    def _send(self) -> None:
        before = self._log.posted.count()
        self._dialog.get_by_role("button", name="Send activity").click()
        expect(self._dialog).to_be_hidden()
        expect(self._log.posted).to_have_count(before + 1)
