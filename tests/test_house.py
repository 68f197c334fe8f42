"""Rules for names and docstrings that no linter checks."""

import ast
from pathlib import Path

LONGEST_NAME = 60  # characters

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent


def test_test_names_are_short():
    names = [
        (path.relative_to(TESTS).as_posix(), node.name)
        for path in sorted(TESTS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]

    assert len(names) > 1000
    assert [(path, name) for path, name in names if len(name) > LONGEST_NAME] == []


def test_docstrings_begin_with_what_a_thing_is_or_does():
    """A clause, for example "What the tools may know", makes a reader wait for the noun."""
    begin = "What Whether Whom Who Which That How When Where As For If".split()
    texts = [
        (path.relative_to(REPOSITORY).as_posix(), node.value.value)
        for folder in ("src", "tests", "scripts", "examples")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]

    assert len(texts) > 2000
    assert [(path, text) for path, text in texts if text.split()[0] in begin] == []
