"""The bearer tokens by which the Bot Connector authenticates itself.

The rules are those of https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication,
section "Authenticate requests from the Bot Connector service to your bot".
"""

from dataclasses import dataclass
from typing import Any

import jwt

from .activities import Envelope
from .refusals import Refused
from .signing_keys import KeysUnavailableError, SigningKey, SigningKeys, UnknownKeyError

_LEEWAY = 300  # seconds by which clocks may differ, by the same rules
_ALGORITHM = "RS256"

# Characters, far more than a token needs. The server accepts longer headers, which are expensive to parse.
_MAX_LENGTH = 8 * 1024


@dataclass(frozen=True)
class VerifiedToken:
    """A genuine token: its key, which may sign for some channels, and its service URL."""

    key: SigningKey
    service_url: object

    def check(self, activity: Envelope) -> None:
        """Check that the token belongs to this activity's channel and service URL.

        Raises:
            Refused: 401 it is for another service URL; 403 the key may not sign for the channel.
        """
        if not self.key.endorses(activity.channel_id):
            raise Refused(403, "the token's key does not endorse the channel")
        if _without_slash(self.service_url) != _without_slash(activity.service_url):
            raise Refused(401, "the token is for another service URL")


class Tokens:
    """Checks the tokens of one issuer for one bot.

    The Bot Framework is the only issuer. Tokens of Entra ID, which Agent 365 uses, are refused: their keys would have
    to be fetched for any tenant that an unverified token names, and they have no service URL.
    """

    def __init__(self, keys: SigningKeys, *, client_id: str, issuer: str) -> None:
        self._keys = keys
        self._expected: dict[str, Any] = {
            "audience": [client_id, f"api://{client_id}", f"api://botid-{client_id}"],
            "issuer": issuer,
            "leeway": _LEEWAY,
        }

    async def verify(self, authorization: str | None) -> VerifiedToken:
        """Check the claims of a token, then its signature, for which a key may have to be fetched.

        Raises:
            Refused: 401 the token is missing, malformed, forged, expired, from another issuer or for another bot;
                503 its key cannot be fetched, so that Teams sends the activity again.
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
        """Return header and payload of a token with the right claims. With a key, the signature is checked, too."""
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
        except Exception:  # the exceptions of the parser are no closed list
            raise Refused(401, "the token is malformed") from None


def _without_slash(url: object) -> object:
    return url.rstrip("/") if isinstance(url, str) else url
