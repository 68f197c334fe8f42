"""Every setting, in groups, and `Settings`, which has them all."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, model_validator
from sqlalchemy import make_url

from .group import SettingsGroup, explained, number, problem, seconds, setting
from .mcp_servers import McpServer, read_servers
from .values import (
    GUID,
    URL,
    check_database_url,
    name_driver,
    read_instructions,
    split_host_patterns,
    split_hosts,
    split_tenants,
    without_slash,
)

DEFAULT_INSTRUCTIONS = "You are a friendly assistant in Microsoft Teams. Answer helpfully and to the point."


def _read_instructions(value: str) -> str:
    with explained("BOT_INSTRUCTIONS"):
        return read_instructions(value)


def _read_mcp_servers(value: str, info: ValidationInfo) -> tuple[McpServer, ...]:
    with explained("MCP_SERVERS"):
        return read_servers(value, info.context or {})


def _check_key(key: SecretStr, info: ValidationInfo) -> SecretStr:
    """Refuse characters that a header cannot have: a key copied from a text may have typographic quotation marks."""
    text = key.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise problem(f"{(info.field_name or '').upper()} has a character that no key has: expected an API key")
    return key


def _check_model_url(url: str, info: ValidationInfo) -> str:
    """Refuse a user name and a password: the client of the model sends the API key in their place.

    Raises:
        ValueError: the host or the port is malformed.
    """
    parsed = urlsplit(url)
    _ = parsed.port  # raises
    if parsed.username is not None:
        name = (info.field_name or "").upper()
        key = "AZURE_OPENAI_API_KEY" if name == "AZURE_OPENAI_ENDPOINT" else "OPENAI_API_KEY"
        raise problem(f"{name} has a user name or a password: expected a URL without them, and the key in {key}")
    return url


_Key = Annotated[SecretStr, AfterValidator(_check_key)]
_ModelUrl = Annotated[str, Field(pattern=URL), AfterValidator(_check_model_url)]


class DatabaseSettings(SettingsGroup):
    """The database and the log. A command without a bot needs no more."""

    database_url: Annotated[str, BeforeValidator(name_driver), AfterValidator(check_database_url)] = setting(
        "sqlite:///parley.db",
        "The database for conversations and turns: a SQLite file for one process, PostgreSQL for several. The "
        "default is a file in the working directory.",
        expected="sqlite:///PATH, the path of a file, or postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME",
        # A SQLite database in memory would be another one for each connection.
        pattern=r"^(sqlite:///[^:]|postgresql\+psycopg://)",
        repr=False,
    )
    database_connections: int = number(
        10,
        "The most connections that one process opens to PostgreSQL, those of its queue included.",
        "a whole number",
        (5, 1000),
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)] = setting(
        "INFO",
        "The least severe level that is logged. DEBUG includes the texts of messages.",
        expected="one of DEBUG, INFO, WARNING, ERROR",
    )

    @property
    def is_shared(self) -> bool:
        """True if several processes may use the database at once."""
        return self.database_url.startswith("postgresql")

    def secrets(self) -> list[str]:
        url = make_url(self.database_url)
        passwords = [text for name, texts in url.normalized_query.items() if "password" in name for text in texts]
        return [*super().secrets(), *([str(url.password)] if url.password else []), *passwords]


class ServerSettings(SettingsGroup):
    """The HTTP server."""

    port: int = number(3978, "The port that the bot listens on.", "a port number", (1, 65535))
    probe_port: int | None = number(
        None,
        "The port on which 'parley worker' answers probes, and nothing else; 'parley serve' answers them on PORT. "
        "Unset: a worker listens on no port.",
        "a port number",
        (1, 65535),
    )


class TeamsSettings(SettingsGroup):
    """The bot's registration, who may use it, and the hosts it talks to."""

    client_id: str | None = setting(
        None,
        "The application (client) id of the bot.",
        expected="a GUID, such as 00000000-0000-0000-0000-000000000000",
        pattern=GUID,
    )
    client_secret: SecretStr | None = setting(
        None, "The client secret of the bot; empty for a managed identity.", expected="a client secret"
    )
    tenant_id: str | None = setting(None, "The directory (tenant) id of a single-tenant bot.", expected="a tenant id")
    managed_identity_client_id: str | None = setting(
        None,
        "The managed identity of the bot, if its id is not CLIENT_ID.",
        expected="the client id of a managed identity, or 'system'",
    )
    cloud: Literal["Public", "USGov", "USGovDoD", "China"] = setting(
        "Public", "The cloud that the bot is registered in.", expected="one of Public, USGov, USGovDoD, China"
    )
    dangerously_allow_unauthenticated_requests: bool = setting(
        False,
        "Accept requests without a token: for the Agents Playground only. The bot then listens on loopback alone.",
        expected="true or false",
    )
    allowed_tenants: Annotated[frozenset[str], BeforeValidator(split_tenants)] = setting(
        frozenset(),
        "The tenants whose users may use the bot; other users get a refusal. Unset: every tenant that the bot is "
        "registered for.",
        expected="tenant ids, which are GUIDs, with commas between them",
    )
    allowed_service_hosts: Annotated[frozenset[str], BeforeValidator(split_host_patterns)] = setting(
        frozenset(),
        "The hosts of Teams that the bot may send its answers and its token to, by https. Unset: Microsoft's "
        "hosts in CLOUD. Without tokens: this machine alone.",
        expected="names of hosts with commas between them, such as smba.example.com,*.teams.example.com",
    )
    allowed_file_hosts: Annotated[frozenset[str], BeforeValidator(split_host_patterns)] = setting(
        frozenset(),
        "The hosts that files are downloaded from, by https. Unset: those of SharePoint and OneDrive in CLOUD. "
        "Without tokens: this machine, too.",
        expected="names of hosts with commas between them, such as files.example.com,*.sharepoint.example.com",
    )
    openid_metadata_url: str | None = setting(
        None,
        "The document that names the keys of Teams' tokens, if it is not at CLOUD's address.",
        expected="an http or https URL of an OpenID metadata document",
        pattern=URL,
        repr=False,
    )
    login_endpoint: Annotated[str | None, BeforeValidator(without_slash)] = setting(
        None,
        "The server that gives the bot its own token, if it is not at CLOUD's address.",
        expected="an https URL, such as https://login.example.com",
        pattern=r"^https://\S+$",
        repr=False,
    )

    @property
    def host(self) -> str:
        """The address to listen on: this machine alone, unless requests carry a token."""
        return "0.0.0.0" if self.client_id else "127.0.0.1"

    @model_validator(mode="after")
    def _check_credentials(self) -> Self:
        if self.dangerously_allow_unauthenticated_requests and (self.client_id or self.client_secret):
            raise problem(
                "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS is true although Teams credentials are set: "
                "expected either the one or the other"
            )
        if self.client_secret and not self.client_id:
            raise problem("CLIENT_ID is missing: expected the application id that CLIENT_SECRET belongs to")
        return self


