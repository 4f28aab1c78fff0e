"""The examples in the docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import customerhealth

MODULES = ["customerhealth"] + [
    f"{package.__name__}.{module.name}"
    for package in (customerhealth, customerhealth.clv)
    for module in pkgutil.iter_modules(package.__path__)
    if not module.name.startswith("_")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_every_public_method_has_a_docstring() -> None:
    for owner in (customerhealth.Model, customerhealth.Portfolio, customerhealth.Panel, customerhealth.Explanation):
        for name, member in inspect.getmembers(owner):
            if not name.startswith("_"):
                assert inspect.getdoc(member), f"{owner.__name__}.{name} does not say what it does"
