"""The Playground's log panel, which shows what it and the bot have sent each other, and how that was acknowledged."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

# An activity as it travels, in JSON.
Activity = dict[str, Any]

_TO_THE_BOT = 'span:text("Microsoft 365 Agents Playground -> User Application")'


class LogPanel:
    """The panel. While it is hidden it has nothing to read."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.posted = page.locator(f"{_TO_THE_BOT} + span")
        """What the bot has acknowledged: the type of each activity, and the status of the response."""

    def last_message(self) -> Activity:
        """The person's last message, as it was posted."""
        self._page.locator(f'{_TO_THE_BOT} + span:text-is("message 200")').last.click()
        # The list and, below it, the request that was chosen from it are the two editable texts without a spell check.
        return json.loads(self._page.locator('[contenteditable="true"][spellcheck="false"]').last.inner_text())

    def hide(self) -> None:
        self._page.get_by_role("button", name="Hide log panel").click()