class BotSettings(SettingsGroup):
    """The bot's instructions and memory."""

    bot_instructions: Annotated[str, BeforeValidator(_read_instructions)] = setting(
        DEFAULT_INSTRUCTIONS,
        "The system message: the bot's role and tone.",
        expected="a text, or file:PATH (from the working directory) of a text file in UTF-8 that is not empty",
    )
    bot_stateful: bool = setting(
        True,
        "true: an Agent, which remembers the conversation. false: a ChatPrompt, which answers each message on its own.",
        expected="true or false",
    )
    memory_max_tokens: int = setting(
        8000,
        "The most tokens (estimated) of a conversation's history that are sent to the model.",
        expected="a whole number of tokens, 0 or more",
        ge=0,
    )


class AttachmentSettings(SettingsGroup):
    """Limits for attached files and pictures."""

    max_file_bytes: int = number(
        20_000_000,
        "The largest picture or file that is downloaded.",
        "a whole number of bytes",
        (10_000, 1_000_000_000),
    )
    max_picture_bytes: int = number(
        3_000_000,
        "The largest picture that is sent to the model; a larger one is scaled down.",
        "a whole number of bytes",
        (10_000, 100_000_000),
    )
    max_file_tokens: int = number(
        5000,
        "The most tokens (estimated) of a message's files that are sent to the model. With more than "
        "MEMORY_MAX_TOKENS, later questions about the files cannot be answered.",
        "a whole number of tokens",
        (100, 1_000_000),
    )


