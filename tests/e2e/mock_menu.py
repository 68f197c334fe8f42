"""The Playground's menu "Mock an Activity": it posts to the bot what the Playground's own conversations cannot show."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from .log_panel import Activity, LogPanel

# The editor closes the brackets that are typed into it, so the text is pasted.
_PASTE = """
(textbox, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    textbox.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}
"""


class MockMenu:
    """The menu. What it posts belongs to the conversation that is open, and has been acknowledged by the bot."""

    def __init__(self, page: Page, log: LogPanel) -> None:
        self._page = page
        self._log = log
        self._dialog = page.get_by_role("dialog")

    def post(self, entry: str) -> None:
        """Post one of the activities that the menu has, such as that of "Install application"."""
        self._open(entry)
        self._send()

    def post_custom(self, activity: Activity) -> None:
        """Post any activity, which the Playground passes on as it is."""
        self._open("Custom activity")
        editor = self._dialog.get_by_role("textbox")
        editor.press("ControlOrMeta+A")
        editor.evaluate(_PASTE, json.dumps(activity))
        if any(entity["type"] == "mention" for entity in activity.get("entities", [])):
            # The Playground takes it for a mention in Word, and shows the form for that.
            self._dialog.get_by_role("tab", name="JSON").click()
        self._send()

    def _open(self, entry: str) -> None:
        """Choose an entry, and wait for the activity that the dialog then fetches."""
        self._page.get_by_role("button", name="Mock an Activity").click()
        # The accessible names are those of the SDK's handlers, and not unique.
        self._page.get_by_role("menuitem").get_by_text(entry, exact=True).click()
        # The editor draws as many lines of it as it has found room for, and at first that may be one.
        expect(self._dialog.get_by_role("code")).to_contain_text("{")

    def _send(self) -> None:
        before = self._log.posted.count()
        self._dialog.get_by_role("button", name="Send activity").click()
        expect(self._dialog).to_be_hidden()
        expect(self._log.posted).to_have_count(before + 1)
