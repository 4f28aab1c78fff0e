"""Hysteresis and trend: what a score owes to its past, whichever as-ofs were asked for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import customerhealth as ch

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
GRADES = [{"name": "red"}, {"name": "yellow", "from": 40}, {"name": "green", "above": 70}]
HELD = {"points": 5}


def day(n: float) -> datetime:
    """Days after a Monday that is a tick of the default clock."""
    return MONDAY + timedelta(days=n)


def document(keys: dict[str, Any], **top: Any) -> dict[str, Any]:
    """A score `s` that is the last value of the account, with some keys more."""
    score = {"measures": {"m": {"value": "v", "identity": True}}, "grades": GRADES, **keys}
    return {
        "format": 1,
        "tables": {"given": {"kind": "states", "account": "id", "time": "at", "known": "known"}},
        "metrics": {"v": {"from": "given", "agg": "last", "of": "value"}},
        "scores": {"s": score},
        **top,
    }


def given(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows (account, day, value) and, where it is not the same, the day at which a row became known."""
    return pa.table(
        {
            "id": [row[0] for row in rows],
            "at": pa.array([day(row[1]) for row in rows], pa.timestamp("us", "UTC")),
            "value": pa.array([row[2] for row in rows], pa.float64()),
            "known": pa.array([day(row[3] if len(row) > 3 else row[1]) for row in rows], pa.timestamp("us", "UTC")),
        }
    )


def portfolio(model: dict[str, Any], rows: Sequence[tuple[Any, ...]], **options: Any) -> ch.Portfolio:
    return ch.Portfolio(ch.Model.parse(model), given=given(rows), **options)


def column(panel: ch.Panel, name: str) -> list[Any]:
    values: list[Any] = panel.table[name].to_pylist()
    return values


def weekly(values: Sequence[float | None]) -> list[tuple[Any, ...]]:
    """A value for each week, there a day before the week's tick; so the k-th is seen at the tick k."""
    return [("a", 7 * k - 1, value) for k, value in enumerate(values)]


def grades_at_ticks(values: Sequence[float | None]) -> list[str | None]:
    panel = portfolio(document({"hysteresis": HELD}), weekly(values)).score([day(7 * k) for k in range(len(values))])
    return column(panel, "s_grade")


# ---- hysteresis, by hand --------------------------------------------------------------------------------------------


def test_a_grade_is_left_upwards_once_its_moved_edge_is_reached() -> None:
    assert grades_at_ticks([39, 44.9, 45]) == ["red", "red", "yellow"]
    # above 70 becomes above 75, which 75 is not
    assert grades_at_ticks([50, 71, 75, 75.1]) == ["yellow", "yellow", "yellow", "green"]


def test_a_grade_is_left_downwards_once_its_moved_edge_no_longer_holds() -> None:
    assert grades_at_ticks([40, 35, 34.9]) == ["yellow", "yellow", "red"]
    assert grades_at_ticks([80, 65.1, 65, 71]) == ["green", "green", "yellow", "yellow"]


def test_several_grades_may_be_passed_at_once() -> None:
    assert grades_at_ticks([10, 80, 10]) == ["red", "green", "red"]
    assert grades_at_ticks([10, 72, 36, 34]) == ["red", "yellow", "yellow", "red"]


def test_the_grade_held_is_remembered_while_the_score_is_missing() -> None:
    assert grades_at_ticks([50, None, None, 36]) == ["yellow", None, None, "yellow"]
    assert grades_at_ticks([None, 36]) == [None, "red"]


def test_what_happens_between_ticks_is_shown_but_not_held() -> None:
    rows = [("a", -1, 50), ("a", 1, 30), ("a", 3, 36)]  # ticks see 50 and then 36
    panel = portfolio(document({"hysteresis": HELD}), rows).score([day(0), day(2), day(7)])
    assert column(panel, "s_grade") == ["yellow", "red", "yellow"]


def test_a_tick_without_a_panel_row_changes_nothing() -> None:
    rows = [*weekly([50, 30, 36])]
    model = document({"hysteresis": HELD}, include="v != 30")
    panel = portfolio(model, rows).score([day(7 * k) for k in range(3)])
    assert column(panel, "as_of") == [day(0), day(14)]
    assert column(panel, "s_grade") == ["yellow", "yellow"]


