"""Charts of what journeys, revenue, validations and survival gave."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
import drawn
from customerhealth.colours import DOWN, NEUTRAL, UP

DATES = ["2026-02-01", "2026-03-01", "2026-04-01"]


def title(figure: Any) -> str:
    return str(figure.layout.title.text).replace("<br>", " ")


def notes(figure: Any) -> list[str]:
    return [each.text for each in figure.layout.annotations]


# ---- journeys --------------------------------------------------------------------------------------------------------


def travelled() -> ch.Portfolio:
    document = {**drawn.DOCUMENT, "journeys": {"path": {"stages": [
        {"name": "tried", "enter": "logins_28d > 0", "deadline": "14d"},
        {"name": "adopted", "enter": "logins_28d >= 5"},
        {"name": "full", "enter": "logins_28d >= 9"}]}}}  # fmt: skip
    return ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins())


def test_a_funnel_has_a_bar_a_stage_and_names_where_most_are_lost() -> None:
    table = travelled().funnel("path", "2026-03-01", "2026-07-06")
    figure = ch.plot.funnel(table)
    (bars,) = figure.data
    assert list(figure.layout.yaxis.ticktext) == table["stage"].to_pylist()
    assert (list(bars.y), list(bars.x)) == ([*figure.layout.yaxis.tickvals], table["entered"].to_pylist())
    worst = min((row for row in table.to_pylist() if row["conversion"] is not None), key=lambda row: row["conversion"])
    assert title(figure).startswith(f"Of {worst['entered']} accounts that entered {worst['stage']} ")
    assert f" {worst['conversion']:.0%} went on: the fewest of all stages" in title(figure)


def test_a_funnel_by_a_column_has_a_trace_a_value() -> None:
    table = travelled().funnel("path", "2026-03-01", "2026-07-06", by="colour")
    figure = ch.plot.funnel(table)
    assert {trace.name for trace in figure.data} == {"red", "green", "none"}
    assert sum(sum(trace.x) for trace in figure.data) == sum(table["entered"].to_pylist())


def test_moves_flow_from_stage_to_stage() -> None:
    portfolio = travelled()
    moves = portfolio.moves("path", "2026-03-01", "2026-07-06")
    link = ch.plot.moves(moves).data[0].link
    labels = ch.plot.moves(moves).data[0].node.label
    assert sum(link.value) == len(moves)
    ways = list(zip(link.source, link.target, link.value, strict=True))
    begins = len(labels) - len({end for _, end, _ in ways})
    assert all(begin < begins <= end for begin, end, _ in ways)  # stages left and right of each other
    summed = ch.plot.moves(portfolio.transitions("path", "2026-03-01", "2026-07-06"))
    other, flow = summed.data[0].node.label, summed.data[0].link
    assert {(labels[begin], labels[end]): count for begin, end, count in ways} == {
        (other[begin], other[end]): count
        for begin, end, count in zip(flow.source, flow.target, flow.value, strict=True)
    }
    assert title(summed) == title(ch.plot.moves(moves))


def test_a_journey_in_which_nobody_moved_says_so() -> None:
    portfolio = travelled()
    assert (
        title(ch.plot.moves(portfolio.moves("path", "2020-01-06", "2020-02-03"))) == "Nobody moved between these dates"
    )
    empty = ch.plot.funnel(portfolio.funnel("path", "2020-01-06", "2020-02-03"))
    assert title(empty) == "Nobody entered a stage between these dates"


# ---- revenue ---------------------------------------------------------------------------------------------------------


def book(**columns: Any) -> ch.Revenue:
    made = {
        "account_id": ["a", "b", "b", "c", "d"],
        "mrr": [Decimal("100.00"), Decimal("40.50"), Decimal("60.50"), Decimal("30.00"), Decimal("10.00")],
        "start": [date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 5), date(2026, 3, 3), date(2026, 1, 1)],
        "end": [date(2026, 3, 10), date(2026, 2, 5), None, None, None],
    }
    return ch.Revenue(pa.table({**made, **columns}))


def test_a_waterfall_closes_over_all_its_periods() -> None:
    figure = ch.plot.waterfall(book().waterfall(DATES))
    bars = figure.data[0]
    assert list(figure.layout.xaxis.ticktext) == ["2026-02-01", "new", "expansion", "churn", "2026-04-01"]
    assert list(bars.y) == [150.5, 30.0, 20.0, -100.0, 100.5]
    assert sum(list(bars.y)[:-1]) == list(bars.y)[-1]
    assert list(bars.base) == [0, 150.5, 180.5, 200.5, 0]
    assert list(bars.marker.color) == [NEUTRAL, UP, UP, DOWN, NEUTRAL]
    assert title(figure) == ("Revenue fell from 150 to 100 between 2026-02-01 and 2026-04-01: 100 were lost, 50 won")


def test_a_waterfall_of_labels_or_of_times_that_overlap_is_refused() -> None:
    with pytest.raises(ch.DataError, match=r"this table has labels; ch\.plot\.retention draws them"):
        ch.plot.waterfall(book().waterfall(DATES, by="size"))
    with pytest.raises(ch.DataError, match="the periods do not follow each other"):
        ch.plot.waterfall(book().retention(["2026-03-01", "2026-03-15"], over="1mo"))
    with pytest.raises(ch.DataError, match=r"expected a table that revenue\.waterfall gave: it has no column from, to"):
        ch.plot.waterfall(pa.table({"start": [1.0]}))
    with pytest.raises(ch.DataError, match=r"expected a table that revenue\.waterfall gave, not a int"):
        ch.plot.waterfall(3)


def test_cohorts_are_a_triangle() -> None:
    table = book().cohorts(measure="accounts", until="2026-04-01")
    figure = ch.plot.cohorts(table)
    np.testing.assert_array_equal(figure.data[0].z, [[1, 1, 2 / 3], [1, np.nan, np.nan]])
    assert list(figure.layout.yaxis.ticktext) == ["2026-01-01", "2026-03-01"]
    assert title(figure) == "After 2 periods 67% of accounts are left, of the 1 cohort that is so old"


def test_more_than_all_that_began_is_said_to_be_drawn_as_all() -> None:
    figure = ch.plot.cohorts(book(mrr=[1, 1, 9, 1, 1]).cohorts(until="2026-04-01"))
    assert np.nanmax(figure.data[0].z) > 1
    assert notes(figure) == ["100% or more is drawn as 100%"]


def test_retention_is_two_lines_for_each_label() -> None:
    table = book().retention(DATES[1:], over="1mo")
    figure = ch.plot.retention(table)
    assert {trace.name: list(trace.y) for trace in figure.data} == {
        "NRR": table["nrr"].to_pylist(), "GRR": table["grr"].to_pylist(),
    }  # fmt: skip
    split = ch.plot.retention(book().retention(DATES[1:], over="1mo", by="size"))
    assert {trace.name for trace in split.data} == {
        "below 100: NRR", "below 100: GRR", "100 to 1000: NRR", "100 to 1000: GRR",
    }  # fmt: skip
    assert title(split).startswith("NRR as of 2026-04-01: 0% of 100 to 1000, 100% of below 100")


@pytest.mark.parametrize(
    ("draw", "table"),
    [
        (ch.plot.waterfall, lambda: book().waterfall(DATES)),
        (ch.plot.cohorts, lambda: book().cohorts()),
        (ch.plot.retention, lambda: book().retention(DATES)),
    ],
)
def test_tables_without_rows_are_drawn_as_nothing_and_frames_are_tables(draw: Any, table: Any) -> None:
    whole = table()
    assert notes(draw(whole.slice(0, 0))) == ["the table has no rows"]
    pandas = pytest.importorskip("pandas")
    assert isinstance(whole.to_pandas(), pandas.DataFrame)
    assert title(draw(whole.to_pandas())) == title(draw(whole))


# ---- survival --------------------------------------------------------------------------------------------------------


def test_survival_is_drawn_with_its_band() -> None:
    curve = ch.clv.KaplanMeier().fit([2, 5, 5, 8, 9], [True, True, False, True, False])
    figure = curve.plot()
    high, low, middle = figure.data
    table = curve.table_
    assert list(middle.x) == table["time"].to_pylist()
    for trace, column in ((high, "ci_high"), (low, "ci_low"), (middle, "survival")):
        np.testing.assert_array_equal(trace.y, table[column].to_numpy())
    assert {trace.line.shape for trace in figure.data} == {"hv"}
    assert title(ch.plot.survival(table)) == title(figure)


def test_a_curve_of_which_more_than_half_are_left_says_so() -> None:
    assert title(ch.clv.KaplanMeier().fit([5, 9], [False, False]).plot()).startswith("More than half are still there")
    with pytest.raises(ch.DataError, match=r"expected a table that clv\.KaplanMeier\.fit gave, not a KaplanMeier"):
        ch.plot.survival(ch.clv.KaplanMeier())


# ---- validation ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def validation() -> ch.Validation:
    """Sixty accounts, of whom the quiet leave."""
    random = np.random.default_rng(3)
    rows = []
    ends = []
    for k in range(60):
        ends.append(date(2026, 1 + k % 6, 20) if k % 3 == 0 else None)
        stop = ends[-1] or date(2027, 1, 1)
        for month in range(1, 13):
            day = date(2025 + (month + 5) // 12, (month + 5) % 12 + 1, 10)
            busy = 8 if (stop - day).days > 90 else 2
            rows += [(f"a{k:02}", day)] * int(random.poisson(busy) if day < stop else 0)
    document = {
        "format": 1,
        "tables": {
            "use": {"kind": "events", "account": "id", "time": "day"},
            "contracts": {"kind": "intervals", "account": "id", "start": "start", "end": "end", "end_known": "at_end"},
        },
        "metrics": {"done": {"from": "use", "agg": "count", "window": "31d"}},
        "scores": {
            "health": {"measures": {"use": {"value": "done", "curve": [[0, 0], [8, 100]]}},
                       "grades": [{"name": "low"}, {"name": "high", "from": 50}]},
            "flat": {"measures": {"use": {"value": "done", "curve": [[0, 40], [1, 60]]}}},
        },
    }  # fmt: skip
    use = pa.table({"id": [row[0] for row in rows], "day": [row[1] for row in rows]})
    contracts = pa.table({"id": [f"a{k:02}" for k in range(60)], "start": [date(2025, 1, 1)] * 60, "end": ends})
    return ch.Portfolio(ch.Model.parse(document), use=use, contracts=contracts).validate(
        ["health", "flat"], as_ofs=ch.dates("2025-12-01", "2026-04-01", every="1mo"),
        outcome=ch.outcomes.churn("contracts"), horizon="90d", capacity=(5, 10), rounds=50,
    )  # fmt: skip


def of(table: pa.Table, score: str = "health") -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["score"] == score]


def test_lift_is_a_line_a_score_beside_chance(validation: ch.Validation) -> None:
    figure = validation.plot()
    lines = {trace.name: trace for trace in figure.data}
    assert [*lines] == ["by chance", "health", "flat"]
    assert list(lines["health"].y) == [0, *(row["recall"] for row in of(validation.gains))]
    assert list(lines["health"].x) == [0, *(row["share"] for row in of(validation.gains))]
    tenth = next(row for row in of(validation.gains) if row["share"] == 0.1)
    holds = f"holds {tenth['recall']:.0%} of the outcomes, {tenth['lift']:.1f} times as many as chance"
    assert title(figure) == f"The worst tenth by health {holds}"


def test_calibration_holds_what_came_beside_what_was_foretold(validation: ch.Validation) -> None:
    line, dots = ch.plot.calibration(validation).data
    rows = of(validation.calibration)
    assert list(dots.x) == [row["predicted"] for row in rows]
    assert list(dots.y) == [row["observed"] for row in rows]
    np.testing.assert_allclose(np.add(dots.y, dots.error_y.array), [row["high"] for row in rows])
    assert list(line.x) == list(line.y)
    with pytest.raises(ch.UnknownNameError, match="the validation has no score 'healt': did you mean 'health'"):
        ch.plot.calibration(validation, "healt")


def test_lists_are_drawn_with_what_is_right_and_what_they_hold(validation: ch.Validation) -> None:
    figure = ch.plot.capacity(validation)
    right, held, chance = figure.data
    rows = of(validation.capacity)
    assert list(right.x) == ["5", "10"]
    assert list(right.y) == [row["precision"] for row in rows]
    assert list(held.y) == [row["recall"] for row in rows]
    base = of(validation.summary)[0]["base_rate"]
    assert list(chance.y) == [base, base]
    assert title(figure).startswith("health: of a list of 5 at each date ")


def test_shift_ranks_columns_by_how_far_beyond_chance_they_moved(validation: ch.Validation) -> None:
    figure = ch.plot.shift(validation, most=3)
    bars, floors = figure.data
    rows = {f"{row['column']} ({row['kind']})": row for row in of(validation.drift) if row["psi"] is not None}
    assert len(bars.x) == min(3, len(rows))
    for name, moved, floor in zip(figure.layout.yaxis.ticktext, bars.x, floors.x, strict=True):
        assert (rows[name]["psi"], rows[name]["psi_floor"]) == (moved, floor)
    beyond = [moved - floor for moved, floor in zip(bars.x, floors.x, strict=True)]
    assert beyond == sorted(beyond)


# ---- tables that draw themselves -------------------------------------------------------------------------------------


def test_results_draw_the_chart_that_they_are_usually_wanted_as() -> None:
    portfolio, months = travelled(), ("2026-03-01", "2026-07-06")
    for result, draw in (
        (portfolio.funnel("path", *months), ch.plot.funnel),
        (portfolio.moves("path", *months), ch.plot.moves),
        (portfolio.transitions("path", *months), ch.plot.moves),
        (book().cohorts(), ch.plot.cohorts),
        (book().waterfall(DATES), ch.plot.waterfall),
        (book().waterfall(DATES, by="size"), ch.plot.retention),
        (book().retention(["2026-03-01", "2026-03-15"], over="1mo"), ch.plot.retention),
    ):
        assert result.plot() == draw(result)


def test_a_table_without_one_chart_says_which_there_are() -> None:
    with pytest.raises(ch.DataError, match=r"a table of account_id, as_of, .*, … has no one chart; ch\.plot has"):
        drawn.panel().contributions("health").plot()
