"""How the packages of Parley depend on each other."""

import ast
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import parley

SOURCE = Path(parley.__file__).parent


def imports() -> dict[str, set[str]]:
    """The packages and modules directly below `parley`, each with those of them that it imports."""
    graph: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        inside = path.relative_to(SOURCE.parent)
        package = ".".join(inside.parent.parts)
        name = inside.with_suffix("").parts[1]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                module = resolve_name("." * node.level + (node.module or ""), package)
                modules = [module] if module != "parley" else [f"parley.{alias.name}" for alias in node.names]
                graph.setdefault(name, set()).update(module.split(".")[1] for module in modules)
    return {name: imported - {name} for name, imported in graph.items()}


def test_no_packages_import_each_other_in_a_cycle():
    order = [*TopologicalSorter(imports()).static_order()]

    assert order.index("storage") < order.index("chat") < order.index("handlers") < order.index("app")


def test_only_the_composition_root_knows_the_handlers():
    assert [name for name, imported in imports().items() if "handlers" in imported] == ["app"]