def test_the_first_tick_is_the_anchor() -> None:
    rows = weekly([50, 36, 36])
    for anchor, expected in (("2026-01-05", "yellow"), ("2026-01-12", "red"), ("2030-01-01", "red")):
        model = document({"hysteresis": HELD}, clock={"every": "7d", "anchor": anchor})
        assert column(portfolio(model, rows).score(day(15)), "s_grade") == [expected]


def test_a_late_row_does_not_change_what_was_held() -> None:
    rows = [("a", -1, 36), ("a", -0.5, 50, 8), ("a", 7.5, 36)]  # 50 held at no tick: on day 7 it was not known
    model = document({"hysteresis": HELD})
    assert column(portfolio(model, rows).score(day(14)), "s_grade") == ["red"]
    known = [(*row[:3], row[1]) for row in rows]
    assert column(portfolio(model, known).score(day(14)), "s_grade") == ["yellow"]


def test_ticks_of_a_monthly_clock_are_each_counted_from_the_anchor() -> None:
    # Ticks: 31 January, 28 February, 31 March. 50 is there on 28 February alone.
    rows = [("a", 50, 36), ("a", 53.5, 50), ("a", 54.5, 36)]
    assert day(54).date().isoformat() == "2026-02-28"
    for anchor, expected in (("2026-01-31", "yellow"), ("2026-01-27", "red")):
        model = document({"hysteresis": HELD}, clock={"every": "1mo", "anchor": anchor})
        assert column(portfolio(model, rows).score("2026-03-15"), "s_grade") == [expected]


def test_hysteresis_is_what_a_walk_over_scored_ticks_gives() -> None:
    rows = rows_of_chance(seed=3)
    ticks = [day(7 * k) for k in range(30)]
    plain = portfolio(document({}), rows).score(ticks).table.to_pylist()
    held = portfolio(document({"hysteresis": HELD}), rows).score(ticks).table.to_pylist()
    carried: dict[Any, int] = {}
    for before, after in zip(plain, held, strict=True):
        assert (before["id" if "id" in before else "account_id"], before["s"]) == (after["account_id"], after["s"])
        if before["s"] is None:
            assert after["s_grade"] is None
            continue
        grade = walked(before["s"], carried.get(before["account_id"]))
        carried[before["account_id"]] = grade
        assert after["s_grade"] == GRADES[grade]["name"]
    assert {row["s_grade"] for row in held} != {None}
    assert [row["s_grade"] for row in plain] != [row["s_grade"] for row in held]


def walked(score: float, held: int | None) -> int:
    """The rule as model.md says it, grade by grade."""

    def reaches(grade: int, moved: float) -> bool:
        spec = GRADES[grade]
        if grade == 0:
            return True
        return score > spec["above"] + moved if "above" in spec else score >= spec["from"] + moved

    everywhere = range(len(GRADES))
    if held is None:
        return max(grade for grade in everywhere if reaches(grade, 0))
    up = [grade for grade in everywhere if grade > held and reaches(grade, HELD["points"])]
    down = [grade for grade in everywhere if grade <= held and reaches(grade, -HELD["points"])]
    return max(up) if up else max(down)


# ---- trend, by hand -------------------------------------------------------------------------------------------------


def test_a_trend_compares_with_the_score_as_it_was_known_then() -> None:
    rows = [("a", -1, 60), ("a", 6, 48), ("b", 6, 10), ("c", -1, 50), ("c", 6, None), ("d", -1, 50), ("d", 5, 51)]
    rows += [("a", -0.5, 99, 3)]  # not known on day 0
    panel = portfolio(document({"trend": {"over": "7d", "flat_within": 1}}), rows).score(day(7))
    assert column(panel, "s_change") == [-12.0, None, None, 1.0]
    assert column(panel, "s_trend") == ["down", None, None, "flat"]
    assert column(panel, "s_grade_before") == ["yellow", None, "yellow", "yellow"]


