"""How sure a score is: spreads by plain loops, by Wilson's interval, and how they grow and vanish."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from scipy.stats import binomtest

import customerhealth as ch
from customerhealth.panel.draws import factors_of, normals_of

AT = "2026-07-01"
RATES = {"solved": "tickets"}


def document(score: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "tables": {"a": {"kind": "accounts", "account": "id"}},
        "metrics": {
            "solved": {"formula": "a.solved / a.tickets"},
            "tickets": {"formula": "a.tickets"},
            "use": {"formula": "a.use"},
        },
        "scores": {"s": score, **more},
    }


def scored(model: dict[str, Any], rows: list[tuple[float | None, ...]]) -> ch.Panel:
    """Rows (solved, tickets, use), each an account."""
    columns = {
        name: pa.array([row[k] for row in rows], pa.float64()) for k, name in enumerate(("solved", "tickets", "use"))
    }
    table = pa.table({"id": [f"k{place:03}" for place in range(len(rows))], **columns})
    return ch.Portfolio(ch.Model.parse(model), a=table).score(AT)


def measure(value: str, weight: float = 1, **more: Any) -> dict[str, Any]:
    return {"value": value, "curve": [[0, 0], [1, 100]], "weight": weight, **more}


BOTH = {"measures": {"solved": measure("solved", 2), "use": measure("use", 3)}}
ROWS: list[tuple[float | None, ...]] = [(1, 2, 0.9), (50, 100, 0.9), (0, 0, 0.9), (3, 4, None)]


def quantile(values: list[float], share: float) -> float:
    """Linear between the two values that it falls between."""
    ordered, place = sorted(values), share * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def test_spreads_are_those_of_plain_loops() -> None:
    """Each round worked out by itself: another weight each, another rate, the mean, a cap and the rounding."""
    caps = [{"name": "c", "when": "use > 0.8", "at_most": 80}]
    inner = {
        "scale": [0, 1],
        "measures": {"solved": {"value": "solved", "identity": True}, "flat": {"value": "0.5", "identity": True}},
    }
    outer = {"measures": {"inner": {"score": "i", "weight": 2}, "use": measure("use")}, "caps": caps, "round": 1}
    panel = scored(document(outer, i=inner), [(1, 2, 0.9), (3, 4, 0.25)])
    rounds, seed = 97, 5
    table = panel.uncertainty("s", rates=RATES, rounds=rounds, seed=seed, factor=2, confidence=0.9).to_pylist()
    draws = {
        name: factors_of(seed, f"weight {name}", rounds, 2.0) for name in ("i.solved", "i.flat", "s.inner", "s.use")
    }
    z = normals_of(seed, "rate solved", rounds)
    for row, (solved, tickets, use) in zip(table, [(1, 2, 0.9), (3, 4, 0.25)], strict=True):
        rate, found = solved / tickets, []
        for k in range(rounds):
            spread = z[k] * math.sqrt(rate * (1 - rate) / tickets + z[k] ** 2 / (4 * tickets**2))
            drawn = (rate + z[k] ** 2 / (2 * tickets) + spread) / (1 + z[k] ** 2 / tickets)
            first, second = draws["i.solved"][k], draws["i.flat"][k]
            within = 100 * (first * drawn + second * 0.5) / (first + second)
            outer_first, outer_second = 2 * draws["s.inner"][k], draws["s.use"][k]
            total = (outer_first * within + outer_second * 100 * use) / (outer_first + outer_second)
            found.append(math.floor((min(total, 80) if use > 0.8 else total) * 10 + 0.5) / 10)
        assert row["low"] == pytest.approx(min(quantile(found, 0.05), row["score"]), abs=1e-9)
        assert row["high"] == pytest.approx(max(quantile(found, 0.95), row["score"]), abs=1e-9)


@pytest.mark.parametrize(("solved", "tickets"), [(1, 2), (0, 3), (54, 299), (7, 7)])
def test_a_rate_alone_spreads_as_wilsons_interval(solved: int, tickets: int) -> None:
    score = {"scale": [0, 1], "measures": {"solved": {"value": "solved", "identity": True}}}
    (row,) = scored(document(score), [(solved, tickets, 1)]).uncertainty("s", rates=RATES, rounds=40_000).to_pylist()
    low, high = binomtest(solved, tickets).proportion_ci(0.95, method="wilson")
    assert row["rates_low"] == pytest.approx(low, abs=0.006)
    assert row["rates_high"] == pytest.approx(high, abs=0.006)
    assert (row["weights_low"], row["weights_high"]) == (row["score"], row["score"])


def test_the_spread_grows_as_denominators_shrink() -> None:
    panel = scored(document(BOTH), [(n / 2, n, 0.5) for n in (1000, 100, 10, 4, 2)])
    rows = panel.uncertainty("s", rates=RATES).to_pylist()
    widths = [row["rates_high"] - row["rates_low"] for row in rows]
    assert widths == sorted(widths)
    assert widths[0] > 0
    assert widths[-1] > 8 * widths[0]


def test_what_is_not_drawn_does_not_spread() -> None:
    for row in scored(document(BOTH), ROWS[:3]).uncertainty("s", factor=1).to_pylist():
        assert {row[end] for end in row if end.endswith(("low", "high"))} == {row["score"]}
    alone = {"measures": {"use": measure("use")}}
    for row in scored(document(alone), ROWS[:3]).uncertainty("s", factor=4).to_pylist():  # the only weight
        assert row["low"] == pytest.approx(row["score"]) == row["high"]


def test_of_no_rows_and_of_what_is_missing_nothing_is_drawn() -> None:
    rows = scored(document({**BOTH, "least_coverage": 0.5}), ROWS).uncertainty("s", rates=RATES).to_pylist()
    assert rows[2]["rates_low"] == rows[2]["rates_high"] == rows[2]["score"]  # 0 of 0 is missing, use alone counts
    assert rows[3]["score"] is None
    assert {rows[3][end] for end in rows[3] if end.endswith(("low", "high"))} == {None}


def test_points_of_a_policy_are_held() -> None:
    score = {"measures": {"solved": measure("solved", missing=40)}}
    (row,) = scored(document(score), [(0, 0, 1)]).uncertainty("s", rates=RATES).to_pylist()
    assert row["score"] == row["low"] == row["high"] == 40


def test_the_score_is_never_outside_and_ends_of_all_hold_those_of_some() -> None:
    panel = scored(document(BOTH), [(0, 1, 0.0), (1, 1, 1.0), (0, 1, 1.0), (2, 3, 0.4)])
    for row in panel.uncertainty("s", rates=RATES).to_pylist():
        for kind in ("", "weights_", "rates_"):
            assert row[f"{kind}low"] <= row["score"] <= row[f"{kind}high"]
        assert row["low"] >= 0
        assert row["high"] <= 100


def test_a_score_that_a_cap_gave_does_not_move() -> None:
    caps = [{"name": "override", "set": 70}]
    for more in ({}, {"least_coverage": 1.0}):
        panel = scored(document({**BOTH, "caps": caps, **more}), ROWS)
        for row in panel.uncertainty("s", rates=RATES).to_pylist():
            assert row["score"] == row["low"] == row["high"] == 70


def test_a_cap_before_the_one_that_gave_it_holds_nothing() -> None:
    score = {**BOTH, "least_coverage": 1.0, "caps": [{"name": "most", "at_most": 30}, {"name": "o", "set": 70}]}
    panel = scored(document(score), [(3, 4, None), (3, 4, 0.9)])
    assert [row["score"] for row in panel.uncertainty("s", rates=RATES).to_pylist()] == [70, 70]


@pytest.mark.parametrize("combine", ["mean", "sum", "lowest", "highest"])
def test_each_way_to_combine_agrees_with_the_core_where_nothing_moves(combine: str) -> None:
    """Rounds of one: the factor and the rows leave nothing to draw, so the roll-up itself is compared."""
    caps = [{"name": "c", "when": "use > 0.8", "at_most": 61.25}, {"name": "d", "when": "use < 0.3", "at_least": 20}]
    score = {"scale": [-50, 150], **BOTH, "combine": combine, "caps": caps, "round": -1}
    outer = {"measures": {"t": {"score": "s", "weight": 2}, "use": measure("use", missing=30)}}
    panel = scored(document(score, o=outer), [(1, 2, 0.9), (3, 4, 0.25), (1, 3, None), (0, 0, 0.5), (0, 0, None)])
    for name in ("s", "o"):
        for row in panel.uncertainty(name, factor=1 + 1e-12, rounds=1).to_pylist():
            assert row["low"] == pytest.approx(row["score"], abs=1e-8)
            assert row["high"] == pytest.approx(row["score"], abs=1e-8)


def test_under_a_sum_weights_are_factors() -> None:
    score = {"combine": "sum", "measures": {"use": measure("use", 0.5)}}
    (row,) = (
        scored(document(score), [(1, 1, 0.5)]).uncertainty("s", factor=2, rounds=20_000, confidence=0.9).to_pylist()
    )
    assert row["weights_low"] == pytest.approx(25 * 2**-0.9, rel=0.02)
    assert row["weights_high"] == pytest.approx(25 * 2**0.9, rel=0.02)


def test_the_seed_decides_and_no_other_account_does() -> None:
    whole, part = scored(document(BOTH), ROWS), scored(document(BOTH), ROWS[:2])
    one, again = (whole.uncertainty("s", rates=RATES, seed=3) for _ in range(2))
    assert one.equals(again)
    assert one.slice(0, 2).equals(part.uncertainty("s", rates=RATES, seed=3))
    assert not one.equals(whole.uncertainty("s", rates=RATES, seed=4))


def test_another_measure_leaves_the_draws_of_the_others() -> None:
    rates = normals_of(0, "rate solved", 10)
    assert (rates == normals_of(0, "rate solved", 10)).all()
    assert (rates != normals_of(0, "rate other", 10)).all()
    assert (rates != normals_of(1, "rate solved", 10)).all()


def counts(of: dict[str, Any], all_: dict[str, Any]) -> list[dict[str, Any]]:
    """A share of two counts over tickets, half of which are solved."""
    model = {
        "format": 1,
        "tables": {"t": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {
            "solved": {"from": "t", "agg": "count", "where": "solved", **of},
            "tickets": {"from": "t", "agg": "count", **all_},
            "share": {"formula": "solved / tickets"},
        },
        "scores": {"s": {"measures": {"m": measure("share")}}},
    }
    table = pa.table(
        {"id": ["k"] * 4, "at": pa.array([0, 1, 2, 3], pa.timestamp("s", "UTC")), "solved": [True, False] * 2}
    )
    found: list[dict[str, Any]] = (
        ch.Portfolio(ch.Model.parse(model), t=table).score("1970-01-02").uncertainty("s").to_pylist()
    )
    return found


def test_a_count_by_a_count_of_the_same_rows_is_a_rate() -> None:
    (row,) = counts({}, {})
    assert (row["score"], row["rates_low"] < 20, row["rates_high"] > 80) == (50, True, True)
    (row,) = counts({"description": "of those"}, {"description": "all"})
    assert row["rates_low"] < 20


@pytest.mark.parametrize(
    ("of", "all_"),
    [({"window": "28d"}, {}), ({}, {"where": "true"}), ({"agg": "count_distinct", "of": "at"}, {})],
)
def test_other_quotients_are_not(of: dict[str, Any], all_: dict[str, Any]) -> None:
    (row,) = counts(of, all_)
    assert row["score"] == row["low"] == row["high"] == 50


def test_rates_among_peers_are_drawn_with_the_peers_held() -> None:
    score = {
        "measures": {"solved": {"value": "solved", "percentile": {}, "shrink": {"rows": "tickets", "strength": 4}}}
    }
    panel = scored(document(score), [(1, 2, 1), (30, 40, 1), (80, 100, 1)])
    rows = panel.uncertainty("s", rates=RATES).to_pylist()
    assert all(row["rates_low"] < row["score"] or row["rates_high"] > row["score"] for row in rows)


def test_a_panel_without_rows_has_none() -> None:
    panel = scored({**document(BOTH), "include": "use > 5"}, ROWS)
    table = panel.uncertainty("s", rates=RATES)
    assert table.num_rows == 0
    assert table.column_names == [
        "account_id", "as_of", "score", "low", "high", "weights_low", "weights_high", "rates_low", "rates_high",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("score", "options", "message"),
    [
        ("t", {}, "no score 't'"),
        ("s", {"factor": 0.5}, "factor: expected a number, 1 or more; got 0.5"),
        ("s", {"factor": math.inf}, "factor: expected a number, 1 or more; got inf"),
        ("s", {"confidence": 1}, "confidence: expected a number between 0 and 1; got 1"),
        ("s", {"rounds": 0}, "rounds: expected a whole number, 1 or more; got 0"),
        ("s", {"seed": -1}, "seed: expected a whole number from 0"),
        ("s", {"rates": {"solvd": "tickets"}}, "no column 'solvd'.*did you mean 'solved'"),
        ("s", {"rates": {"solved": "ticket"}}, "no column 'ticket'"),
        ("s", {"rates": {"tickets": "tickets"}}, "expected 'tickets' between 0 and 1.*'k000' has 2"),
        ("s", {"rates": {"s_coverage": "tickets"}}, "no measure of 's', or of what it is made of, has 's_coverage'"),
    ],
)
def test_what_cannot_be_drawn_is_said(score: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        scored(document(BOTH), ROWS).uncertainty(score, **options)
