"""Limits for connections that never become a request.

uvicorn alone waits forever for the header of a connection's first request, and for a client that does not read.
"""

import asyncio
import logging
from typing import Any, cast

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

logger = logging.getLogger(__name__)

# Seconds that a client may take to send the header of a request, or to read a part of the response.
_CLIENT_TIMEOUT = 10.0

# Connections that may be open at once.
_MAX_CONNECTIONS = 1_000

# The share of the process's file descriptors for connections. The database and HTTP clients need the rest.
_SHARE = 0.5


def max_connections() -> int:
    """The number of connections that may be open at once; depends on the limit of file descriptors."""
    try:
        import resource
    except ImportError:  # Windows, where select() takes 512 sockets
        return 256
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return _MAX_CONNECTIONS
    return max(1, min(_MAX_CONNECTIONS, int(descriptors * _SHARE)))


def max_batch() -> int:
    """The number of connections that the event loop may accept before it counts the first of them."""
    return max(1, min(128, max_connections() // 4))


class BoundedConnection(H11Protocol):
    """uvicorn's HTTP/1.1 connection with a timeout for the client."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._deadline: asyncio.TimerHandle | None = None
        self._is_read = True
        self.idle_since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:
        if len(self.connections) >= max_connections():
            logger.warning("Too many connections, closing those that are idle the longest")
            self._close_idle()
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > max_connections():
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        self.idle_since = self.loop.time()
        super().on_response_complete()
        # uvicorn's keep-alive timeout is for a connection on which nothing has arrived.
        is_between_requests = self.conn.our_state is self.conn.their_state
        if self.transport.is_closing() or self.conn.trailing_data[0] or not is_between_requests:
            self._watch()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._is_read = False
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._is_read = True
        self._watch()

    def abort(self) -> None:
        """Close the connection without sending the rest."""
        self.connections.discard(self)
        self.transport.abort()

    def _close_idle(self) -> None:
        """Close a tenth of the connections without a request: sorting them for each new connection would be slow."""
        connections = cast("set[object]", self.connections)  # uvicorn's protocols are typed in part
        idle = [other for other in connections if isinstance(other, BoundedConnection) and not other.is_busy]
        idle.sort(key=lambda other: other.idle_since)
        for other in idle[: 1 + len(idle) // 10]:
            other.abort()

    @property
    def is_busy(self) -> bool:
        """True while the bot answers a request and the client reads the answer."""
        is_answering = bool(self.cycle) and not self.cycle.response_complete
        return is_answering and self._is_read and not self.transport.is_closing()

    def _watch(self) -> None:
        """Start the timeout, unless the client waits for the bot."""
        if self.is_busy:
            self._stop_watching()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_CLIENT_TIMEOUT, self.abort)

    def _stop_watching(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