def test_columns_stand_after_the_score_with_all_categories() -> None:
    panel = portfolio(document({"trend": {"over": "7d"}}), weekly([50, 60])).score(day(7))
    names = ["v", "s", "s_grade", "s_coverage", "s_change", "s_trend", "s_grade_before"]
    assert panel.table.schema.names == ["account_id", "as_of", *names]
    assert list(panel.model.columns) == names
    assert panel.table["s_trend"].combine_chunks().dictionary.to_pylist() == ["down", "flat", "up"]
    assert panel.table["s_grade_before"].combine_chunks().dictionary.to_pylist() == ["red", "yellow", "green"]
    assert column(panel, "s_trend") == ["up"]


def test_without_grades_there_is_no_grade_before() -> None:
    model = ch.Model.parse(document({"trend": {"over": "7d"}, "grades": []}))
    assert list(model.columns) == ["v", "s", "s_coverage", "s_change", "s_trend"]


def test_a_missing_change_has_the_reason_of_the_score_that_is_missing() -> None:
    tables = {"given": {**document({})["tables"]["given"], "stale_after": "60d"}}
    model = document({"trend": {"over": "7d"}}, tables=tables)
    reasons = {"formula": "if(s_change is missing, 1 + s_change, 0)"}  # missing for the reason of its first name
    model["metrics"]["why"] = reasons
    rows = [("new", 6, 10), ("gone", -1, 50), ("gone", 6, None), ("back", -1, None), ("back", 6, 50)]
    panel = portfolio(model, rows).score(day(7))
    table = pa.table(panel.reasons()).to_pylist()
    why = {row["account_id"]: row["reason"] for row in table if row["metric"] == "why"}
    assert why == {"new": "too_young", "gone": "coverage", "back": "coverage"}
    assert {row["metric"] for row in table} == {"v", "s", "why"}


def test_the_grade_before_is_the_one_that_was_held() -> None:
    model = document({"trend": {"over": "7d"}, "hysteresis": HELD})
    panel = portfolio(model, weekly([50, 36, 30])).score([day(7), day(14)])
    assert column(panel, "s_grade") == ["yellow", "red"]
    assert column(panel, "s_grade_before") == ["yellow", "yellow"]
    between = portfolio(model, weekly([50, 36, 30])).score(day(18))  # compares with day 11, when 36 was yellow still
    assert column(between, "s_grade_before") == ["yellow"]


def test_ends_of_months_compare_with_the_last_day_of_a_shorter_one() -> None:
    rows = [("a", 53, 40), ("a", 54.5, 60), ("a", 80, 70)]  # 27 February, 28 February at noon, 26 March
    model = document({"trend": {"over": "1mo"}})
    panel = portfolio(model, rows).score(["2026-03-28", "2026-03-29", "2026-03-31", "2026-04-01"])
    assert column(panel, "s_change") == [30.0, 30.0, 30.0, 10.0]


def test_a_play_on_a_drop_can_be_written() -> None:
    model = document({"trend": {"over": "7d"}})
    model["metrics"]["dropped"] = {"formula": "s_grade_before = 'green' and s_grade in ('yellow', 'red')"}
    model["metrics"]["falls"] = {"formula": "s_trend = 'down' and s_change < -20"}
    panel = portfolio(model, weekly([80, 50, 45])).score([day(7), day(14)])
    assert column(panel, "dropped") == [True, False]
    assert column(panel, "falls") == [True, False]


def test_a_score_may_read_the_trend_of_another() -> None:
    model = document({"trend": {"over": "7d"}, "hysteresis": HELD})
    momentum = {"value": "s_change", "curve": [[-50, 0], [50, 100]]}
    model["scores"]["t"] = {"measures": {"m": momentum}, "trend": {"over": "14d"}, "grades": GRADES, "hysteresis": HELD}
    panel = portfolio(model, weekly([50, 60, 50, 90])).score(day(21))
    assert column(panel, "s_change") == [40.0]
    assert column(panel, "t") == [90.0]
    assert column(panel, "t_change") == [30.0]  # 60 - 50 a week after the first: 60
    assert column(panel, "t_grade_before") == ["yellow"]


# ---- whichever as-ofs were asked for --------------------------------------------------------------------------------

BOTH = {"trend": {"over": "1mo", "flat_within": 3}, "hysteresis": HELD}


