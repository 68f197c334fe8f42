"""The keys with which the Bot Connector signs its tokens."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import httpx
import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..background import running
from ..http import tls_context

logger = logging.getLogger(__name__)

# Seconds. The keys are stable and may be cached for days, says the guide that tokens.py names ("Step 3: Get the list of
# valid signing keys"); the Bot Framework SDKs refresh them daily. Refreshed every hour, a key that Microsoft withdraws
# is soon gone, and the key server may be down for a day.
_REFRESH_INTERVAL = 3600.0
_LIFETIME = 24 * 3600.0

# Seconds between two requests for the keys. Anybody can cause one by a token with an unknown key.
_MIN_INTERVAL = 60.0

_FETCH_TIMEOUT = 10.0  # seconds for both documents together

# Seconds for which a request waits for the keys, and the number of waiting requests. The Connector gives up after 10 to
# 15 s, and a waiting request holds a connection, with 64 KB that the server has read ahead of its body.
_MAX_WAIT = 5.0
_MAX_WAITING = 100


class UnknownKeyError(Exception):
    """The issuer publishes no such key."""


class KeysUnavailableError(Exception):
    """The current keys of the issuer cannot be fetched now."""


@dataclass(frozen=True)
class SigningKey:
    """A public key, and the channels for which it may sign; all if none are named."""

    key: jwt.PyJWK
    endorsements: frozenset[str]

    def endorses(self, channel_id: str) -> bool:
        return not self.endorsements or channel_id in self.endorsements


class SigningKeys:
    """The keys of one issuer, fetched from its OpenID metadata document and the `jwks_uri` in it.

    They are fetched every hour, and when a request needs a key that is not among them, but only once within a minute.
    """

    def __init__(self, http: httpx.AsyncClient, metadata_url: str) -> None:
        self._http = http
        self._metadata_url = httpx.URL(metadata_url)
        self._keys: Mapping[str, SigningKey] = {}
        # Times of the event loop.
        self._requested_at = -math.inf  # of the request for the current keys
        self._not_before = -math.inf  # of the next request
        self._fetch: asyncio.Task[None] | None = None
        self._waiters = asyncio.Semaphore(_MAX_WAITING)

    async def find(self, key_id: str) -> SigningKey:
        """Return a key by its id. An unknown one is waited for, at most five seconds.

        Raises:
            UnknownKeyError: keys that were requested after this call do not have it.
            KeysUnavailableError: the current keys cannot be fetched now, or not in time.
        """
        if key := self._known(key_id):
            return key
        if self._waiters.locked():
            raise KeysUnavailableError
        called_at = asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            async with self._waiters, asyncio.timeout(_MAX_WAIT):
                await self._refresh()
        if key := self._known(key_id):
            return key
        raise UnknownKeyError if self._requested_at >= called_at else KeysUnavailableError

    async def keep_fresh(self) -> None:
        """Refresh the keys every hour, after a failure every minute."""
        while True:
            if self._age() >= _REFRESH_INTERVAL:
                await self._refresh()
            await asyncio.sleep(_MIN_INTERVAL)

    def _age(self) -> float:
        return asyncio.get_running_loop().time() - self._requested_at

    def _known(self, key_id: str) -> SigningKey | None:
        return self._keys.get(key_id) if self._age() < _LIFETIME else None

    async def _refresh(self) -> None:
        """Fetch the keys, or wait for the fetch in progress, which goes on if the caller is cancelled."""
        now = asyncio.get_running_loop().time()
        if self._fetch is None and now >= self._not_before:
            self._fetch = asyncio.create_task(self._fetch_keys(now))
        if self._fetch:
            await asyncio.shield(self._fetch)

    async def _fetch_keys(self, now: float) -> None:
        try:
            async with asyncio.timeout(_FETCH_TIMEOUT):
                self._keys = await self.download()
            self._requested_at = now
        except Exception as error:  # the next attempt may succeed
            logger.warning("Signing keys unavailable: %r", error)
        finally:
            self._not_before = asyncio.get_running_loop().time() + _MIN_INTERVAL
            self._fetch = None

    async def close(self) -> None:
        """Cancel a fetch in progress."""
        if self._fetch:
            self._fetch.cancel()
            await asyncio.wait([self._fetch])

    async def download(self) -> Mapping[str, SigningKey]:
        """Return the published keys by id.

        Raises:
            Exception: they cannot be fetched or read.
        """
        metadata = await self._get(self._metadata_url)
        # The document may name another host (Microsoft's has, in the past), but not an unsafe connection.
        keys_url = httpx.URL(metadata["jwks_uri"])
        if keys_url.scheme not in ("https", self._metadata_url.scheme):
            raise ValueError("jwks_uri is not https")
        keys = dict(_read_keys((await self._get(keys_url))["keys"]))
        if not keys:
            raise ValueError("no usable key is published")
        return keys

    async def _get(self, url: httpx.URL) -> dict[str, Any]:
        response = await self._http.get(url)
        return response.raise_for_status().json()


class _Published(BaseModel):
    """A key for signatures (RFC 7517), with the Bot Framework's endorsements."""

    model_config = ConfigDict(extra="allow")

    kid: Annotated[str, Field(min_length=1)]
    kty: Literal["RSA"]
    use: Literal["sig"] = "sig"
    alg: Literal["RS256"] = "RS256"
    endorsements: frozenset[str] = frozenset()


def _read_keys(published: list[object]) -> list[tuple[str, SigningKey]]:
    """The usable keys with their ids; others are left out."""
    keys: list[tuple[str, SigningKey]] = []
    for entry in published:
        with suppress(ValidationError, jwt.PyJWTError):
            usable = _Published.model_validate(entry)
            key = jwt.PyJWK(usable.model_dump(), algorithm=usable.alg)
            keys.append((usable.kid, SigningKey(key, usable.endorsements)))
    return keys


@asynccontextmanager
async def open_keys(metadata_url: str) -> AsyncGenerator[SigningKeys]:
    """The keys of the issuer with this OpenID metadata document, kept fresh until the block ends.

    The block begins without waiting for the first keys.
    """
    async with httpx.AsyncClient(verify=tls_context(), timeout=_FETCH_TIMEOUT) as http:
        keys = SigningKeys(http, metadata_url)
        try:
            async with running(keys.keep_fresh()):
                yield keys
        finally:
            await keys.close()
