"""Errors of a model server: recognizing them, the lines for the user, and whether another attempt may help."""

import re

import httpx2
import openai
from sqlalchemy.exc import SQLAlchemyError

from ..http import retry_after
from ..language import LineId
from ..logs import cause_of, causes_of
from .connection import describe_failed_connection


class EmptyAnswerError(openai.OpenAIError):
    """The answer has no text."""


class NoTokensLeftError(openai.OpenAIError):
    """The token limit was reached before the first word, by hidden reasoning or a tool call."""


class EndlessToolCallsError(openai.OpenAIError):
    """The model called tools when it had to answer."""


class ContextTooLongError(openai.OpenAIError):
    """The request has more tokens than the model can take."""


class QuestionFilteredError(openai.OpenAIError):
    """The model's content filter refused the question."""


class BlindModelError(openai.OpenAIError):
    """The model cannot see pictures."""


class AnswerFilteredError(openai.OpenAIError):
    """The model's content filter ended the answer."""


class FirstWordTimeoutError(openai.OpenAIError):
    """The model sent no word in time."""


class AnswerStalledError(openai.OpenAIError):
    """The model fell silent in the middle of the answer."""


class AnswerLostError(openai.OpenAIError):
    """The answer ended before it was whole."""


class MalformedAnswerError(openai.OpenAIError):
    """The server sent something that its API does not have."""


class SignInError(openai.OpenAIError):
    """Entra ID gave no token for the model."""


class NotRememberedError(Exception):
    """The answer was delivered, but the conversation's history could not be written."""


# Compatible servers have no common code for a context that is too long. vLLM names the maximum context or model length,
# llama.cpp the context size, LiteLLM a ContextWindowExceededError, Gemini a number of tokens, Anthropic a long prompt,
# GitHub Models a limit of tokens.
_CONTEXT_TOO_LONG = re.compile(
    r"context[ _-]?(length|size|window)|maximum model length|exceeds the maximum number of tokens|prompt is too long"
    r"|tokens_limit_reached|string_above_max_length",
    re.IGNORECASE,
)
_FILTERED = re.compile(r"\b(content_filter|invalid_prompt|content_?policy_?violation(error)?)\b", re.IGNORECASE)
# Nor do they for a model that cannot see pictures. OpenAI and Azure name the part of the message, vLLM the kind of the
# model or the number of pictures, llama.cpp and OpenRouter the missing support, DeepSeek and Groq the type they want.
_BLIND = re.compile(
    r"image_url is only supported|unknown variant .?image_url|content\b.{0,12}must be a string"
    r"|(not|n't) (support|accept|process|handle)\w* (image|vision|picture|multi-?modal)"
    r"|(image|vision|picture|multi-?modal)[\w ]{0,20} (is|are) not (supported|enabled|accepted|allowed)"
    r"|no endpoints found that support image|not a multi-?modal model|at most 0 image|required for image input",
    re.IGNORECASE,
)
# Gateways such as LiteLLM send 400 for other statuses of the model's server, with the status as code. The name of the
# model must be directly between the words, since a sentence about a tool or a parameter may name the model, too.
_NAME = r"""(?:['"`][^'"`]{1,100}['"`]|[^\s'"`]{1,100})"""
_NO_SUCH_MODEL = re.compile(
    r"(?:no such|unknown|unsupported|invalid) model(?: name| id)?"
    r"(?= ?(?:[:,.'\"`(=]|$)| (?:passed|specified|requested)\b| [\w./:@-]*[-./@\d])"
    rf"|not a valid model|no deployments? available|model identifier is invalid|\bmodels/\S{{1,100}} is not found"
    rf"|\bmodel(?: name| id)?[:=]? ?(?:{_NAME} )?(?:(?:is|was|does|could) )?"
    r"(?:not (?:be )?(?:exist|found|available)|(?:does)?n't exist)",
    re.IGNORECASE,
)
_NOT_LET_IN = re.compile(
    r"(invalid|incorrect|missing|wrong|expired)[ _](\w{1,40}[ _])?api[ _-]?key"
    r"|api[ _-]?key (is )?(not valid|invalid|expired|missing)"
    r"|authentication[ _]?error|no connected db",
    re.IGNORECASE,
)
_UNAUTHORIZED = re.compile(
    r"unauthorized\b\W*(?=$|[:.,;!(]|(?:access|request|client|user|api|key|token)\b)", re.IGNORECASE
)
_QUOTA_USED_UP = re.compile(
    r"exceeded your current quota|insufficient[ _](quota|balance|credits?|funds)|credit balance is too low"
    r"|(out of|no) credits|budget[ _](has been )?exceeded|budgetexceeded|billing[ _]hard[ _]limit|not enough credits",
    re.IGNORECASE,
)
# Gemini uses the words of a used up quota also for a limit per minute, and then says when to retry.
_COMES_BACK = re.compile(r"(retry|try again) (in|after)|per minute", re.IGNORECASE)
# Longer values, and values with spaces, are words of the server.
_CODE = re.compile(r"[\w.-]{1,60}")
_QUOTA_CODES = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_NOT_FOUND_CODES = ("model_not_found", "DeploymentNotFound")