def rows_of_chance(seed: int, accounts: int = 12) -> list[tuple[Any, ...]]:
    dice = random.Random(seed)
    rows: list[tuple[Any, ...]] = []
    for account in range(accounts):
        value = dice.uniform(20, 90)
        for _ in range(dice.randrange(1, 40)):
            value = min(100, max(0, value + dice.gauss(0, 9)))
            at = dice.uniform(0, 200)
            known = at + dice.choice([0, 0, 0, dice.expovariate(0.1)])
            rows.append((account, at, None if dice.random() < 0.1 else round(value, 1), known))
    return rows


def world(**top: Any) -> dict[str, Any]:
    """Two scores over time, one reading the trend and grade of the other, and an include that comes and goes."""
    model = document(BOTH, include="v is missing or v < 85", **top)
    measures = {"m": {"value": "s_change", "curve": [[-30, 0], [30, 100]]}, "s": {"score": "s", "missing": 10}}
    caps = [{"name": "was red", "when": "s_grade_before = 'red'", "at_most": 60}]
    other = {"measures": measures, "caps": caps, "grades": GRADES, "trend": {"over": "5d"}, "hysteresis": {"points": 2}}
    model["scores"]["t"] = other
    model["metrics"]["both"] = {"formula": "s_change + t_change"}
    return model


CLOCKS = ({"every": "7d", "anchor": "2026-01-05"}, {"every": "1mo", "anchor": "2026-01-31"}, {"every": "36h"})


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: str(clock["every"]))
def test_one_as_of_alone_equals_a_thousand_together(clock: dict[str, Any]) -> None:
    everything = portfolio(world(clock=clock), rows_of_chance(seed=1))
    as_ofs = [day(k / 4) for k in range(-20, 980)]
    together = everything.score(as_ofs).table
    assert together.num_rows > 2000
    assert together["both"].null_count < together.num_rows
    for as_of in (day(40), day(59), day(60.25), day(126), day(200.5)):
        alone = everything.score(as_of).table
        wanted = pa.scalar(as_of, pa.timestamp("us", "UTC"))
        assert alone.num_rows > 0
        assert alone.equals(together.filter(pc.equal(together["as_of"], wanted)))


def test_as_ofs_may_lie_anyhow_among_ticks() -> None:
    everything = portfolio(world(), rows_of_chance(seed=2))
    as_ofs = [day(k) for k in (30, 31, 35, 42, 49, 50, 84, 200, 700)]
    together = everything.score(as_ofs)
    parts = pa.concat_tables([everything.score(as_of).table for as_of in as_ofs]).unify_dictionaries()
    assert (
        parts.sort_by([("account_id", "ascending"), ("as_of", "ascending")]).to_pylist() == together.table.to_pylist()
    )
    reasons = [row for as_of in as_ofs for row in pa.table(everything.score(as_of).reasons()).to_pylist()]
    assert sorted(reasons, key=str) == sorted(pa.table(together.reasons()).to_pylist(), key=str)


def test_rows_of_the_future_change_nothing() -> None:
    rows = rows_of_chance(seed=4)
    past = [row for row in rows if row[3] < 100 and row[1] < 100]
    assert 0 < len(past) < len(rows)
    as_ofs = [day(k) for k in (20, 77, 90, 100)]
    assert portfolio(world(), past).score(as_ofs).table.equals(portfolio(world(), rows).score(as_ofs).table)


def test_an_account_alone_gets_what_it_gets_among_others() -> None:
    rows = rows_of_chance(seed=5)
    as_ofs = [day(k) for k in (60, 61, 150)]
    together = portfolio(world(), rows).score(as_ofs).table
    for account in (0, 5, 11):
        alone = portfolio(world(), [row for row in rows if row[0] == account]).score(as_ofs).table
        assert alone.equals(together.filter(pc.equal(together["account_id"], account)))


def test_appended_rows_are_as_good_as_rows_given_at_once() -> None:
    rows = rows_of_chance(seed=6)
    grown = portfolio(world(), rows[:100])
    grown.append(given=given(rows[100:]))
    as_ofs = [day(k) for k in (60, 90, 150)]
    assert grown.score(as_ofs).table.equals(portfolio(world(), rows).score(as_ofs).table)


