"""Drift between two periods: the index by its formula, its floor by swaps one at a time, and what is compared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
from customerhealth.loaded import Loaded
from customerhealth.validation.drift import KINDS, drifted, stability

GRADES = [{"name": "red"}, {"name": "green", "from": 50}]


@pytest.mark.parametrize(
    ("before", "after", "index"),
    [  # optbinning 1.0.0: optbinning.binning.metrics.jeffrey(p, q, return_sum=True), p and q the shares
        ([120, 80, 60, 40], [90, 100, 70, 40], 0.04878279999370069),
        ([1, 2, 3], [30, 20, 10], 0.7324081924454066),
        ([500, 499], [499, 500], 4.008013354701213e-06),
        ([3, 4], [6, 8], 0.0),
    ],
)
def test_the_index_of_given_bins(before: list[int], after: list[int], index: float) -> None:
    assert float(stability(before, after)) == pytest.approx(index, abs=1e-12)
    assert float(stability(after, before)) == pytest.approx(index, abs=1e-12)


def test_a_bin_of_one_period_alone_counts_half_a_case_in_the_other() -> None:
    expected = (0.5 - 0.05) * math.log(0.5 / 0.05) + (0.5 - 1.0) * math.log(0.5 / 1.0)
    assert float(stability([0, 10], [5, 5])) == pytest.approx(expected, abs=1e-12)
    assert float(stability([0, 5, 5], [0, 5, 5])) == 0


def test_a_period_without_a_case_has_no_index() -> None:
    assert np.isnan(stability([0, 0], [1, 2])).item()
    assert np.isnan(stability([[1, 2], [1, 2]], [[0, 0], [1, 2]])).tolist() == [True, False]


Row = tuple[str, int, float | None, str | None]
"""Account, day, use, plan: states of accounts."""


def document() -> ch.Model:
    return ch.Model.parse(
        {
            "format": 1,
            "tables": {"t": {"kind": "states", "account": "id", "time": "at"}},
            "metrics": {
                "use": {"from": "t", "agg": "last", "of": "use"},
                "plan": {"from": "t", "agg": "last", "of": "plan"},
                "heavy": {"formula": "use > 50"},
                "seen": {"from": "t", "agg": "last_time"},
            },
            "scores": {
                "s": {
                    "measures": {
                        "m": {"value": "use", "identity": True},
                        "n": {"value": "1", "identity": True, "weight": 0},
                    },
                    "grades": GRADES,
                    "caps": [{"name": "c", "at_most": 90}],
                }
            },
        }
    )


def table(rows: list[Row]) -> pa.Table:
    return pa.table(
        {
            "id": [row[0] for row in rows],
            "at": pa.array([day * 86400 for _, day, _, _ in rows], pa.timestamp("s", "UTC")),
            "use": pa.array([row[2] for row in rows], pa.float64()),
            "plan": pa.array([row[3] for row in rows], pa.string()),
        }
    )


def loaded(rows: list[Row]) -> Loaded:
    return Loaded.open(document(), {"t": table(rows)}, {})


def table_of(rows: list[Row], rounds: int = 200, seed: int = 0) -> dict[Any, Any]:
    """The rows by column and kind; days 5 and 15 are the as-ofs, the second is the second period."""
    scored = loaded(rows).score(["1970-01-06", "1970-01-16"])
    late = np.array([at.day == 16 for at in scored.table["as_of"].to_pylist()])
    account = np.unique(np.array(scored.table["account_id"].to_pylist()), return_inverse=True)[1]
    found = drifted(scored, "s", np.arange(len(late)), late, account, ["plan"], rounds, seed)
    assert all(set(row) == set(KINDS) - {"before", "after"} for row in found)
    return {(row["column"], row["kind"]): row for row in found}


STEADY: list[Row] = [
    *((f"a{k}", 1, 10.0 * (k % 10), "small" if k % 3 else "big") for k in range(40)),
]
LATER: list[Row] = [(f"a{k}", 10, 95.0 if k < 20 else 10.0 * (k % 10), "big" if k < 30 else None) for k in range(40)]


def test_what_stays_has_an_index_of_nought() -> None:
    found = table_of(STEADY)
    assert list(found) == [
        ("use", "metric"), ("plan", "metric"), ("heavy", "metric"), ("seen", "metric"),
        ("m", "points"), ("n", "points"), ("s", "score"), ("s_grade", "grade"), ("plan", "segment"),
    ]  # fmt: skip
    for row in found.values():
        assert row["psi"] == row["psi_floor"] == 0
        assert row["missing_before"] == row["missing_after"] == 0


def test_what_changes_has_an_index_above_its_floor() -> None:
    found = table_of([*STEADY, *LATER])
    use = found["use", "metric"]
    assert use["psi"] > use["psi_floor"] > 0
    assert (use["mean_before"], use["mean_after"]) == (45.0, np.mean([row[2] for row in LATER]))
    assert found["heavy", "metric"]["mean_before"] == 0.4  # 60 to 90 of the tens
    assert found["m", "points"]["psi"] == use["psi"]
    assert found["s", "score"]["mean_after"] == pytest.approx(np.mean([min(row[2] or 0, 90) for row in LATER]))
    grade = found["s_grade", "grade"]
    assert grade["mean_before"] is None
    assert grade["psi"] == pytest.approx(float(stability([20, 20], [10, 30])), abs=1e-12)


def test_what_goes_missing_is_a_row_of_its_own() -> None:
    found = table_of([*STEADY, *LATER])
    plan = found["plan", "missing"]
    assert (found["plan", "metric"]["missing_before"], found["plan", "metric"]["missing_after"]) == (0, 0.25)
    assert plan["psi"] == pytest.approx(float(stability([40, 0], [30, 10])), abs=1e-12)
    assert ("use", "missing") not in found


def test_the_floor_is_that_of_swaps_made_one_at_a_time() -> None:
    found = table_of([*STEADY, *LATER], rounds=50, seed=7)["s_grade", "grade"]
    before = np.array([[row[2] < 50, row[2] >= 50] for row in STEADY if row[2] is not None], float)
    after = np.array([[row[2] < 50, row[2] >= 50] for row in LATER if row[2] is not None], float)
    order = sorted(range(40), key=lambda k: (*before[k], *after[k]))
    words = np.random.Philox(key=[7, 0]).random_raw(50 * 40)
    drawn = []
    for one in range(50):
        first, last = np.zeros(2), np.zeros(2)
        for place, k in enumerate(order):
            changes = words[one * 40 + place] >> np.uint64(63)
            first, last = first + (after if changes else before)[k], last + (before if changes else after)[k]
        p, q = first / first.sum(), last / last.sum()
        drawn.append(sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True)))
    assert found["psi_floor"] == pytest.approx(np.quantile(drawn, 0.95), abs=1e-12)


def test_many_values_are_cut_at_the_tenths_of_the_first_period() -> None:
    early = [(f"a{k:02}", 1, float(k), "x") for k in range(60)]
    late = [(f"a{k:02}", 10, float(k) / 2, "x") for k in range(60)]
    use = table_of([*early, *late])["use", "metric"]
    cuts = np.quantile(np.arange(60.0), np.arange(1, 10) / 10)
    counts = [
        np.bincount(np.searchsorted(cuts, values), minlength=10) for values in (np.arange(60.0), np.arange(60) / 2)
    ]
    p, q = (count / 60 for count in counts)
    expected = sum((max(b, 0.5 / 60) - a) * math.log(max(b, 0.5 / 60) / a) for a, b in zip(p, q, strict=True))
    assert use["psi"] == pytest.approx(expected, abs=1e-9)


def test_a_period_without_rows_has_nulls() -> None:
    scored = loaded(STEADY).score(["1970-01-06"])
    rows, account = np.arange(40), np.arange(40)
    for row in drifted(scored, "s", rows, np.zeros(40, np.bool_), account, [], 10, 0):
        assert row["psi"] is row["psi_floor"] is row["mean_after"] is row["missing_after"] is None
    assert drifted(scored, "s", rows[:0], np.zeros(0, np.bool_), account[:0], [], 10, 0) == []


# ---- of a validation -------------------------------------------------------------------------------------------------


def validation(names: dict[str, str] | None = None) -> ch.Validation:
    names = names or {f"a{k}": f"a{k}" for k in range(40)}
    rows = [(names[who], day, use, plan) for who, day, use, plan in [*STEADY, *LATER]]
    portfolio = ch.Portfolio(document(), t=table(rows))
    ends = pa.table({"account_id": [names["a1"]], "at": pa.array([17 * 86400], pa.timestamp("s", "UTC"))})
    return portfolio.validate(
        ["s", "use"], as_ofs=["1970-01-06", "1970-01-16"], outcome=ends, horizon="5d", by=["plan", "use > 50"],
        observed="1970-03-01", rounds=50,
    )  # fmt: skip


def test_a_validation_compares_the_halves_of_its_as_ofs() -> None:
    found = validation().drift
    assert found.column_names == ["score", "plan", "use > 50", *KINDS]
    rows = {(row["column"], row["kind"]): row for row in found.to_pylist()}
    assert set(found["score"].to_pylist()) == {"s"}  # a metric has no points
    assert ("plan", "segment") in rows
    assert ("use > 50", "segment") in rows
    assert str(rows["s", "score"]["before"].date()) == "1970-01-06"
    assert str(rows["s", "score"]["after"].date()) == "1970-01-16"
    assert rows["use", "metric"]["psi"] == table_of([*STEADY, *LATER])["use", "metric"]["psi"]


def test_other_names_of_accounts_change_no_floor() -> None:
    other = validation({f"a{k}": f"z{99 - k}" for k in range(40)}).drift
    assert other.equals(validation().drift)
