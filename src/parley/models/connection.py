"""Failed connections to a model server, in words."""

import os
import socket
import ssl

import aiohttp
import httpx2
import openai

from ..logs import causes_of

# What an API adds to the address in the settings.
_PATHS = ("/chat/completions", "/responses")


def describe_failed_connection(error: BaseException) -> str | None:
    """The failure and the address, as in "connection refused at http://127.0.0.1:11434/v1".

    The client calls most of these failures a timeout, and repeats the words of the innermost error in all others.

    Returns:
        None if the connection was made.
    """
    causes = causes_of(error)
    failed = any(isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError) for cause in causes)
    request = next((cause.request for cause in causes if isinstance(cause, openai.APIConnectionError)), None)
    if not failed or request is None:
        return None
    address = str(request.url.copy_with(query=None, fragment=None, userinfo=b""))
    for path in _PATHS:
        address = address.removesuffix(path)
    for cause in causes:
        match cause:
            case aiohttp.ClientHttpProxyError():
                return f"the proxy refused to connect to {address} (status {cause.status})"
            case aiohttp.ClientProxyConnectionError():
                return f"{_describe(causes[-1])} at the proxy {cause.host}:{cause.port}"
            case _:
                pass
    return f"{_describe(causes[-1])} at {address}"


def _describe(cause: BaseException) -> str:
    match cause:
        case socket.gaierror():
            return "host not found"
        case ssl.SSLCertVerificationError():
            return f"certificate not trusted ({cause.verify_message})"
        case ssl.SSLError():
            return f"TLS failed ({(cause.reason or 'for no known reason').replace('_', ' ').lower()})"
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError():
            return "connection reset"
        case TimeoutError():
            return "no connection in time"
        case OSError(errno=int(number)):
            return os.strerror(number).lower()
        case _:
            return "connection failed"
