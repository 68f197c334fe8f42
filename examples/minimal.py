"""The bot of the Teams SDK's guide, "Chat Generation (Python)", from which Parley started.

    python examples/minimal.py [full|streamed|agent]

Open it in the Agents Playground: `agentsplayground -e http://localhost:3978/api/messages -c msteams`. Without
`OPENAI_API_KEY` and `OPENAI_MODEL` the demo model answers. `docs/from-the-guide.md` describes line by line the
problems of this bot in Teams, and their solutions in Parley.
"""

import asyncio
import os
import sys
import warnings

import httpx2
import uvicorn
from fastapi import FastAPI
from openai import AsyncOpenAI

warnings.simplefilter("ignore", FutureWarning)  # the AI packages are deprecated: see docs/architecture.md

from microsoft_teams.ai import ChatPrompt, ListMemory  # noqa: E402
from microsoft_teams.api import MessageActivity, MessageActivityInput  # noqa: E402
from microsoft_teams.apps import ActivityContext, App, FastAPIAdapter  # noqa: E402
from microsoft_teams.openai import OpenAICompletionsAIModel  # noqa: E402

from parley.chat import Agent  # noqa: E402  # the SDK had this class until 2.0.0a5
from parley.models.demo import BASE_URL, MODEL_NAME, DemoModel  # noqa: E402

MODEL = os.environ.get("OPENAI_MODEL")
PORT = int(os.environ.get("PORT", "3978"))


async def full(ctx: ActivityContext[MessageActivity]) -> None:
    """Answer in one message ("Simple Chat Generation")."""
    openai_model = OpenAICompletionsAIModel(model=MODEL or MODEL_NAME, client=demo_client())
    agent = ChatPrompt(model=openai_model)

    chat_result = await agent.send(
        input=ctx.activity.text, instructions="You are a friendly assistant who talks like a pirate."
    )
    result = chat_result.response
    if result.content:
        await ctx.send(MessageActivityInput(text=result.content).add_ai_generated())


async def streamed(ctx: ActivityContext[MessageActivity]) -> None:
    """Stream the answer in 1:1 chats. The guide also streams in groups, which Teams refuses."""
    openai_model = OpenAICompletionsAIModel(model=MODEL or MODEL_NAME, client=demo_client())
    agent = ChatPrompt(model=openai_model)

    chat_result = await agent.send(
        input=ctx.activity.text,
        instructions="You are a friendly assistant who responds in terse language.",
        on_chunk=None if ctx.activity.conversation.is_group else lambda chunk: ctx.stream.emit(chunk),
    )
    result = chat_result.response

    if ctx.activity.conversation.is_group:
        await ctx.send(MessageActivityInput(text=result.content).add_ai_generated())
    else:
        ctx.stream.emit(MessageActivityInput().add_ai_generated())


memory = ListMemory()


async def agent(ctx: ActivityContext[MessageActivity]) -> None:
    """Answer with a stateful `Agent`. All users share its memory, so each can see the questions of the others."""
    openai_model = OpenAICompletionsAIModel(model=MODEL or MODEL_NAME, client=demo_client())
    agent = Agent(openai_model, memory=memory)

    chat_result = await agent.send(input=ctx.activity.text)
    await ctx.send(MessageActivityInput(text=chat_result.response.content).add_ai_generated())


def demo_client() -> AsyncOpenAI | None:
    """Return a client of the demo model; None if the environment names a model."""
    if MODEL:
        return None
    http_client = httpx2.AsyncClient(transport=DemoModel())
    return AsyncOpenAI(api_key="none", base_url=BASE_URL, http_client=http_client)


def serve_this_machine(server: FastAPI) -> uvicorn.Server:
    """Return the server that the SDK would make, except that it listens only on the loopback."""
    return uvicorn.Server(uvicorn.Config(server, host="127.0.0.1", port=PORT, log_level="info"))


async def main(handler: str) -> None:
    app = App(
        dangerously_allow_unauthenticated_requests=True,
        http_server_adapter=FastAPIAdapter(server_factory=serve_this_machine),
    )
    app.on_message({"full": full, "streamed": streamed, "agent": agent}[handler])
    await app.start(PORT)


if __name__ == "__main__":
    if sys.argv[1:2] not in ([], ["full"], ["streamed"], ["agent"]):
        sys.exit(__doc__)
    asyncio.run(main(*(sys.argv[1:2] or ["streamed"])))
