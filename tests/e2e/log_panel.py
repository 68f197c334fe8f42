"""The Playground's log panel, with the activities between it and the bot and the status of each response."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

# An activity in JSON.
Activity = dict[str, Any]

_TO_THE_BOT = 'span:text("Microsoft 365 Agents Playground -> User Application")'


class LogPanel:
    """The log panel. It cannot be read while it is hidden."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.posted = page.locator(f"{_TO_THE_BOT} + span")
        """The acknowledged activities: the type of each, and the status of the response."""

    def last_message(self) -> Activity:
        """The last message of the user, as the Playground posted it."""
        self._page.locator(f'{_TO_THE_BOT} + span:text-is("message 200")').last.click()
        # The list and the chosen request below it are the only editable texts without a spell check.
        return json.loads(self._page.locator('[contenteditable="true"][spellcheck="false"]').last.inner_text())

    def hide(self) -> None:
        self._page.get_by_role("button", name="Hide log panel").click()
