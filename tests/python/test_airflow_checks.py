"""Which findings fail a task, without Airflow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from customerhealth.airflow.findings import CHECKS, Rule, findings_met, rules_of, said
from customerhealth.airflow.provider import provider_info

ROOT = Path(__file__).parents[2]


def finding(table: str, check: str, rows: int, **changes: Any) -> dict[str, Any]:
    return {"table": table, "check": check, "rows": rows, "first_row": 3, "example": "x", "meaning": "m"} | changes


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("null_account", Rule(None, "null_account", 0)),
        ("orphans>100", Rule(None, "orphans", 101)),
        ("orphans >= 1_000", Rule(None, "orphans", 1000)),
        (" orphans > 1,000 ", Rule(None, "orphans", 1001)),
        ("usage.orphans>0", Rule("usage", "orphans", 1)),
        ("raw.usage.orphans", Rule("raw.usage", "orphans", 0)),
    ],
)
def test_a_rule_names_a_check_perhaps_a_table_and_how_many_rows(text: str, rule: Rule) -> None:
    assert rules_of(text, "fail_on") == (rule,)


@pytest.mark.parametrize("text", ["orphans<5", "orphans>", "orphans>-1", "> 5", "", "orphans>1%", "orphans=5", 7, None])
def test_what_is_no_rule_is_refused_when_the_dag_is_read(text: Any) -> None:
    with pytest.raises(ValueError, match="fail_on: expected a check such as"):
        rules_of([text], "fail_on")


def test_a_check_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"'orphan>5': there is no check 'orphan'; did you mean 'orphans'\?"):
        rules_of("orphan>5", "fail_on")
    with pytest.raises(ValueError, match="there is no check 'zzz'; there are after_2200, "):
        rules_of("zzz", "warn_on")


def test_the_checks_are_those_of_the_documentation() -> None:
    text = (ROOT / "docs/quality.md").read_text(encoding="utf-8")
    assert frozenset(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) == CHECKS


def test_a_bound_is_of_the_rows_of_one_finding() -> None:
    found = [finding("usage", "orphans", 100), finding("tickets", "orphans", 101), finding("usage", "no_rows", 0)]
    assert findings_met(rules_of("orphans>100", ""), found) == [found[1]]
    assert findings_met(rules_of("orphans>=100", ""), found) == found[:2]
    assert findings_met(rules_of("usage.orphans", ""), found) == [found[0]]
    assert findings_met(rules_of("no_rows", ""), found) == [found[2]]
    assert findings_met(rules_of("no_rows>0", ""), found) == []
    assert findings_met((), found) == []
    assert findings_met(None, found) == found


def test_a_finding_is_said_with_table_check_rows_and_example() -> None:
    assert said(finding("usage", "orphans", 1200)) == "usage: orphans in 1,200 rows, the first is row 3, such as x: m"
    assert said(finding("", "no_such_grade", 0, first_row=None, example="")) == "model: no_such_grade: m"


def test_the_provider_has_the_name_of_the_distribution() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nname = "{provider_info()["package-name"]}"\n' in text
    assert '\nprovider_info = "customerhealth.airflow.provider:provider_info"\n' in text


def test_what_airflow_is_told_are_modules_that_there_are() -> None:
    info = provider_info()
    named = [module for kind in ("operators", "sensors", "triggers") for module in info[kind][0]["python-modules"]]
    named += [info["task-decorators"][0]["class-name"].rpartition(".")[0]]
    for name in named:
        assert (ROOT / "python" / name.replace(".", "/")).with_suffix(".py").is_file()
