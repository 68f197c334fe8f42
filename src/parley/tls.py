"""Whom the bot trusts on the network."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """The certificate authorities, for all clients but the model's: to read them takes 25 ms."""
    return httpx.create_ssl_context()
