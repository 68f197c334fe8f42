"""Small sums."""

import ast
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Context, Decimal, localcontext

from babel.numbers import NumberFormatError, format_decimal, parse_decimal

# The sum in a short question: numbers, operators, brackets. What follows it is punctuation, Chinese or Japanese.
_SUM = re.compile(
    r"^(?P<before>[^\d(+-]{0,40}?)(?P<sum>[-+(]*+\d[\d\s.,+\-*/^()%]*+)=?\s*+[\u3040-\u30ff\u4e00-\u9fff]{0,8}+"
    r"[?\N{FULLWIDTH QUESTION MARK}.!]?\s*$"
)
_NUMBER = re.compile(r"\d[\d.,]*(?<![.,])")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?|\d\d?([./])\d\d?\1\d{4}")
_OPERATION = re.compile(r"[\d)%]\s*[-+*/^][-+*/^(\s]*\d")

# A percent sign before an operand may mean a remainder; a percentage that is added may be one of the other operand.
_AMBIGUOUS = re.compile(r"%\s*[\d(]|[\d)%]\s*[-+][-+(\s]*\d[\d.,]*\s*%(?!\s*[*/])")

# A difference or a quotient without spaces counts by itself, and behind words that ask for a sum. In other sentences
# it may be a telephone number, or `24/7`.
_TIGHT = re.compile(r"\d[-/]\d")
_ASKING = re.compile(
    r"\W*(?:(?:what(?:.s| is)|how much is|calculate|was (?:ist|sind|ergibt)|wie ?viel (?:ist|sind|ergibt)"
    r"|berechne|rechne|combien (?:font|fait)|cu[aá]nto (?:es|son)|quanto (?:é|são|dá)|计算|計算)\W*)?",
    re.IGNORECASE,
)
_LONGEST = 100  # characters

# Words and signs for the operators, and the percent signs of `15% of 80`.
_SPELLINGS = [
    (re.compile(pattern, re.IGNORECASE), sign)
    for pattern, sign in (
        (r"\*\*", "^"),
        (r"[\N{MULTIPLICATION SIGN}·]|(?<=[\d)])\s*x\s*(?=[\d(])", "*"),
        (r"\b(?:times|mal|fois|multiplicado por|vezes)\b|乘以|かける", "*"),
        (r"÷|(?<=[\d)])\s*:\s*(?=[\d(])|\b(?:divided by|geteilt durch|divisé par|dividido (?:por|entre))\b|除以", "/"),
        (r"\b(?:plus|más|mais)\b|加上?|[+]", "+"),
        (r"[\N{MINUS SIGN}\N{EN DASH}]|\b(?:minus|moins|menos)\b|减去?", "-"),
        (r"%\s*(?:of|von|de|do|du|del|の|的)\s*", "%*"),
    )
]

_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: Decimal.__add__,
    ast.Sub: Decimal.__sub__,
    ast.Mult: Decimal.__mul__,
    ast.Div: Decimal.__truediv__,
    ast.Pow: Decimal.__pow__,
}

_TEN_DIGITS = Context(prec=10)

# Zeros before or behind those digits, at most.
_MOST_ZEROS = 30
_ALL_DIGITS = Context(prec=3 * _MOST_ZEROS)


def find_sum(question: str) -> str | None:
    """The sum that a question asks for, in ASCII; None if it asks for none."""
    if len(question) > _LONGEST or _DATE.search(question):
        return None
    question = " ".join(question.split())
    for pattern, sign in _SPELLINGS:
        question = pattern.sub(sign, question)
    found = _SUM.match(question)
    if not found or not _OPERATION.search(found["sum"]) or _AMBIGUOUS.search(found["sum"]):
        return None
    if _TIGHT.search(found["sum"]) and not _ASKING.fullmatch(found["before"]):
        return None
    return found["sum"].strip()


def calculate(sum: str, locale: str) -> str | None:
    """The result of a sum in the number format of the locale, with at most ten digits; None if there is none.

    A sum with numbers in the format of another locale, such as `1,5 + 2` in English, has its result in that format.
    """
    for format in (locale, "en", "de"):
        with suppress(NumberFormatError):
            try:
                result = _evaluate(sum, format)
            except (ArithmeticError, SyntaxError, RecursionError, MemoryError):
                return None
            with localcontext(_ALL_DIGITS):
                return format_decimal(result, format="#,##0.#", locale=format, decimal_quantization=False)
    return None


def _evaluate(sum: str, locale: str) -> Decimal:
    numbers = _NUMBER.sub(lambda number: str(parse_decimal(number[0], locale=locale, strict=True)), sum)
    expression = "".join(numbers.split()).replace("^", "**").replace("%", "/100")
    result = _TEN_DIGITS.plus(_value(ast.parse(expression, mode="eval").body))
    if not result.is_finite() or (result and abs(result.adjusted()) > _MOST_ZEROS):
        raise ArithmeticError(sum)
    return result


def _value(node: ast.expr) -> Decimal:
    match node:
        case ast.Constant(int() | float() as number) if not isinstance(number, bool):
            return Decimal(str(number))
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand)
        case ast.UnaryOp(ast.UAdd(), operand):
            return _value(operand)
        case ast.BinOp(left, sign, right) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(left), _value(right))
        case _:
            raise SyntaxError(ast.dump(node))