class TurnSettings(SettingsGroup):
    """The turns of a process."""

    max_concurrent_turns: int = number(
        200,
        "The most messages, of different conversations, that one process answers at once.",
        "a whole number",
        (1, 10_000),
    )
    max_waiting_turns: int = number(
        20,
        "The most messages of a conversation that wait while one is answered. Further messages get a line that asks "
        "the user to wait.",
        "a whole number",
        (0, 10_000),
    )
    max_turn_attempts: int = number(
        3,
        "The most attempts to answer a message when the process crashes each time. Then the user gets an apology.",
        "a whole number",
        (1, 1000),
    )
    turn_retention: float = number(
        24,
        "How long an answered message is remembered, so that a copy that Teams sends again is not answered twice.",
        "a number of hours",
        (0.1, 8760),
    )
    turn_takeover: float = number(
        15,
        "How long after the crash of a process the others continue its answers; with PostgreSQL only.",
        "a number of seconds",
        (3, 3600),
    )
    shutdown_grace: float = number(
        25,
        "How long answers in progress get to end when the bot is stopped. The next process completes the others.",
        "a number of seconds",
        (0, 3600),
    )


class LimitSettings(SettingsGroup):
    """The limits of a user."""

    turns_per_user_per_minute: int | None = number(
        None,
        "The most questions of a user that are answered in a minute. Unset: no limit.",
        "a whole number",
        (1, 10_000),
    )
    tokens_per_user_per_day: int | None = number(
        None,
        "The most tokens that the questions of a user and their answers may use in 24 hours. Unset: no limit.",
        "a whole number of tokens",
        (1, 1_000_000_000),
    )


class AnswerSettings(SettingsGroup):
    """The format of answers."""

    text_format: Annotated[Literal["markdown", "extendedmarkdown"], BeforeValidator(str.lower)] = setting(
        "markdown",
        "The format of answers in Teams. With markdown, tables become lists, unless their first line begins "
        "without a bar. extendedmarkdown, a public preview that the Agents Playground refuses, adds tables, code and "
        "LaTeX.",
        expected="markdown or extendedmarkdown",
    )
    allowed_image_hosts: Annotated[frozenset[str], BeforeValidator(split_hosts)] = setting(
        frozenset(),
        "The hosts of images that may appear in answers. All other images are removed, because the address of an "
        "image can carry the words of another user.",
        expected="names of hosts with commas between them, such as images.example.com,static.example.com",
    )


