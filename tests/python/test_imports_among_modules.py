"""The modules of the package import each other in one direction."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import customerhealth

PACKAGE = Path(customerhealth.__file__).parent


def modules(package: Path) -> dict[str, Path]:
    """By name; a folder is the name of its ``__init__``."""
    found = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports(name: str, path: Path, known: set[str]) -> set[str]:
    """The modules of the package that one imports, wherever in it: in functions and for type checking too."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            here = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:  # a name of the module, or a module in the folder
                inside = f"{module}.{alias.name}"
                found.add(inside if inside in known or inside.endswith("._core") else module)
    return (found & known) - {name}


def circle(package: Path) -> list[str]:
    """The modules of a circle of imports, each importing the one after it; empty where there is none."""
    there = modules(package)
    graph = {name: imports(name, path, set(there)) for name, path in there.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not circle(PACKAGE), " -> ".join(circle(PACKAGE))


@pytest.mark.parametrize(
    "line",
    [
        "from .low import thing",
        "from . import low",
        "import made_up.low",
        "from made_up.low import thing",
        "def later() -> None:\n    from .low import thing",
        "if TYPE_CHECKING:\n    from .low import thing",
    ],
)
def test_a_circle_is_named(tmp_path: Path, line: str) -> None:
    package = tmp_path / "made_up"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("from .inner.high import face\n")
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "high.py").write_text("from ..low import thing\n")
    (package / "low.py").write_text("from .middle import more\n")
    (package / "middle.py").write_text("")
    assert circle(package) == []
    (package / "middle.py").write_text(line + "\n")
    assert sorted(set(circle(package))) == ["made_up.low", "made_up.middle"]


def test_a_folder_may_be_part_of_a_circle(tmp_path: Path) -> None:
    package = tmp_path / "made_up"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "inner" / "__init__.py").write_text("from .high import face\n")
    (package / "inner" / "high.py").write_text("from ..low import thing\n")
    (package / "low.py").write_text("from .inner import face\n")
    assert circle(package)[0] == circle(package)[-1]
    assert set(circle(package)) == {"made_up.inner", "made_up.inner.high", "made_up.low"}
