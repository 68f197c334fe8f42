"""The timeouts of a process that stops."""

from parley.serving import CLOSING_GRACE, REQUEST_GRACE
from parley.tools.mcp.toolbox import CLOSING_TIMEOUT, KILLING_TIMEOUT
from parley.turn import SHUTDOWN_GRACE

MARGIN = 5  # seconds for the fast steps together


def test_the_closing_grace_covers_everything_that_closes():
    """Otherwise the process ends with an error, and leaves programs of MCP servers behind."""
    turns = 2 * SHUTDOWN_GRACE  # the step in progress, then giving the turn back

    assert turns + REQUEST_GRACE + CLOSING_TIMEOUT + KILLING_TIMEOUT + MARGIN <= CLOSING_GRACE
