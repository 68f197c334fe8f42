"""The hosts to which the bot may send: its own bearer token goes to the service URL of each activity."""

import httpx

from ..http import has_plain_authority, is_secure, matches_host
from .refusals import Refused

# The hosts of Teams' connectors by cloud. The Teams SDKs had this list for a time (microsoft/teams.py#370). Not all of
# trafficmanager.net: any customer of Azure can have a name there.
CONNECTOR_HOSTS = {
    "Public": frozenset(
        {
            "smba.trafficmanager.net",
            "smba.onyx.prod.teams.trafficmanager.net",
            "smba.infra.gcc.teams.microsoft.com",
        }
    ),
    "USGov": frozenset({"smba.infra.gov.teams.microsoft.us"}),
    "USGovDoD": frozenset({"smba.infra.dod.teams.microsoft.us"}),
    "China": frozenset({"frontend.botapi.msg.infra.teams.microsoftonline.cn"}),
}


def check_service_url(service_url: str, allowed: frozenset[str]) -> None:
    """Check the URL to which replies would go.

    Args:
        service_url: the activity's `serviceUrl`.
        allowed: names of hosts in lower case; one with a leading dot stands for all names below it.

    Raises:
        Refused: 403, the host is not allowed, or the URL is not https. Only to this machine, http will do.
    """
    # The SDK appends paths to the URL, which must not become part of a query or a fragment.
    if "?" in service_url or "#" in service_url:
        raise Refused(403, "the service URL is malformed")
    try:
        url = httpx.URL(service_url)  # the parser that the SDK's HTTP client uses as well
        host = url.host
    except (httpx.InvalidURL, UnicodeError):  # the latter for a name that only looks internationalized
        raise Refused(403, "the service URL is malformed") from None
    if not matches_host(host, allowed):
        raise Refused(403, "the service URL's host is not allowed")
    if not is_secure(url):
        raise Refused(403, "the service URL is not https")
    if not has_plain_authority(url):
        raise Refused(403, "the service URL is malformed")
