"""The model that the settings name, its client and its server."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import httpx2
import openai
import pytest
from azure.core.exceptions import ClientAuthenticationError
from fastapi import FastAPI, Request

from doubles.bot import Bot
from doubles.model_server import ModelServer
from doubles.server import serving
from parley.chat import Agent
from parley.models import describe_model, open_model
from parley.models.completions import CompletionsModel
from parley.models.errors import MalformedAnswerError, SignInError, line_for
from parley.settings import Settings, SettingsError


async def ask(environment: dict[str, str]) -> str | None:
    async with open_model(Settings.load(environment)) as model:
        return (await Agent(model).send("Hi")).response.content


class TestOpenAI:
    async def test_is_called_with_the_model_and_the_key(self, environment: dict[str, str], model: ModelServer):
        assert await ask(environment) == "OK."

        assert model.last["model"] == "scripted"
        assert model.paths == ["v1/chat/completions"]
        assert model.headers[0]["authorization"] == "Bearer key-of-the-tests"

    async def test_answers_over_the_responses_api_and_stores_nothing(
        self, environment: dict[str, str], model: ModelServer
    ):
        assert await ask(environment | {"OPENAI_API": "responses"}) == "OK."

        assert model.paths == ["v1/responses"]
        assert model.last["store"] is False

    @pytest.mark.parametrize("api", ["completions", "responses"])
    async def test_query_of_the_address_goes_with_each_request(
        self, environment: dict[str, str], model: ModelServer, api: str
    ):
        """Azure has such an address: https://NAME.openai.azure.com/openai/v1/?api-version=preview."""
        address = f"{model.url}/openai/v1/?api-version=preview"
        assert await ask(environment | {"OPENAI_API": api, "OPENAI_BASE_URL": address}) == "OK."

        assert model.paths == [f"openai/v1/{'chat/completions' if api == 'completions' else 'responses'}"]
        assert model.queries == [{"api-version": "preview"}]

    async def test_compatible_servers_need_no_key(self, environment: dict[str, str], model: ModelServer):
        assert await ask(environment | {"OPENAI_API_KEY": ""}) == "OK."

    @pytest.mark.parametrize("api", ["completions", "responses"])
    async def test_is_asked_to_stream(self, environment: dict[str, str], model: ModelServer, api: str):
        await ask(environment | {"OPENAI_API": api})

        assert model.last["stream"] is True


class TestSampling:
    @pytest.mark.parametrize("api", ["completions", "responses"])
    async def test_is_left_to_the_model_by_default(self, environment: dict[str, str], model: ModelServer, api: str):
        await ask(environment | {"OPENAI_API": api})

        assert not model.last.keys() & {"temperature", "max_tokens", "max_completion_tokens", "max_output_tokens"}

    @pytest.mark.parametrize(
        ("settings", "name"),
        [
            ({}, "max_tokens"),
            ({"OPENAI_API": "responses"}, "max_output_tokens"),
            ({"AZURE_OPENAI_ENDPOINT": "model", "AZURE_OPENAI_API_KEY": "k"}, "max_completion_tokens"),
        ],
    )
    async def test_uses_the_parameter_names_of_the_server(
        self, environment: dict[str, str], model: ModelServer, settings: dict[str, str], name: str
    ):
        if "AZURE_OPENAI_ENDPOINT" in settings:
            settings = settings | AZURE | {"AZURE_OPENAI_ENDPOINT": model.url}

        await ask(environment | settings | {"MODEL_MAX_OUTPUT_TOKENS": "50", "MODEL_TEMPERATURE": "0"})

        assert (model.last["temperature"], model.last[name]) == (0, 50)
        assert len(model.last.keys() & {"max_tokens", "max_completion_tokens", "max_output_tokens"}) == 1

    @pytest.mark.parametrize(
        ("address", "name"),
        [
            ("", "max_completion_tokens"),
            ("https://eu.api.openai.com/v1", "max_completion_tokens"),
            ("https://x.openai.azure.com/openai/v1", "max_completion_tokens"),
            ("https://openrouter.ai/api/v1", "max_tokens"),
            ("https://notopenai.com/v1", "max_tokens"),
        ],
    )
    async def test_uses_the_parameter_name_for_the_address(
        self, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, address: str, name: str
    ):
        sent: list[httpx2.Request] = []

        async def refuse(_: object, request: httpx2.Request, **_options: object) -> httpx2.Response:
            sent.append(request)
            return httpx2.Response(400, request=request)

        monkeypatch.setattr(httpx2.AsyncClient, "send", refuse)

        with pytest.raises(openai.BadRequestError):
            await ask(environment | {"OPENAI_BASE_URL": address, "MODEL_MAX_OUTPUT_TOKENS": "50"})

        assert json.loads(sent[0].content)[name] == 50


