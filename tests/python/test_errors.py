"""Errors: what they are, what they say, that they travel."""

from __future__ import annotations

import pickle

import pytest

import customerhealth as ch
import small
from customerhealth.errors import unknown, with_suggestion


def test_every_error_is_also_the_builtin_that_people_expect() -> None:
    assert issubclass(ch.FormulaError, ch.ModelError)
    for kind in (ch.ModelError, ch.DataError):
        assert issubclass(kind, ch.Error)
        assert issubclass(kind, ValueError)
    assert issubclass(ch.UnknownNameError, ch.DataError)
    assert issubclass(ch.UnknownNameError, KeyError)


def test_five_mistakes_are_five_problems_with_their_paths() -> None:
    broken = small.document()
    broken["tabels"] = {}
    broken["metrics"]["events"]["agg"] = "cuont"
    broken["metrics"]["per_user"]["formula"] = "events / "
    broken["scores"]["health"]["measures"]["activity"]["score"] = "activty"
    broken["scores"]["health"]["grades"][1]["name"] = "red"
    with pytest.raises(ch.ModelError) as caught:
        ch.Model.parse(broken)
    paths = [problem.path for problem in caught.value.problems]
    assert len(paths) == 5
    assert {"tabels", "metrics.events.agg", "metrics.per_user.formula"} <= set(paths)
    assert any(path.startswith("scores.health.measures.activity") for path in paths)
    assert any(path.startswith("scores.health.grades") for path in paths)
    text = str(caught.value)
    assert text.startswith("5 problems")
    assert "did you mean 'count'" in text
    assert "did you mean 'activity'" in text
    assert all(path in text for path in paths)


def test_a_formula_error_points_at_the_place() -> None:
    broken = small.document()
    broken["metrics"]["per_user"]["formula"] = "events / usres"
    with pytest.raises(ch.ModelError) as caught:
        ch.Model.parse(broken)
    (problem,) = caught.value.problems
    assert problem.position == 9
    lines = problem.message.splitlines()
    caret = next(line for line in lines if line.strip() == "^")
    formula = lines[lines.index(caret) - 1]
    assert formula[caret.index("^") :] == "usres"
    assert "users" in problem.message


@pytest.mark.parametrize(
    "error",
    [
        ch.Error("plain"),
        ch.ModelError("one\ntwo", [("a.b", "wrong", 3), ("", "also", None)]),
        ch.FormulaError("formula", [("", "wrong", 7)]),
        ch.DataError("no", "usage", "at", 7, 3),
        ch.UnknownNameError("no such thing", "usage"),
    ],
)
def test_errors_survive_pickling(error: ch.Error) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_a_real_error_survives_pickling() -> None:
    with pytest.raises(ch.ModelError) as caught:
        ch.Model.parse({"format": 2})
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert str(again) == str(caught.value)


def test_messages_are_text_not_tuples() -> None:
    assert str(ch.UnknownNameError("no 'x'")) == "no 'x'"
    assert str(ch.DataError("no", "usage", "at", 7, 3)) == "no"


@pytest.mark.parametrize(
    ("name", "there", "words"),
    [
        ("helth", ["health", "growth"], "did you mean 'health'?"),
        ("zzz", ["health", "growth"], "expected one of health, growth"),
        ("zzz", ["health"], "expected health"),
        ("", ["health"], "expected health"),
        ("zzz", [], "there are none to choose from"),
        (7, ["health"], "expected health"),
    ],
)
def test_an_unknown_name_says_what_could_have_been_written(name: object, there: list[str], words: str) -> None:
    error = unknown("the model has no score", name, there)
    assert isinstance(error, ch.UnknownNameError)
    assert str(error) == f"the model has no score '{name}': {words}"
    assert (error.table, error.column, error.row) == ("", str(name), None)


def test_the_names_to_choose_from_may_come_one_by_one() -> None:
    assert str(unknown("no", "b", (name for name in "xyz"))) == "no 'b': expected one of x, y, z"


def test_an_unknown_name_may_be_that_of_a_table_or_stand_for_a_column() -> None:
    table = unknown("the model has no table", "evnts", ["events"], table="evnts", column="")
    assert (table.table, table.column) == ("evnts", "")
    assert unknown("the score 'health' has no grade", "red", [], column="health").column == "health"


def test_a_suggestion_may_end_any_sentence() -> None:
    assert with_suggestion("outcome: there is no column at", "at", ["on"]) == (
        "outcome: there is no column at: expected on"
    )