def test_threads_change_no_bit() -> None:
    rows = rows_of_chance(seed=7, accounts=300)
    as_ofs = [day(k) for k in (60, 90, 91, 150)]
    one, *others = [portfolio(world(), rows, threads=n).score(as_ofs).table for n in (1, 2, 7)]
    assert one.num_rows > 500
    for other in others:
        assert other.equals(one)


def test_contributions_of_a_score_that_reads_a_trend_sum_to_it() -> None:
    panel = portfolio(world(), rows_of_chance(seed=8)).score([day(60), day(150)])
    parts = pa.table(panel.contributions("t")).to_pylist()
    for row in panel.table.to_pylist():
        mine = [p for p in parts if (p["account_id"], p["as_of"]) == (row["account_id"], row["as_of"])]
        if row["t"] is not None:
            assert sum(p["contribution"] for p in mine) == pytest.approx(row["t"], abs=1e-9)


def test_no_as_ofs_are_no_rows() -> None:
    assert portfolio(world(), rows_of_chance(seed=9)).score([]).table.num_rows == 0


def test_a_model_of_accounts_alone_walks_from_the_anchor() -> None:
    score = {"measures": {"m": {"value": "as_of - date '2026-01-05'", "identity": True}}, "grades": GRADES}
    model = {
        "format": 1,
        "tables": {"accounts": {"kind": "accounts", "account": "id"}},
        "scores": {"s": {**score, "hysteresis": HELD, "trend": {"over": "7d"}}},
    }
    panel = ch.Portfolio(ch.Model.parse(model), accounts=pa.table({"id": ["a"]})).score([day(41), day(43), day(49)])
    assert column(panel, "s_grade") == ["red", "red", "yellow"]
    assert column(panel, "s_change") == [7.0, 7.0, 7.0]


def test_an_explanation_says_how_the_score_changed() -> None:
    model = document({"trend": {"over": "7d"}})
    panel = portfolio(model, [*weekly([80, 50]), ("b", 6, 50)]).score([day(0), day(7)])
    assert "s: 50.0 of 100, yellow, -30.0 over 7d, green then" in str(panel.explain("a"))
    assert "s: 50.0 of 100, yellow, no score 7d before\n" in str(panel.explain("b"))
    assert panel.explain("a").scores[0].change == -30.0


# ---- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"hysteresis": HELD, "grades": []}, r"scores\.s\.hysteresis: holds grades, and the score has none"),
        ({"hysteresis": {"points": -1}}, r"scores\.s\.hysteresis\.points: expected a number, 0 or more; got .* -1"),
        ({"hysteresis": {"point": 1}}, r"scores\.s\.hysteresis\.point: unknown key; did you mean 'points'\?"),
        ({"trend": {"flat_within": 1}}, r"scores\.s\.trend\.flat_within: .*'over'"),
        ({"trend": {"over": "4 weeks"}}, r"scores\.s\.trend\.over: expected a length such as"),
        ({"trend": {"over": "4w", "flat_within": -1}}, r"scores\.s\.trend\.flat_within: expected a number, 0 or more"),
        ({"trend": "4w"}, r"scores\.s\.trend: expected an object, got the text '4w'"),
        ({"include": "s_change > 0"}, r"unknown name 's_change': the score has no trend"),
        ({"include": "s_change > 0", "trend": {"over": "4w"}}, r"scores\.s: needs itself: s -> s"),
        ({"include": "s_grade_before = 'red'", "trend": {"over": "4w"}}, r"scores\.s: needs itself: s -> s"),
    ],
)
def test_what_is_wrong_is_named(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ch.ModelError, match=message):
        ch.Model.parse(document(keys))


def test_names_of_a_trend_are_taken() -> None:
    model = document({"trend": {"over": "4w"}})
    model["metrics"]["s_change"] = {"formula": "1"}
    with pytest.raises(ch.ModelError, match=r"the name 's_change' is taken"):
        ch.Model.parse(model)


def test_empty_objects_are_the_defaults() -> None:
    empty = ch.Model.parse(document({"hysteresis": {}, "trend": {}}))
    assert list(empty.columns) == ["v", "s", "s_grade", "s_coverage"]
