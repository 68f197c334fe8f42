"""Can the keys be had that the tokens of Teams are checked with?"""

import httpx

from ...gate import SigningKeys
from ...http import trusted
from ...logs import redact
from ...settings import Environment, TeamsSettings
from ...teams import cloud_of
from .finding import Finding, broken, explain, good

# Seconds for each of two requests.
_TIMEOUT = 10.0


async def check_keys(environment: Environment) -> list[Finding]:
    """Fetches the keys, as the bot does."""
    settings = TeamsSettings.load(environment)
    if not settings.client_id:
        return [good("not needed without credentials")]
    url = cloud_of(settings).openid_metadata_url
    place = redact(settings.secrets(), url)
    try:
        async with httpx.AsyncClient(verify=trusted(), timeout=_TIMEOUT) as http:
            keys = await SigningKeys(http, url).download()
    except Exception as error:
        cause = explain(error, settings.secrets())
        return [broken(f"{place} gives none: {cause}. What to do: check OPENID_METADATA_URL, CLOUD and the network")]
    return [good(f"{len(keys)} from {place}")]
