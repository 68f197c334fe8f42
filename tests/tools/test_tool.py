"""The decorator `@tool`."""

from typing import Annotated, Any, Literal

import pytest
from microsoft_teams.ai import AIModel, ChatPrompt
from pydantic import BaseModel, Field

from doubles.model_server import ModelServer
from parley.chat import Agent
from parley.models import open_model
from parley.settings import Settings
from parley.tools import Tool, ToolContext, tool


class Place(BaseModel):
    city: str
    country: str | None = None


@tool
async def forecast(
    place: Place,
    days: Annotated[int, Field(description="How many days ahead.", ge=1, le=7)] = 1,
    unit: Literal["C", "F"] = "C",
) -> str:
    """The weather that is
    to come.

    This is not for the model.
    """
    return f"{place.city}, {days} days, {unit}"


@tool
def whoami(context: ToolContext) -> str:
    """The name of the user."""
    return f"{context.user_name}"


async def call(tool: Tool, arguments: str, ai_model: AIModel, model: ModelServer, context: ToolContext) -> str:
    """Let the model call the tool. Return the result that it gets."""
    model.calls(("1", tool.name, arguments))
    await Agent(ai_model, functions=[tool.bind(context)]).send("Hi")
    items = model.last.get("input") or model.last["messages"]
    return items[-1].get("output") or items[-1]["content"]


@pytest.fixture
async def ai_model(environment: dict[str, str]) -> Any:

    async with open_model(Settings.load(environment)) as opened:
        yield opened


class TestSchema:
    async def test_is_built_from_the_signature_and_the_docstring(self, ai_model: AIModel, model: ModelServer):
        await ChatPrompt(ai_model, functions=[forecast]).send("Hi")

        [offered] = [offered["function"] for offered in model.last["tools"]]
        parameters = offered["parameters"]
        assert (offered["name"], offered["description"]) == ("forecast", "The weather that is to come.")
        assert parameters["required"] == ["place"]
        assert parameters["properties"]["days"]["description"] == "How many days ahead."
        assert (parameters["properties"]["days"]["minimum"], parameters["properties"]["days"]["default"]) == (1, 1)
        assert parameters["properties"]["unit"]["enum"] == ["C", "F"]
        assert parameters["$defs"]["Place"]["required"] == ["city"]

    async def test_does_not_include_the_context(self, ai_model: AIModel, model: ModelServer):
        await ChatPrompt(ai_model, functions=[whoami]).send("Hi")

        assert model.last["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}

    async def test_describes_the_items_of_every_array(self, ai_model: AIModel, model: ModelServer):
        @tool
        async def distance(start: tuple[float, float], stops: list[tuple[float, float]] | None = None) -> str:
            """The distance of a route."""
            return f"{start} {stops}"

        await ChatPrompt(ai_model, functions=[distance]).send("Hi")

        start = model.last["tools"][0]["function"]["parameters"]["properties"]["start"]
        assert start["prefixItems"] == [{"type": "number"}, {"type": "number"}] and start["items"] == {}


class TestCall:
    async def test_converts_arguments_to_the_declared_types(self, ai_model: AIModel, model: ModelServer):
        told = await call(forecast, '{"place": {"city": "Oslo"}, "days": 3}', ai_model, model, ToolContext())

        assert told == "Oslo, 3 days, C"

    @pytest.mark.parametrize("arguments", ["{}", '{"place": {}}', '{"place": {"city": "Oslo"}, "days": 8}'])
    async def test_with_wrong_arguments_does_not_reach_the_function(
        self, ai_model: AIModel, model: ModelServer, arguments: str
    ):
        told = await call(forecast, arguments, ai_model, model, ToolContext())

        assert told.startswith("The arguments do not fit")

    async def test_passes_the_context_of_the_turn(self, ai_model: AIModel, model: ModelServer):
        assert await call(whoami, "{}", ai_model, model, ToolContext(user_name="Ada")) == "Ada"


async def no_docstring(city: str) -> str:
    return city


async def no_type(city) -> str:
    """Returns a text."""
    return city


async def any_number(*cities: str) -> str:
    """Returns a text."""
    return "".join(cities)


async def anything(**cities: str) -> str:
    """Returns a text."""
    return "".join(cities)


async def without_names(city: str, /) -> str:
    """Returns a text."""
    return city


async def taken_name(copy: str) -> str:
    """Returns a text."""
    return copy


async def wetter_für_die_welt() -> str:
    """Returns a text."""
    return ""


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (no_docstring, "The tool no_docstring: expected a docstring"),
        (no_type, "The tool no_type: expected a type for the parameter city"),
        (any_number, r"The tool any_number: expected parameters that can be given by name, but has \*cities: str"),
        (anything, r"The tool anything: expected parameters that can be given by name, but has \*\*cities: str"),
        (without_names, "The tool without_names: expected parameters that can be given by name, but has city: str"),
        (taken_name, "The tool taken_name: pydantic keeps the name copy for itself"),
        (wetter_für_die_welt, "The tool wetter_für_die_welt: expected a name of at most 64 ASCII letters"),
    ],
)
def test_an_unsuitable_function_is_refused_at_declaration(function: Any, problem: str):
    with pytest.raises(TypeError, match=f"^{problem}"):
        tool(function)
