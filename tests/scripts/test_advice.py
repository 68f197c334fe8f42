import pytest

import failures

# What pip, uv and npm print, each with the beginning of the advice.
OUTPUTS = {
    "ERROR: Could not find a version that satisfies the requirement uv==0.13.9 (from versions: none)": "",
    "ERROR: No matching distribution found for uv==0.13.9": "",
    "NewConnectionError('Failed to establish a new connection: [Errno -2] Name or service not known')"
    : "The server with the packages cannot be reached.",
    "  Caused by: error sending request for url (https://example.com/uv)\n  Caused by: dns error"
    : "The server with the packages cannot be reached.",
    "npm error code ENOTFOUND": "The server with the packages cannot be reached.",
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed')), "
    "Max retries exceeded": "The certificate of the server is not trusted.",
    "  Caused by: invalid peer certificate: UnknownIssuer": "The certificate of the server is not trusted.",
    "npm error code SELF_SIGNED_CERT_IN_CHAIN": "The certificate of the server is not trusted.",
    "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))"
    : "The proxy refuses the request.",
    "  Caused by: tunnel error: proxy authentication required": "The proxy refuses the request.",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES": "A package differs from the pinned one",
    "error: Hash mismatch for `leaf==1.0`": "A package differs from the pinned one",
    "npm error code EINTEGRITY": "A package differs from the pinned one",
    "OSError: [Errno 28] No space left on device": "The disk is full",
}  # fmt: skip


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_cause_is_found_in_the_output(output: str) -> None:
    explained = failures.explain(output, {})

    assert explained.startswith(OUTPUTS[output]) and bool(explained) == bool(OUTPUTS[output])


def test_the_advice_names_what_to_set() -> None:
    certificate = failures.explain("invalid peer certificate", {})
    network = failures.explain("dns error", {})

    assert all(name in certificate for name in ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS"))
    assert all(name in network for name in ("HTTPS_PROXY=http://HOST:PORT", "PIP_INDEX_URL", "npm_config_registry"))


def test_the_proxy_that_is_set_is_named_without_its_password() -> None:
    explained = failures.explain("ProxyError", {"HTTPS_PROXY": "http://ada:secret@proxy.example.com:8080"})

    assert "HTTPS_PROXY is http://...@proxy.example.com:8080" in explained and "secret" not in explained
