"""The bot of the page that Parley began with, "Chat Generation (Python)" of the Teams SDK's documentation.

The handler stands as on the page but for one line: the page also gives a group's chunks to the stream, which Teams
refuses. The SDK starts it, on this machine alone. The environment says where the model is: `OPENAI_BASE_URL`,
`OPENAI_API_KEY`, `OPENAI_MODEL`; and where the bot listens: `PORT`.
"""

from __future__ import annotations

import asyncio
import os

import uvicorn
from fastapi import FastAPI
from microsoft_teams.ai import ChatPrompt
from microsoft_teams.api import MessageActivity, MessageActivityInput
from microsoft_teams.apps import ActivityContext, App, FastAPIAdapter
from microsoft_teams.openai import OpenAICompletionsAIModel

MODEL = os.environ["OPENAI_MODEL"]
PORT = int(os.environ["PORT"])


def serve_this_machine(server: FastAPI) -> uvicorn.Server:
    """The server that the SDK would make, except that it does not listen on all addresses."""
    return uvicorn.Server(uvicorn.Config(server, host="127.0.0.1", port=PORT, log_level="info"))


app = App(
    dangerously_allow_unauthenticated_requests=True,
    http_server_adapter=FastAPIAdapter(server_factory=serve_this_machine),
)


@app.on_message
async def handle_message(ctx: ActivityContext[MessageActivity]) -> None:
    openai_model = OpenAICompletionsAIModel(model=MODEL)
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


if __name__ == "__main__":
    asyncio.run(app.start(PORT))
