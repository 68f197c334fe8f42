"""The demo model's own tool, whose sources its answer cites."""

from ...tools import tool
from ...tools.sources import Source, ToolResult

_TEXT = (
    "A model is named in the file .env. OpenAI: OPENAI_API_KEY and OPENAI_MODEL. A compatible server, such as Ollama: "
    "OPENAI_BASE_URL and OPENAI_MODEL. Azure OpenAI: AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_MODEL and "
    "AZURE_OPENAI_API_VERSION."
)

_SOURCES = (
    Source("OpenAI: API keys", "https://platform.openai.com/api-keys", "Make a key for the API of OpenAI."),
    Source(
        "Azure OpenAI: create and deploy a resource",
        "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/create-resource",
        "The endpoint, the key and the deployment of a model in Azure.",
    ),
    Source(
        "Ollama: OpenAI compatibility",
        "https://docs.ollama.com/api/openai-compatibility",
        "Ollama runs models on your own computer, behind an API that is compatible with OpenAI's.",
    ),
)


@tool
async def setup_guide() -> ToolResult:
    """The way to connect a language model to this bot, with sources."""
    return ToolResult(_TEXT, _SOURCES)
