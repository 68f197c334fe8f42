"""The moments of the pictures. Each is a function that brings the Playground to a state which users see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from e2e.playground_page import BOT, Playground

Moment = Callable[[Playground], None]

# A text at the end of the first paragraph of the demo model's story.
STORY_BEGINS = "argued about a bridge"


def asked(*questions: str) -> Moment:
    """The personal chat with the answers to these questions."""

    def reach(playground: Playground) -> None:
        chat = playground.personal_chat()
        for question in questions:
            chat.ask(question)

    return reach


def asked_in_group(*questions: str) -> Moment:
    """The group chat with the answers to these questions, each with a mention."""

    def reach(playground: Playground) -> None:
        chat = playground.group_chat()
        for question in questions:
            chat.ask(BOT, f" {question}")

    return reach


def growing(question: str, until: str) -> Moment:
    """The personal chat with a growing answer, as soon as it has the text `until`."""

    def reach(playground: Playground) -> None:
        chat = playground.personal_chat()
        number = chat.answers.count()
        chat.write(question)
        chat.send()
        chat.wait_until(number, until)

    return reach


def tried_again(playground: Playground) -> None:
    """The personal chat with an answer that replaced a failure after a click on "Try again"."""
    chat = playground.personal_chat()
    number = chat.answers.count()
    chat.ask("What is the capital of France?")
    chat.starters.first.click()
    chat.wait_for(number, "Paris")


def opened(playground: Playground) -> None:
    """The personal chat with the welcome message."""
    playground.personal_chat()


def opened_again(playground: Playground) -> None:
    """The personal chat with the welcome message, after the page was loaded again."""
    playground.personal_chat()
    playground.reload()
    playground.hide_log()
    playground.personal_chat()


def posted(playground: Playground) -> None:
    """The channel with a post and the answer in its thread."""
    playground.channel().ask(BOT, " give me ideas for a team event")


WITH_DEMO_MODEL: dict[str, Moment] = {
    "welcome": opened,
    "welcome-again": opened_again,
    "what-it-can-do": asked("What can you help me with?"),
    "story-grows": growing("Tell me a short story", STORY_BEGINS),
    "story": asked("Tell me a short story"),
    "list": asked("Give me ideas for a team event"),
    "draft": asked("Draft a short, friendly message to my team"),
    "table": asked("Show me a table"),
    "code": asked("Show me some code"),
    "connect-a-real-model": asked("Connect a real model"),
    "clock": asked("What time is it?", "Who is here?"),
    "small-talk": asked("Hello!", "What is 12.5 % of 80?", "Thanks!"),
    "beyond-the-demo": asked("Translate this into Latin: good morning"),
    "german": asked("Erzähl mir eine kurze Geschichte"),
    "help": asked("/help"),
    "new": asked("My name is Alex.", "/new"),
    "forget": asked("/forget"),
    "group": asked_in_group("show me some code", "what did Alex ask?"),
    "group-help": asked_in_group("/help"),
    "channel": posted,
}

WITHOUT_MODEL: dict[str, Moment] = {"refused": asked("What is the capital of France?")}

WITH_FAULTY_MODEL: dict[str, Moment] = {
    "lost": asked("Lose the connection"),
    "wrong-key": asked("Refuse the key"),
    "tried-again": tried_again,
}


class _FaultyModel(BaseHTTPRequestHandler):
    """A model's server that fails as the question demands. Other questions fail once, then get an answer."""

    failed_once = False

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        question = str(request["messages"][-1]["content"])
        if "Refuse the key" in question:
            self._refuse(401, "Incorrect API key provided")
        elif "Lose the connection" in question:
            self._stream("Three things to see:\n\n1. **The old town**, early in the morning\n2. **The harbour and its")
        elif not _FaultyModel.failed_once:
            _FaultyModel.failed_once = True
            self._stream("The capital of")
        else:
            self._stream("Paris.", is_complete=True)

    def _refuse(self, status: int, message: str) -> None:
        body = json.dumps({"error": {"message": message}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, text: str, *, is_complete: bool = False) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in re.findall(r"\S+\s*", text):
            self._send({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
        if is_complete:
            self._send({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, chunk: object) -> None:
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def faulty_model() -> Generator[str]:
    """Run the faulty model's server until the block ends. Yields a value for OPENAI_BASE_URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _FaultyModel) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()