def status_of(error: openai.APIError) -> int | None:
    """The HTTP status, which some servers send as the code of an error within a stream; None if there is none."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code
    return int(error.code) if error.code and re.fullmatch(r"[45]\d\d", error.code) else None


def is_quota_error(error: openai.APIError) -> bool:
    """True if the model answers again only after a payment."""
    status = status_of(error)
    if error.code in _QUOTA_CODES or status == 402:
        return True
    is_said = status in (None, 400, 403, 429) and _QUOTA_USED_UP.search(_words_of(error))
    return bool(is_said) and not _COMES_BACK.search(error.message)


def _words_of(error: openai.APIError) -> str:
    return f"{error.code} {error.type} {error.message}"


def recognize(error: openai.OpenAIError, *, has_begun: bool, has_pictures: bool) -> openai.OpenAIError:
    """The error itself, or a more exact one for a failure that each server words in its own way.

    Args:
        error: the exception of the client.
        has_begun: true if the user has seen text of the answer.
        has_pictures: true if the request has pictures.
    """
    if not isinstance(error, openai.APIError):
        return error
    words = _words_of(error)
    if _FILTERED.search(words):
        return AnswerFilteredError(error.message) if has_begun else QuestionFilteredError(error.message)
    status = status_of(error)
    if not has_begun and (status == 413 or (status in (None, 400, 422) and _CONTEXT_TOO_LONG.search(words))):
        return ContextTooLongError(error.message)
    if has_pictures and not has_begun and status in (None, 400, 404, 415, 422, 500, 501) and _BLIND.search(words):
        return BlindModelError(error.message)
    return error


def may_repeat_question(error: BaseException) -> bool:
    """True if the words of the error are those of a model server, which may quote the question."""
    return any(isinstance(each, openai.OpenAIError) for each in causes_of(error))


def describe_for_log(error: BaseException) -> str:
    """The error for the log. Of errors that may quote the question only kinds, statuses and codes are logged."""
    if not may_repeat_question(error):
        return cause_of(error)
    if connection := describe_failed_connection(error):
        return connection
    return ", because of ".join(_describe(each) for each in causes_of(error))


def _describe(error: BaseException) -> str:
    match error:
        case FirstWordTimeoutError() | SignInError() | OSError() | httpx2.TransportError() if str(error):
            return f"{type(error).__name__}: {' '.join(str(error).split())}"
        case openai.APIError():
            fields = {"status": status_of(error), "code": error.code, "type": error.type}
            facts = [f"{name} {value}" for name, value in fields.items() if value and _CODE.fullmatch(str(value))]
            return f"{type(error).__name__} ({', '.join(facts)})" if facts else type(error).__name__
        case _:
            return type(error).__name__


def line_for(error: Exception) -> LineId:
    """The line that tells the user about an error."""
    match error:
        case EmptyAnswerError():
            return "empty-answer"
        case NoTokensLeftError():
            return "no-tokens-left"
        case EndlessToolCallsError():
            return "endless-tool-calls"
        case ContextTooLongError():
            return "context-too-long"
        case BlindModelError():
            return "model-without-vision"
        case QuestionFilteredError():
            return "question-filtered"
        case AnswerFilteredError():
            return "answer-filtered"
        case AnswerStalledError():
            return "answer-stalled"
        case AnswerLostError():
            return "answer-lost"
        case openai.APITimeoutError(__cause__=httpx2.ConnectTimeout()):
            return "model-unreachable"
        case FirstWordTimeoutError() | openai.APITimeoutError():
            return "model-slow"
        case openai.APIConnectionError():
            return "model-unreachable"
        case MalformedAnswerError():
            return "answer-malformed"
        case SignInError():
            return "model-rejected-credentials"
        case openai.APIError():
            return _line_for_refusal(error)
        case openai.OpenAIError():
            return "model-failed"
        case SQLAlchemyError():
            return "memory-unreachable"
        case NotRememberedError():
            return "not-remembered"
        case _:
            return "went-wrong"


def _line_for_refusal(error: openai.APIError) -> LineId:
    """The line for an error that the model server reports, by a status or within a stream."""
    if is_quota_error(error):
        return "model-quota"
    words, status = _words_of(error), status_of(error)
    may_be_another = status in (None, 400, 422)
    if error.code in _NOT_FOUND_CODES or (may_be_another and _NO_SUCH_MODEL.search(words)):
        return "model-not-found"
    is_unauthorized = any(_UNAUTHORIZED.match(part or "") for part in (error.code, error.type, error.message))
    if may_be_another and (is_unauthorized or _NOT_LET_IN.search(words)):
        return "model-rejected-credentials"
    if error.code == "rate_limit_exceeded":
        return "model-busy"
    match status:
        case 401 | 403:
            return "model-rejected-credentials"
        case 301 | 302 | 303 | 307 | 308 | 404 | 405:
            return "model-not-found"
        case 408 | 504 | 524:
            return "model-slow"
        case 429:
            return "model-busy"
        case 400 | 422:
            return "model-rejected-request"
        case _:
            return "model-failed"


_TRANSIENT_CODES = ("server_error", "rate_limit_exceeded")


def is_transient(error: openai.OpenAIError) -> bool:
    """True if another attempt may succeed."""
    if isinstance(error, AnswerLostError | openai.APIConnectionError):
        return True
    if not isinstance(error, openai.APIError) or is_quota_error(error):
        return False
    if isinstance(error, openai.APIStatusError) and error.response.headers.get("x-should-retry") == "false":
        return False
    status = status_of(error) or 0
    return status in (408, 409, 429) or status >= 500 or error.code in _TRANSIENT_CODES


def requested_wait(error: openai.OpenAIError) -> float:
    """The seconds that the server asks to wait; 0 if it asks for none."""
    return retry_after(error.response.headers) if isinstance(error, openai.APIStatusError) else 0.0
