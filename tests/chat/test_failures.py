"""What a person is told of failures that the tests over HTTP do not bring about."""

import httpx2
import openai

from parley.chat import explain


def test_a_model_that_takes_too_long_is_told_as_such():
    timeout = openai.APITimeoutError(httpx2.Request("POST", "http://model"))

    assert explain(timeout).startswith("The language model took too long")


def test_what_nobody_foresaw_is_told_without_its_text():
    assert explain(RuntimeError("inner workings")) == "Something went wrong on my side. Please ask again in a moment."
