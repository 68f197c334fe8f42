"""The bearer tokens that the Bot Connector proves itself with.

The rules are those of https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication,
section "Authenticate requests from the Bot Connector service to your bot".
"""

from dataclasses import dataclass
from typing import Any

import jwt

from .activities import Envelope
from .keys import KeysUnavailableError, SigningKey, SigningKeys, UnknownKeyError
from .refusals import Refused

_LEEWAY = 300  # seconds by which clocks may differ, by the same rules
_ALGORITHM = "RS256"

# Characters, far beyond what a token needs. What a server takes as a header is far beyond what is cheap to parse.
_MAX_LENGTH = 8 * 1024


@dataclass(frozen=True)
class VerifiedToken:
    """What a genuine token vouches for: whatever its key endorses, from the service URL that it names."""

    key: SigningKey
    service_url: object

    def check(self, activity: Envelope) -> None:
        """Check that the token was made for this activity's channel and service URL.

        Raises:
            Refused: 401 it is for another service URL; 403 the key may not sign for the channel.
        """
        if not self.key.endorses(activity.channel_id):
            raise Refused(403, "the token's key does not endorse the channel")
        if _without_slash(self.service_url) != _without_slash(activity.service_url):
            raise Refused(401, "the token is for another service URL")


class Tokens:
    """Checks the tokens of one issuer for one bot.

    The Bot Framework's issuer is the only one that is known. Tokens of Entra ID, which agents of Agent 365 are called
    with, are refused: their keys would be fetched for whatever tenant an unverified token names, and they do not say
    which service URL they are for.
    """

    def __init__(self, keys: SigningKeys, *, client_id: str, issuer: str) -> None:
        self._keys = keys
        self._expected: dict[str, Any] = {
            "audience": [client_id, f"api://{client_id}", f"api://botid-{client_id}"],
            "issuer": issuer,
            "leeway": _LEEWAY,
        }

    async def verify(self, authorization: str | None) -> VerifiedToken:
        """Take the token from the header and check its claims, then its signature: only for this a key may have to be
        fetched.

        Raises:
            Refused: 401 there is no token, or it is malformed, not genuine, or of or for somebody else, or has expired;
                503 its key cannot be had, so that Teams should send the activity again.
        """
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise Refused(401, "no bearer token")
        if len(text) > _MAX_LENGTH:
            raise Refused(401, "the token is too long")
        header = self._decode(text, key=None)["header"]
        if header.get("alg") != _ALGORITHM:
            raise Refused(401, "the token is not signed with RS256")
        key_id = header.get("kid")
        if not (key_id and isinstance(key_id, str)):
            raise Refused(401, "the token does not name its key")
        try:
            key = await self._keys.find(key_id)
        except UnknownKeyError:
            raise Refused(401, "the token's key is unknown") from None
        except KeysUnavailableError:
            raise Refused(503, "the token cannot be checked now") from None
        return VerifiedToken(key, self._decode(text, key=key.key)["payload"].get("serviceurl"))

    def _decode(self, text: str, *, key: jwt.PyJWK | None) -> dict[str, Any]:
        """Header and payload of a token whose claims are right; the signature is checked if there is a key."""
        try:
            return jwt.decode_complete(
                text,
                key,  # pyright: ignore[reportArgumentType]  # None is right where no signature is checked
                algorithms=[_ALGORITHM],
                options={
                    "verify_signature": key is not None,
                    "verify_aud": True,
                    "verify_exp": True,
                    "verify_iss": True,
                    "verify_nbf": True,
                    "require": ["aud", "exp", "iss"],
                },
                **self._expected,
            )
        except jwt.InvalidSignatureError:
            raise Refused(401, "the token's signature is not genuine") from None
        except jwt.InvalidAudienceError:
            raise Refused(401, "the token is for another bot") from None
        except jwt.InvalidIssuerError:
            raise Refused(401, "the token's issuer is unknown") from None
        except jwt.ExpiredSignatureError:
            raise Refused(401, "the token has expired") from None
        except jwt.ImmatureSignatureError:
            raise Refused(401, "the token is not valid yet") from None
        except Exception:  # a parser may stumble over a stranger's text in ways that it does not list
            raise Refused(401, "the token is malformed") from None


def _without_slash(url: object) -> object:
    return url.rstrip("/") if isinstance(url, str) else url
