"""Downloads attachments, from the hosts where Teams keeps them alone."""

import asyncio
import binascii
import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from ..extraction import Problem, UnreadableError
from ..http import LOOPBACK, direct_mounts, has_plain_authority, is_secure, matches_host, tls_context
from .uploads import Upload

logger = logging.getLogger(__name__)

# The hosts of SharePoint and OneDrive, where Teams keeps files, by cloud
# (https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-endpoints).
FILE_HOSTS = {
    "Public": frozenset({".sharepoint.com"}),
    "USGov": frozenset({".sharepoint.us"}),
    "USGovDoD": frozenset({".sharepoint-mil.us"}),
    "China": frozenset({".sharepoint.cn"}),
}

# Seconds for one download, redirects included.
TIMEOUT = 30.0

# OneDrive may redirect to the host with the bytes.
_MAX_REDIRECTS = 3

Token = Callable[[], Awaitable[str | None]]


def create_download_client() -> httpx.AsyncClient:
    """A client without cookies: those of one user's download must not be sent with another's."""
    return httpx.AsyncClient(
        verify=tls_context(),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        timeout=TIMEOUT,
        mounts=direct_mounts(*LOOPBACK),
    )


class Downloads:
    """Downloads the bytes of attachments.

    Args:
        http: a client from `create_download_client`.
        file_hosts: the hosts of files, see `http.matches_host`.
        max_bytes: the maximum size.
        token: returns the bot's own token, which the connector requires for pictures; None if the bot has none.
        is_local: True if pictures may also be at any port of this machine, for a bot that listens on loopback alone.
    """

    def __init__(
        self, http: httpx.AsyncClient, *, file_hosts: frozenset[str], max_bytes: int, token: Token, is_local: bool
    ) -> None:
        self._http = http
        self._file_hosts = file_hosts
        self._max_bytes = max_bytes
        self._token = token
        self._is_local = is_local

    async def get(self, upload: Upload) -> bytes:
        """Return the bytes of an upload.

        Raises:
            UnreadableError: it is too large, or cannot be downloaded.
        """
        if upload.connector is not None and upload.url.startswith("data:"):
            data = _read_data_url(upload.url)
            if len(data) > self._max_bytes:
                raise UnreadableError(Problem.TOO_LARGE)
            return data
        headers: dict[str, str] = {}
        if upload.connector is not None and (token := await self._token()):
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._get(upload, headers)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
            raise _failed("%s", type(error).__name__) from error

    async def _get(self, upload: Upload, headers: dict[str, str]) -> bytes:
        url = httpx.URL(upload.url)
        for _ in range(1 + _MAX_REDIRECTS):
            if not self._may_get(url, upload):
                raise _failed("host %r is not allowed", url.host)
            async with self._http.stream("GET", url, headers=headers) as response:
                if response.status_code == 200:
                    return await self._read(response)
                if not response.has_redirect_location:
                    raise _failed("%s answered %d", url.host, response.status_code)
                url = url.join(response.headers["location"])
        raise _failed("%s redirects too often", url.host)

    def _may_get(self, url: httpx.URL, upload: Upload) -> bool:
        if not has_plain_authority(url) or not is_secure(url):
            return False
        if upload.connector is None:
            return matches_host(url.host, self._file_hosts)
        return _origin(url) == _origin(httpx.URL(upload.connector)) or (self._is_local and url.host in LOOPBACK)

    async def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise _failed("%s sends it compressed", response.url.host)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._max_bytes:
                raise UnreadableError(Problem.TOO_LARGE)
        return bytes(body)


def _failed(reason: str, *values: object) -> UnreadableError:
    """Log the reason and return the error. The URL is not logged, because anybody with it can open the file."""
    logger.warning(f"Download failed: {reason}", *values)
    return UnreadableError(Problem.NOT_DOWNLOADED)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _read_data_url(url: str) -> bytes:
    """The bytes in a `data:` URL, in which test clients send pictures, in base64."""
    try:
        return b64decode(url.partition(";base64,")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError(Problem.DAMAGED) from error
