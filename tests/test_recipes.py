"""The recipes of docs/extending.md, applied to a copy of the repository: its checks still pass."""

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from doubles.machine import clean_environment

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[1]
RECIPES = (ROOT / "docs/extending.md").read_text(encoding="utf-8")

# The line of the handler in each language.
THANKS = {
    "de": "Danke schön.",
    "en": "Thank you.",
    "es": "Gracias.",
    "fr": "Merci.",
    "ja": "ありがとうございます。",
    "pt-BR": "Obrigado.",
    "zh-CN": "谢谢。",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with another handler, another tool and another language."""
    made = shutil.ignore_patterns(".*", "__pycache__", "*.db*")
    copy = Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("recipes") / "copy", ignore=made))
    add_handler(copy / "src/parley/handlers", copy / "src/parley/language/catalogues")
    add_tool(copy / "src/parley/tools")
    add_language(copy / "src/parley/language/catalogues")
    return copy


def add_handler(handlers: Path, catalogues: Path) -> None:
    (handlers / "reactions.py").write_text(code_of("Thanks for a reaction."), encoding="utf-8")
    replace(handlers / "__init__.py", "message_updates, tenant_guard", "message_updates, reactions, tenant_guard")
    replace(handlers / "__init__.py", "welcome, feedback)", "welcome, feedback, reactions)")
    assert f"`thanks = {THANKS['en']}`" in RECIPES
    for catalogue in catalogues.glob("*.ftl"):
        with catalogue.open("a", encoding="utf-8") as lines:
            lines.write(f"\nthanks = {THANKS[catalogue.stem]}\n")


def add_tool(tools: Path) -> None:
    (tools / "price.py").write_text(code_of("The tool for prices."), encoding="utf-8")
    replace(tools / "__init__.py", "from .tool import", "from .price import price\nfrom .tool import")
    replace(tools / "__init__.py", ", conversation_members)", ", conversation_members, price)")


def add_language(catalogues: Path) -> None:
    """Add a catalogue with the lines of another language: only a translator could write its own."""
    shutil.copy(catalogues / "de.ftl", catalogues / "nl.ftl")


def code_of(docstring: str) -> str:
    """The example that begins with a docstring."""
    blocks = re.findall(r"^( *)```python\n(.*?)^\1```", RECIPES, re.MULTILINE | re.DOTALL)
    [code] = [code for _, block in blocks if (code := textwrap.dedent(block)).startswith(f'"""{docstring}"""')]
    return code


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


TESTS = ("pytest", "-q", "--maxfail=5", "-p", "no:cacheprovider", "-m", "not process and not slow")


@pytest.mark.parametrize(
    "check",
    [
        ("ruff", "check", "src"),
        ("ruff", "format", "--check", "src"),
        (*TESTS, "tests/handlers"),
        (*TESTS, "tests/tools"),
        (*TESTS, "tests/language", "tests/test_imports.py"),
    ],
    ids=["lint", "format", "handlers", "tools", "language"],
)
def test_the_checks_pass_after_each_recipe_was_followed(copy: Path, check: tuple[str, ...]):
    environment = clean_environment(PYTHONPATH=str(copy / "src"), PYTHONDONTWRITEBYTECODE="1")
    # The copy must not count in the coverage of this tree.
    environment = {name: value for name, value in environment.items() if not name.startswith("COV")}

    done = subprocess.run(
        [sys.executable, "-m", *check], cwd=copy, env=environment, capture_output=True, text=True, timeout=500
    )

    assert done.returncode == 0, done.stdout + done.stderr
