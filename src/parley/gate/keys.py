"""The keys that the Bot Connector signs its tokens with."""

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

from ..http import trusted
from ..tasks import running

logger = logging.getLogger(__name__)

# Seconds. The keys are stable and may be cached for days, says the guide that tokens.py names ("Step 3: Get the list of
# valid signing keys"); the Bot Framework SDKs refresh them daily. Fetched every hour, a key that Microsoft withdraws is
# soon gone, and a key server may be away for a day.
_REFRESH_INTERVAL = 3600.0
_LIFETIME = 24 * 3600.0

# Seconds between two fetches, whatever strangers ask for.
_SHORTEST_INTERVAL = 60.0

_FETCH_TIMEOUT = 10.0  # seconds, both documents together

# Seconds that a request waits for a fetch, and how many may: the Connector gives up after 10 to 15 s, and each one that
# waits holds a connection, with what the server has read ahead of its body (64 KB).
_PATIENCE = 5.0
_MAX_WAITING = 100


class UnknownKeyError(Exception):
    """No such key is published."""


class KeysUnavailableError(Exception):
    """Whether there is such a key cannot be found out now."""


@dataclass(frozen=True)
class SigningKey:
    """A public key, and the channels that it may sign for: all, if none are named."""

    key: jwt.PyJWK
    endorsements: frozenset[str]

    def endorses(self, channel_id: str) -> bool:
        return not self.endorsements or channel_id in self.endorsements


class SigningKeys:
    """The keys of one issuer, fetched from its OpenID metadata document and the `jwks_uri` that this names.

    One task alone fetches: at once when it starts, then every hour, after a failure every minute, and whenever somebody
    asks for a key that is not there, but never twice within a minute.
    """

    def __init__(self, http: httpx.AsyncClient, metadata_url: str) -> None:
        self._http = http
        self._metadata_url = httpx.URL(metadata_url)
        self._keys: Mapping[str, SigningKey] = {}
        # Of the event loop's time; the list is as old as the request for it.
        self._asked_at, self._lapse_at = -math.inf, 0.0
        self._failed = False
        self._asked = asyncio.Event()
        self._resting = asyncio.Event()
        self._waiting = 0

    async def find(self, key_id: str) -> SigningKey:
        """The key of this id; waits at most five seconds, and not at all for a key that is known.

        Raises:
            UnknownKeyError: the issuer has no such key, by a list that was asked for after the key was.
            KeysUnavailableError: there is no such list, and none can be had now, or not in time.
        """
        if key := self._known(key_id):
            return key
        wanted_at = asyncio.get_running_loop().time()
        await self._wait_for_fetch()
        if key := self._known(key_id):
            return key
        raise UnknownKeyError if self._asked_at >= wanted_at else KeysUnavailableError

    async def keep_fresh(self) -> None:
        """Fetch the keys for ever."""
        while True:
            await self._fetch()
            self._asked.clear()
            self._resting.set()
            await asyncio.sleep(_SHORTEST_INTERVAL)
            self._resting.clear()
            if not self._failed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_REFRESH_INTERVAL - _SHORTEST_INTERVAL):
                        await self._asked.wait()

    def _known(self, key_id: str) -> SigningKey | None:
        return self._keys.get(key_id) if asyncio.get_running_loop().time() < self._lapse_at else None

    async def _wait_for_fetch(self) -> None:
        if self._resting.is_set():
            return
        if self._waiting >= _MAX_WAITING:
            raise KeysUnavailableError
        self._asked.set()
        self._waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._resting.wait()
        except TimeoutError:
            raise KeysUnavailableError from None
        finally:
            self._waiting -= 1

    async def _fetch(self) -> None:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(_FETCH_TIMEOUT):
                self._keys = await self.download()
        except Exception as error:  # whatever it is, the next attempt may succeed
            self._failed = True
            logger.warning("The keys of Teams' tokens could not be fetched: %r", error)
        else:
            self._failed = False
            self._asked_at, self._lapse_at = now, now + _LIFETIME

    async def download(self) -> Mapping[str, SigningKey]:
        """The keys by id, as they are published right now.

        Raises:
            Exception: they cannot be had, for whatever reason.
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
    """A key for signatures, as RFC 7517 has it, and what the Bot Framework adds to that."""

    model_config = ConfigDict(extra="allow")

    kid: Annotated[str, Field(min_length=1)]
    kty: Literal["RSA"]
    use: Literal["sig"] = "sig"
    alg: Literal["RS256"] = "RS256"
    endorsements: frozenset[str] = frozenset()


def _read_keys(published: list[object]) -> list[tuple[str, SigningKey]]:
    """The usable ones among the published keys (RFC 7517), by id."""
    keys: list[tuple[str, SigningKey]] = []
    for entry in published:
        with suppress(ValidationError, jwt.PyJWTError):
            usable = _Published.model_validate(entry)
            key = jwt.PyJWK(usable.model_dump(), algorithm=usable.alg)
            keys.append((usable.kid, SigningKey(key, usable.endorsements)))
    return keys


@asynccontextmanager
async def open_keys(metadata_url: str) -> AsyncGenerator[SigningKeys]:
    """The keys of the issuer whose OpenID metadata document is at this address, kept fresh until the block ends. Does
    not wait for the first of them."""
    async with httpx.AsyncClient(verify=trusted(), timeout=_FETCH_TIMEOUT) as http:
        keys = SigningKeys(http, metadata_url)
        async with running(keys.keep_fresh()):
            yield keys
