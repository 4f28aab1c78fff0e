"""What an explanation says of the changes since the row before: how many, in which order, and what they sum to."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

import customerhealth as ch


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        (1, ["m0: rose from 0 to 7"]),
        (5, [f"m{m}: rose from 0 to {7 * (m + 1)}" for m in (4, 3, 2, 1, 0)]),
        (6, [*(f"m{m}: rose from 0 to {7 * (m + 1)}" for m in (5, 4, 3, 2)), "2 smaller changes together"]),
    ],
)
def test_five_changes_are_told_largest_first_and_the_rest_together(measures: int, words: list[str]) -> None:
    names = [f"m{m}" for m in range(measures)]
    document = {
        "format": 1,
        "tables": {"a": {"kind": "accounts", "account": "id", "known": "known"}},
        "metrics": {name: {"formula": f"a.{name}"} for name in names},
        "scores": {
            "s": {
                "combine": "sum",
                "scale": [0, 1000],
                "measures": {name: {"value": name, "identity": True} for name in names},
            }
        },
    }
    columns = {name: [0.0, 7.0 * (m + 1)] for m, name in enumerate(names)}
    known = [date(2026, 5, 1), date(2026, 6, 1)]
    portfolio = ch.Portfolio(ch.Model.parse(document), a=pa.table({"id": ["k", "k"], "known": known, **columns}))
    since = portfolio.score(["2026-05-15", "2026-06-15"]).explain("k").scores[0].since
    assert since is not None
    assert [step.words for step in since.steps] == words
    assert since.change == pytest.approx(sum(7 * (m + 1) for m in range(measures)))
    assert sum(step.adds or 0.0 for step in since.steps) == pytest.approx(since.change)
