"""Does the model answer?"""

import asyncio

from microsoft_teams.ai import UserMessage

from ...language import LineId
from ...models import EmptyAnswerError, NoTokensLeftError, describe_model, line_for, open_model
from ...settings import Environment, ModelSettings
from ...tools import TOOLS
from .finding import Finding, broken, doubtful, explain, good

# The fewest tokens that the Responses API may be asked for.
_TOKENS = 16

# Seconds that the first word may take.
_TIMEOUT = 25.0

# What to do, by the line that a person would be told.
_ADVICE: dict[LineId, str] = {
    "answer-malformed": "the address leads to something else; most compatible servers have the API at /v1",
    "model-busy": "ask again in a minute, or have its limits raised",
    "model-rejected-credentials": "check the key or the identity, and whether it has a right to the model",
    "model-not-found": "check the name of the model (at Azure, of the deployment) and the address; most compatible "
    "servers have the API at /v1",
    "model-quota": "its quota is used up; somebody has to pay",
    "model-rejected-request": "some models take no tools (MODEL_MAX_TOOL_ROUNDS=0), some take no MODEL_TEMPERATURE",
    "model-slow": "if it thinks long, or is loaded at the first question, MODEL_TIMEOUT has to be longer",
    "model-unreachable": "check OPENAI_BASE_URL or AZURE_OPENAI_ENDPOINT, and whether the server is running",
}


async def check_model(environment: Environment) -> list[Finding]:
    """Asks for a few tokens, in the same way as for an answer."""
    settings = ModelSettings.load(environment)
    name = describe_model(settings)
    brief = settings.model_copy(
        update={"model_max_output_tokens": _TOKENS, "model_timeout": min(settings.model_timeout, _TIMEOUT)}
    )
    now = asyncio.get_running_loop().time
    started_at = now()
    try:
        async with open_model(brief) as model:
            # Some servers refuse a request that names tools.
            await model.generate_text(UserMessage("Say OK."), functions={tool.name: tool for tool in TOOLS})
    except (NoTokensLeftError, EmptyAnswerError):
        pass  # all of so few tokens may go into hidden reasoning
    except Exception as error:
        line = line_for(error)
        found = doubtful if line == "model-busy" else broken
        cause = f"{name} does not answer: {explain(error, settings.secrets())}"
        return [found(f"{cause}. What to do: {_ADVICE[line]}" if line in _ADVICE else cause)]
    return [good(f"{name} answers, in {now() - started_at:.1f} s")]