class ModelSettings(SettingsGroup):
    """The language model: without a key or an address, the demo model answers."""

    openai_api: Literal["completions", "responses"] = setting(
        "completions", "The API of OpenAI to use.", expected="completions or responses"
    )
    openai_api_key: _Key | None = setting(
        None, "The API key of OpenAI, or of a compatible server that needs one.", expected="an API key"
    )
    openai_model: str | None = setting(
        None, "The name of the model at OpenAI or at a compatible server.", expected="the name of a model"
    )
    openai_base_url: _ModelUrl | None = setting(
        None,
        "The address of a compatible server: Ollama, Foundry Local, vLLM, LiteLLM, …",
        expected="an http or https URL, such as http://localhost:11434/v1",
        repr=False,
    )
    azure_openai_endpoint: _ModelUrl | None = setting(
        None,
        "The address of an Azure OpenAI resource. If it is set, Azure OpenAI is used.",
        expected="an http or https URL, such as https://NAME.openai.azure.com",
        repr=False,
    )
    azure_openai_model: str | None = setting(
        None, "The name of the deployment at Azure OpenAI.", expected="the name of a deployment"
    )
    azure_openai_api_version: str | None = setting(
        None, "The API version of Azure OpenAI.", expected="an API version, such as 2024-10-21"
    )
    azure_openai_api_key: _Key | None = setting(
        None, "The API key of Azure OpenAI; empty to sign in through Entra ID.", expected="an API key"
    )

    model_timeout: float = seconds(
        60,
        "How long the model may take to its first word, repeated requests included. Starts again after each round"
        " of tools.",
    )
    model_stall_timeout: float = seconds(30, "How long the model may be silent in the middle of an answer.")
    model_max_output_tokens: int | None = number(
        None,
        "The longest answer, hidden reasoning included. Unset: the model's own limit.",
        "a whole number of tokens",
        (1, 10_000_000),
    )
    model_temperature: float | None = number(
        None,
        "The randomness of answers. Unset: the model's own default. Not every model takes it.",
        "a number",
        (0, 2),
    )
    model_max_tool_rounds: int = number(
        8,
        "The most rounds of tool calls in one answer; 0 for a model that takes no tools.",
        "a whole number",
        (0, 100),
    )
    tool_timeout: float = seconds(30, "How long a tool may take.")

    @property
    def provider(self) -> Literal["azure", "openai", "demo"]:
        """The model's server: Azure OpenAI before OpenAI or a compatible server; without either, the demo model."""
        if self.azure_openai_endpoint:
            return "azure"
        return "openai" if self.openai_api_key or self.openai_base_url else "demo"

    @model_validator(mode="after")
    def _check_model(self) -> Self:
        if self.provider == "azure":
            for name in ("azure_openai_model", "azure_openai_api_version"):
                if not getattr(self, name):
                    raise self.missing(name, "AZURE_OPENAI_ENDPOINT")
        if self.provider == "openai" and not self.openai_model:
            cause = "OPENAI_BASE_URL" if self.openai_base_url else "OPENAI_API_KEY"
            raise self.missing("openai_model", cause)
        if self.provider != "azure" and (self.azure_openai_api_key or self.azure_openai_model):
            cause = "AZURE_OPENAI_API_KEY" if self.azure_openai_api_key else "AZURE_OPENAI_MODEL"
            raise self.missing("azure_openai_endpoint", cause)
        if self.provider == "demo" and self.openai_model:
            raise problem(
                "OPENAI_API_KEY or OPENAI_BASE_URL is missing: expected the key of OpenAI or the address of a "
                "compatible server, since OPENAI_MODEL is set"
            )
        if self.provider == "demo" and self.openai_api == "responses":
            raise problem(
                "OPENAI_API is 'responses': expected completions, the only API of the demo model, "
                "or a model of your own through OPENAI_API_KEY, OPENAI_BASE_URL or AZURE_OPENAI_ENDPOINT"
            )
        return self


class McpSettings(SettingsGroup):
    """MCP servers."""

    mcp_servers: Annotated[tuple[McpServer, ...], BeforeValidator(_read_mcp_servers)] = setting(
        (),
        "MCP servers, and the tools that the model gets from them; ${NAME} stands for a variable, such as a token.",
        expected='JSON such as {"docs": {"url": "https://mcp.example.com/mcp", "tools": ["search"]}}, or file:PATH '
        "(from the working directory) of it",
        repr=False,
    )

    def secrets(self) -> list[str]:
        return [*super().secrets(), *(secret for server in self.mcp_servers for secret in server.secrets)]


class Settings(  # in reverse: pydantic takes the fields of the last base first
    McpSettings,
    ModelSettings,
    AnswerSettings,
    LimitSettings,
    TurnSettings,
    AttachmentSettings,
    BotSettings,
    TeamsSettings,
    ServerSettings,
    DatabaseSettings,
):
    """All settings of a bot."""

    @classmethod
    def groups(cls) -> list[type[SettingsGroup]]:
        """The groups in the order of the documentation. Each can be loaded alone."""
        return [base for base in reversed(cls.__bases__) if issubclass(base, SettingsGroup)]

    @model_validator(mode="after")
    def _check_access(self) -> Self:
        """The bot serves Teams, which proves itself by tokens for CLIENT_ID, or anybody on this machine."""
        if not (self.client_id or self.dangerously_allow_unauthenticated_requests):
            raise problem(
                "CLIENT_ID is missing: expected the credentials of a Teams bot, or "
                "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS=true to try the bot in the Agents Playground"
            )
        return self
