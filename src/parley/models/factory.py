"""The model that the settings name, over one client for the whole process."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAioHttpClient

from ..http import direct_mounts
from ..settings import ModelSettings, SettingsError
from ..tools import Tool
from . import demo
from .bounds import BOUNDABLE, bound
from .completions import CompletionsModel
from .errors import SignInError
from .model import Model
from .parameters import Sampling
from .responses import ResponsesModel
from .streaming import Streaming
from .tool_loop import ToolLoop

# The scope of a token for Azure OpenAI, see
# https://learn.microsoft.com/azure/ai-foundry/openai/how-to/managed-identity
_AZURE_SCOPE = "https://cognitiveservices.azure.com/.default"

_CONNECT_TIMEOUT = 10.0  # seconds


@asynccontextmanager
async def open_model(settings: ModelSettings) -> AsyncGenerator[Model]:
    """Open the model that the settings name.

    Raises:
        SettingsError: the settings want Entra ID for Azure OpenAI, and the extra for it is not installed.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(await _open_client(settings, stack))
        name = model_name(settings)
        streaming = Streaming(
            timeout=settings.model_timeout,
            stall_timeout=settings.model_stall_timeout,
            model=name,
        )
        tool_loop = ToolLoop(max_rounds=settings.model_max_tool_rounds, timeout=settings.tool_timeout)
        sampling = Sampling(
            settings.model_max_output_tokens,
            settings.model_temperature,
            limits_by_max_tokens=_limits_by_max_tokens(settings),
        )
        kind = ResponsesModel if settings.openai_api == "responses" else CompletionsModel
        yield kind(client, name, streaming=streaming, tool_loop=tool_loop, sampling=sampling)


def model_name(settings: ModelSettings) -> str:
    """The name of the model or of its deployment."""
    match settings.provider:
        case "azure":
            return settings.azure_openai_model or ""
        case "openai":
            return settings.openai_model or ""
        case "demo":
            return demo.MODEL_NAME


def model_tools(settings: ModelSettings) -> Sequence[Tool]:
    """The tools that the model brings along."""
    return demo.TOOLS if settings.provider == "demo" else ()


def describe_model(settings: ModelSettings) -> str:
    """The model and its server for the log, as in "gpt at OpenAI"."""
    match settings.provider:
        case "azure":
            return f"{model_name(settings)} at {_address(settings.azure_openai_endpoint)}"
        case "openai":
            return f"{model_name(settings)} at {_address(settings.openai_base_url) or 'OpenAI'}"
        case "demo":
            return "the demo model (set OPENAI_API_KEY and OPENAI_MODEL for a real one)"


def _address(url: str | None) -> str:
    """The host of a URL, with its port unless it is the default."""
    return httpx2.URL(url or "").netloc.decode()


def _host(url: str | None) -> str:
    """The host of a URL."""
    return httpx2.URL(url or "").host


def _limits_by_max_tokens(settings: ModelSettings) -> bool:
    """True unless the server is OpenAI or Azure OpenAI, which have a newer name for the token limit."""
    return settings.provider == "openai" and not _host(settings.openai_base_url or "https://api.openai.com").endswith(
        (".openai.com", ".azure.com")
    )


async def _open_client(settings: ModelSettings, stack: AsyncExitStack) -> AsyncOpenAI:
    # Longer than the times of `Streaming`, which decides when to give up and when to retry.
    timeout = httpx2.Timeout(settings.model_timeout + settings.model_stall_timeout, connect=_CONNECT_TIMEOUT)
    match settings.provider:
        case "azure":
            assert settings.azure_openai_endpoint
            key = settings.azure_openai_api_key
            return AsyncAzureOpenAI(
                azure_endpoint=settings.azure_openai_endpoint,
                api_version=settings.azure_openai_api_version,
                api_key=key.get_secret_value() if key else None,
                azure_ad_token_provider=None if key else await _entra_tokens(stack),
                http_client=_http_client(settings.azure_openai_endpoint, timeout),
                timeout=timeout,
                max_retries=0,
            )
        case "openai":
            key = settings.openai_api_key
            url = httpx2.URL(settings.openai_base_url or "")
            return AsyncOpenAI(
                # The client wants a key even if the server, as Ollama, does not.
                api_key=key.get_secret_value() if key else "none",
                # The client would append the path of a request to the query.
                base_url=url.copy_with(query=None) if settings.openai_base_url else None,
                default_query=dict(url.params),
                http_client=_http_client(settings.openai_base_url, timeout),
                timeout=timeout,
                max_retries=0,
            )
        case "demo":
            transport = httpx2.AsyncClient(transport=demo.DemoModel())
            return AsyncOpenAI(api_key="none", base_url=demo.BASE_URL, max_retries=0, http_client=transport)


def _http_client(url: str | None, timeout: httpx2.Timeout) -> httpx2.AsyncClient:
    return DefaultAioHttpClient(
        timeout=timeout, headers=BOUNDABLE, event_hooks={"response": [bound]}, mounts=direct_mounts(_host(url))
    )


async def _entra_tokens(stack: AsyncExitStack) -> Callable[[], Awaitable[str]]:
    """A source of Entra ID tokens: for a managed identity, a workload, or the developer who is signed in."""
    try:
        from azure.core.exceptions import ClientAuthenticationError
        from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
    except ImportError as error:
        raise SettingsError(
            [
                "AZURE_OPENAI_API_KEY is missing: expected an API key, or the extra that signs in through Entra ID: "
                "pip install 'parley[entra]'"
            ]
        ) from error
    credential = await stack.enter_async_context(DefaultAzureCredential())
    provide = get_bearer_token_provider(credential, _AZURE_SCOPE)

    async def sign_in() -> str:
        try:
            return await provide()
        except ClientAuthenticationError as error:
            raise SignInError(error.message) from error

    return sign_in
