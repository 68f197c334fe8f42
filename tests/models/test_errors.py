"""The lines for errors that the tests over HTTP do not cause."""

import httpx2
import openai
import pytest
from sqlalchemy.exc import SQLAlchemyError

from doubles.cpu import cpu_time
from doubles.lines import line
from parley.models import line_for
from parley.models.errors import (
    AnswerFilteredError,
    AnswerLostError,
    AnswerStalledError,
    ContextTooLongError,
    EmptyAnswerError,
    EndlessToolCallsError,
    FirstWordTimeoutError,
    MalformedAnswerError,
    NoTokensLeftError,
    NotRememberedError,
    QuestionFilteredError,
    SignInError,
    is_transient,
)

REQUEST = httpx2.Request("POST", "http://model")


def refused(
    kind: type[openai.APIStatusError], status: int, code: str | None = None, message: str = "inner workings"
) -> openai.APIStatusError:
    return kind(message, response=httpx2.Response(status, request=REQUEST), body={"code": code})


def reported(code: str) -> openai.APIError:
    """An error that a server reports within a stream."""
    return openai.APIError("inner workings", REQUEST, body={"code": code})


def line_of(fault: Exception) -> str:
    return line(line_for(fault))


FAULTS: list[Exception] = [
    refused(openai.AuthenticationError, 401),
    refused(openai.NotFoundError, 404),
    refused(openai.RateLimitError, 429),
    refused(openai.RateLimitError, 429, "insufficient_quota"),
    refused(openai.BadRequestError, 400),
    refused(openai.InternalServerError, 500),
    openai.APIConnectionError(request=REQUEST),
    AnswerFilteredError(),
    AnswerLostError(),
    AnswerStalledError(),
    ContextTooLongError(),
    EmptyAnswerError(),
    EndlessToolCallsError(),
    FirstWordTimeoutError(),
    MalformedAnswerError(),
    NoTokensLeftError(),
    NotRememberedError(),
    QuestionFilteredError(),
    SQLAlchemyError("inner workings"),
    RuntimeError("inner workings"),
]


def test_each_fault_has_a_line_of_its_own():
    lines = [line_of(fault) for fault in FAULTS]

    assert len(set(lines) | {line("cut-off")}) == len(FAULTS) + 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_no_line_contains_the_text_of_an_exception(fault: Exception):
    assert "inner workings" not in line_of(fault)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (reported("rate_limit_exceeded"), refused(openai.RateLimitError, 429)),
        (reported("insufficient_quota"), refused(openai.RateLimitError, 429, "insufficient_quota")),
        (reported("server_error"), refused(openai.InternalServerError, 500)),
        (reported("429"), refused(openai.RateLimitError, 429)),
        (reported("401"), refused(openai.AuthenticationError, 401)),
        (reported("404"), refused(openai.NotFoundError, 404)),
        (reported("503"), refused(openai.InternalServerError, 503)),
        (SignInError(), refused(openai.AuthenticationError, 401)),
        (refused(openai.APIStatusError, 402), refused(openai.RateLimitError, 429, "insufficient_quota")),
        (reported("billing_not_active"), reported("insufficient_quota")),
        (reported("billing_hard_limit_reached"), reported("insufficient_quota")),
        (refused(openai.BadRequestError, 400, "DeploymentNotFound"), refused(openai.NotFoundError, 404)),
        (refused(openai.APIStatusError, 405), refused(openai.NotFoundError, 404)),
        (refused(openai.BadRequestError, 400, "model_not_found"), refused(openai.NotFoundError, 404)),
        (refused(openai.PermissionDeniedError, 403), refused(openai.AuthenticationError, 401)),
        (refused(openai.UnprocessableEntityError, 422), refused(openai.BadRequestError, 400)),
        (openai.APITimeoutError(REQUEST), FirstWordTimeoutError()),
    ],
)
def test_the_same_fault_has_the_same_line_on_every_path(one: Exception, other: Exception):
    assert line_of(one) == line_of(other)


@pytest.mark.parametrize(
    "words",
    [
        "Invalid model name passed in model=nope. Call `/v1/models` to view available models for your key.",
        "nope is not a valid model ID",
        "Invalid model: nope",
        "Model Not Exist",
        "The model `nope` does not exist or you do not have access to it",
        "model 'nope' not found, try pulling it first",
        "No deployments available for selected model",
        "Unknown Model, please check the model code.",
        "The requested model 'nope' does not exist.",
        "Model nope not found",
        "The model: nope was not found.",
        "litellm.NotFoundError: model=nope not found",
        "The model `a/b-c:1.5` is not available in your region.",
        "Unsupported model: nope",
        "No such model: nope",
        "models/nope is not found for API version v1beta, or is not supported for generateContent.",
    ],
)
def test_words_may_report_an_unknown_model(words: str):
    assert line_for(refused(openai.BadRequestError, 400, "400", words)) == "model-not-found"


@pytest.mark.parametrize(
    "words",
    [
        "Authentication Error, No connected db.",
        "API key not valid. Please pass a valid API key.",
        "Incorrect API key provided",
        "invalid_api_key",
        "Unauthorized",
        "unauthorized: the key was revoked",
    ],
)
def test_words_may_report_a_wrong_key(words: str):
    assert line_for(refused(openai.BadRequestError, 400, "400", words)) == "model-rejected-credentials"


@pytest.mark.parametrize("code", ["unauthorized", "UNAUTHORIZED"])
def test_a_code_may_report_a_wrong_key(code: str):
    assert line_for(refused(openai.BadRequestError, 400, code, "no")) == "model-rejected-credentials"


@pytest.mark.parametrize(
    "words",
    [
        "This model does not support tools",
        "Invalid value for temperature: model says 5",
        "The model attempted to call tool 'foo' which was not found",
        "The model's closing tag was not found",
        "The model output is malformed: closing tag not found",
        "unknown model field 'x'",
        "Unknown model parameter: x",
        "Unsupported model option 'x'",
        "Invalid model output",
        "The model called a tool that does not exist",
        "Unauthorized tool name",
        "The tool is unauthorized",
    ],
)
def test_another_refusal_is_not_taken_for_an_unknown_model(words: str):
    assert line_for(refused(openai.BadRequestError, 400, "400", words)) == "model-rejected-request"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("litellm.RateLimitError: You exceeded your current quota, please check your plan", "model-quota"),
        ("Insufficient Balance", "model-quota"),
        ("Budget has been exceeded! Current cost: 1.0, Max budget: 0.5", "model-quota"),
        ("You exceeded your current quota. Please retry in 31.5s.", "model-busy"),
        ("Rate limit reached for requests per minute", "model-busy"),
    ],
)
def test_words_may_report_a_used_up_quota(words: str, expected: str):
    error = refused(openai.RateLimitError, 429, "429", words)

    assert line_for(error) == expected
    assert is_transient(error) is (expected == "model-busy")


@pytest.mark.parametrize("status", [408, 504, 524])
def test_a_status_may_report_a_timeout(status: int):
    assert line_for(refused(openai.APIStatusError, status)) == "model-slow"
    assert line_for(reported(str(status))) == "model-slow"


@pytest.mark.slow
@pytest.mark.parametrize("words", ["wrong_" * 10_000, "models/" * 9_000, "model " * 10_000, "api_key " * 8_000])
def test_words_of_any_length_are_read_in_little_time(words: str):
    with cpu_time() as cpu:
        line_of(refused(openai.BadRequestError, 400, message=words))

    assert cpu.seconds < 0.5  # seconds; unbounded the first took 7
