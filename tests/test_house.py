"""House rules of the tests that no linter knows."""

import ast
from pathlib import Path

LONGEST_NAME = 60  # characters

TESTS = Path(__file__).parent


def test_test_names_are_short():
    names = [
        (path.relative_to(TESTS).as_posix(), node.name)
        for path in sorted(TESTS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]

    assert len(names) > 1000
    assert [(path, name) for path, name in names if len(name) > LONGEST_NAME] == []
