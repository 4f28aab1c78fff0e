"""The tests themselves: what they share lives in modules that are no tests."""

from __future__ import annotations

import ast
from pathlib import Path

HERE = Path(__file__).parent


def imported(source: str) -> set[str]:
    """The names of the modules that a source file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_no_test_module_imports_another() -> None:
    modules = {path.stem: imported(path.read_text(encoding="utf-8")) for path in HERE.glob("test_*.py")}
    assert len(modules) > 50
    from_tests = {name: sorted(modules.keys() & names) for name, names in modules.items() if modules.keys() & names}
    assert not from_tests, "builders that tests share belong into a module of their own, such as lives.py"


def test_an_import_inside_a_function_is_found() -> None:
    assert imported("def f():\n    from test_life import day\n    import test_rows") == {"test_life", "test_rows"}
