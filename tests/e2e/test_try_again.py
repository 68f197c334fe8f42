"""Tests of "Try again" in the Agents Playground, after a failure because the model's server was not running."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from doubles.lines import line
from doubles.machine import free_port

from .playground_page import Playground
from .stage import BOT_LOG, Stage

pytestmark = [pytest.mark.playground, pytest.mark.process]

TRY_AGAIN = line("try-again")


@pytest.fixture(scope="module")
def model_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def settings(model_port: int) -> dict[str, str]:
    return {"OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1", "OPENAI_MODEL": "capital"}


class _Answer(BaseHTTPRequestHandler):
    """A server that answers each question of the Chat Completions API with "Paris."."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        chunk = {"choices": [{"index": 0, "delta": {"content": "Paris."}, "finish_reason": "stop"}]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering(port: int) -> Generator[None]:
    """Run the model's server until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", port), _Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def test_a_click_on_try_again_puts_the_answer_in_place(playground: Playground, stage: Stage, model_port: int) -> None:
    chat = playground.personal_chat()
    number = chat.answers.count()
    failed = chat.ask("What is the capital of France?")
    assert failed.text.startswith(f"⚠️ {line('model-unreachable')}") and "OPENAI_BASE_URL" in failed.text
    chat.wait_until(number + 1, line("offer-to-try-again"))
    assert chat.starters.all_inner_texts() == [TRY_AGAIN]

    with answering(model_port):
        chat.click(TRY_AGAIN)
        answer = chat.wait_for(number, "Paris.")

    assert answer.text == "Paris." and answer.has_ai_label
    assert chat.answers.count() == number + 2  # in Teams the offer is deleted
    log = (stage.directory / BOT_LOG).read_text(encoding="utf-8")
    assert log.count(f"connection refused at http://127.0.0.1:{model_port}/v1") == 1


def test_a_click_that_fails_again_offers_another_one(playground: Playground, model_port: int) -> None:
    chat = playground.personal_chat()
    number = chat.answers.count()
    chat.ask("What is the capital of Italy?")
    chat.wait_until(number + 1, line("offer-to-try-again"))

    chat.click(TRY_AGAIN)
    chat.wait_until(number + 2, line("offer-to-try-again"))
    with answering(model_port):
        chat.click(TRY_AGAIN)
        answer = chat.wait_for(number, "Paris.")

    assert answer.text == "Paris."