AZURE = {"AZURE_OPENAI_MODEL": "deployed", "AZURE_OPENAI_API_VERSION": "2024-10-21"}


class TestAzure:
    async def test_is_called_with_the_deployment_and_the_key(self, environment: dict[str, str], model: ModelServer):
        await ask(environment | AZURE | {"AZURE_OPENAI_ENDPOINT": model.url, "AZURE_OPENAI_API_KEY": "azure-key"})

        assert model.paths == ["openai/deployments/deployed/chat/completions"]
        assert model.headers[0]["api-key"] == "azure-key"

    @pytest.fixture
    async def managed_identity(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
        """The token endpoint of App Service for a managed identity; collects the resources of requests."""
        asked: list[str] = []
        app = FastAPI()

        @app.get("/token")
        async def token(request: Request) -> dict[str, str]:
            asked.append(request.query_params["resource"])
            return {
                "access_token": "entra-token",
                "expires_on": "4102444800",
                "resource": asked[-1],
                "token_type": "Bearer",
            }

        async with serving(app) as url:
            monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/token")
            monkeypatch.setenv("IDENTITY_HEADER", "header")
            yield asked

    async def test_without_a_key_is_called_with_an_entra_token(
        self, environment: dict[str, str], model: ModelServer, managed_identity: list[str]
    ):
        await ask(environment | AZURE | {"AZURE_OPENAI_ENDPOINT": model.url})

        assert managed_identity == ["https://cognitiveservices.azure.com"]
        assert model.headers[0]["authorization"] == "Bearer entra-token"

    async def test_without_a_key_or_the_extra_names_what_to_install(
        self, environment: dict[str, str], model: ModelServer, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setitem(sys.modules, "azure.identity.aio", None)

        with pytest.raises(SettingsError, match=r"AZURE_OPENAI_API_KEY.*pip install 'parley\[entra\]'"):
            await ask(environment | AZURE | {"AZURE_OPENAI_ENDPOINT": model.url})

    async def test_without_a_key_reports_a_failed_sign_in(
        self, environment: dict[str, str], model: ModelServer, monkeypatch: pytest.MonkeyPatch
    ):
        class Unknown:
            async def get_token(self, *_scopes: str, **_options: object) -> None:
                raise ClientAuthenticationError("nobody is signed in")

            async def __aenter__(self) -> "Unknown":
                return self

            async def __aexit__(self, *_: object) -> None: ...

        monkeypatch.setattr("azure.identity.aio.DefaultAzureCredential", Unknown)

        with pytest.raises(SignInError, match="nobody is signed in"):
            await ask(environment | AZURE | {"AZURE_OPENAI_ENDPOINT": model.url})


class TestClient:
    @pytest.mark.parametrize(
        "settings", [{}, AZURE | {"AZURE_OPENAI_ENDPOINT": "http://x", "AZURE_OPENAI_API_KEY": "k"}]
    )
    async def test_waits_longer_than_the_answer_may_take_but_not_forever(
        self, environment: dict[str, str], settings: dict[str, str]
    ):
        environment |= settings | {"MODEL_TIMEOUT": "100", "MODEL_STALL_TIMEOUT": "20"}

        async with open_model(Settings.load(environment)) as model:
            assert isinstance(model, CompletionsModel) and model.client
            assert model.client.timeout == httpx2.Timeout(120, connect=10)

    async def test_that_cannot_connect_in_time_reports_it(
        self, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ):
        async def fail(_: object, request: httpx2.Request, **_options: object) -> httpx2.Response:
            raise httpx2.ConnectTimeout("silence", request=request)

        monkeypatch.setattr(httpx2.AsyncClient, "send", fail)

        with pytest.raises(openai.APITimeoutError) as caught:
            await ask(environment)

        assert line_for(caught.value) == "model-unreachable"

    async def test_that_gets_no_http_response_reports_it(self, environment: dict[str, str]):
        async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"garbage\r\n\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(garble, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(MalformedAnswerError):
                await ask(environment | {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"})


class TestProcess:
    async def test_uses_one_client_for_all_turns(self, bot: Bot, model: ModelServer):
        """A client per turn would open a connection per turn."""
        await bot.personal().ask("One")
        await bot.personal().ask("Two")

        assert len(set(model.connections)) == 1

    @pytest.mark.parametrize(
        ("environment", "words"),
        [
            ({"OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt"}, "gpt at OpenAI"),
            ({"OPENAI_BASE_URL": "http://localhost:11434/v1", "OPENAI_MODEL": "llama"}, "llama at localhost"),
            (AZURE | {"AZURE_OPENAI_ENDPOINT": "https://x.example"}, "deployed at x.example"),
            ({}, "the demo model"),
        ],
    )
    def test_logs_which_model_answers(self, environment: dict[str, str], words: str):
        settings = Settings.load(environment | {"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true"})

        assert describe_model(settings).startswith(words)
