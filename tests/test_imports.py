"""The rooms of Parley and the arrows between them: an import leads down."""

import ast
from importlib.util import resolve_name
from pathlib import Path

import parley

SOURCE = Path(parley.__file__).parent

# The packages and modules directly below `parley`. Each imports from lines below its own only.
LAYERS = [
    "__main__",
    "terminal",
    "serving",
    "app",
    "handlers probes",
    "attachments feedback gate inbox teams",
    "chat",
    "replies",
    "models",
    "language limits markdown tools",
    "connection_limits extraction settings background storage turn",
    "fair_semaphore http logs operator_errors text",
]


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


def test_every_room_has_its_layer():
    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert rooms - {"__init__"} == set(" ".join(LAYERS).split())


def test_imports_lead_to_lower_layers():
    layer_of = {room: number for number, layer in enumerate(LAYERS) for room in layer.split()}
    arrows = [(room, other) for room, imported in imports().items() for other in imported]

    assert [arrow for arrow in arrows if layer_of[arrow[0]] >= layer_of[arrow[1]]] == []


def test_only_the_composition_root_knows_the_handlers():
    assert [name for name, imported in imports().items() if "handlers" in imported] == ["app"]
