"""The examples in the docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import customerhealth

MODULES = ["customerhealth"] + [
    module.name
    for module in pkgutil.walk_packages(customerhealth.__path__, "customerhealth.")
    if not module.name.rpartition(".")[2].startswith("_")
]


INSIDE_AIRFLOW = {f"customerhealth.airflow.{name}" for name in ("decorators", "operators", "sensors", "triggers")}


@pytest.mark.parametrize("name", sorted(set(MODULES) - INSIDE_AIRFLOW))
def test_the_examples_hold(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_modules_in_folders_are_found() -> None:
    files = {
        ".".join(("customerhealth", *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__")
        for package in map(Path, customerhealth.__path__)
        for path in package.rglob("*.py")
    }
    assert set(MODULES) == {name for name in files if not name.rpartition(".")[2].startswith("_")}


def test_only_modules_that_subclass_airflow_s_are_left_out() -> None:
    """Airflow is not installed here; `.ci/run airflow` imports these."""
    for name in INSIDE_AIRFLOW:
        text = Path(customerhealth.__path__[0], *name.split(".")[1:]).with_suffix(".py").read_text(encoding="utf-8")
        assert "\nfrom airflow." in text or "\n    from airflow." in text
        assert ">>>" not in text, "an example that does not run"


def test_every_public_method_has_a_docstring() -> None:
    for owner in (customerhealth.Model, customerhealth.Portfolio, customerhealth.Panel, customerhealth.Explanation):
        fields = getattr(owner, "__dataclass_fields__", {})  # the class's docstring lists them
        for name, member in inspect.getmembers(owner):
            if not name.startswith("_") and name not in fields:
                assert inspect.getdoc(member), f"{owner.__name__}.{name} does not say what it does"
