"""Journeys as presets: each stage reached on small tables, worked out by hand, edges included."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

import customerhealth as ch
from published import table

MONDAY = datetime(2026, 3, 2)  # a tick of the default clock
SOON = timedelta(microseconds=1)
Rows = list[dict[str, Any]]


def at(days: float) -> datetime:
    """So many days after the Monday."""
    return MONDAY + timedelta(days=days)


def loaded(preset: str, **tables: Rows) -> ch.Portfolio:
    frames = {name: table(rows) for name, rows in tables.items() if rows}
    return ch.Portfolio(ch.Model.preset(preset), **frames, strict="all")


def stages(portfolio: ch.Portfolio, journey: str, as_ofs: Any) -> list[str | None]:
    found: list[str | None] = portfolio.score(as_ofs).table[journey].to_pylist()
    return found


def daily(portfolio: ch.Portfolio, journey: str, days: int) -> list[tuple[str | None, str, float]]:
    """Moves of the only account: from, to, on which day."""
    moves = portfolio.moves(journey, at(-400), at(days)).to_pylist()
    return [(row["from"], row["to"], (row["at"].replace(tzinfo=None) - MONDAY).days) for row in moves]


# --- Amplitude


def active(*days: float, account: str = "a") -> Rows:
    return [{"account_id": account, "occurred_at": at(day)} for day in days]


def test_amplitudes_four_week_by_week() -> None:
    portfolio = loaded("amplitude-lifecycle", activity=active(1, 8, 30, 37, 60))
    weeks = [at(7 * week) for week in range(1, 12)]
    assert stages(portfolio, "lifecycle", weeks) == [
        *("new", "current", "dormant", "dormant", "resurrected"),
        *("current", "dormant", "dormant", "resurrected", "dormant", "dormant"),
    ]
    assert portfolio.score(weeks).table["newly_dormant"].to_pylist() == [
        *(False, False, True, False, False, False, True, False, False, True, False)
    ]


def test_an_interval_of_amplitude_holds_its_first_instant_and_not_its_last() -> None:
    at_the_start = loaded("amplitude-lifecycle", activity=active(0))
    assert stages(at_the_start, "lifecycle", [at(7), at(14)]) == ["new", "dormant"]
    twice = [{"account_id": "a", "occurred_at": moment} for moment in (at(0) - SOON, at(7))]
    portfolio = loaded("amplitude-lifecycle", activity=twice)
    assert stages(portfolio, "lifecycle", [at(0), at(7), at(14), at(21)]) == [
        "new",
        "dormant",
        "resurrected",
        "dormant",
    ]


def test_pulse_is_new_and_resurrected_for_each_that_fell_silent() -> None:
    rows = active(8, account="new") + active(-20, 9, account="back") + active(1, 10, account="here")
    rows += active(2, account="gone") + active(-20, account="long gone")
    portfolio = loaded("amplitude-lifecycle", activity=rows)
    panel = portfolio.score(at(14)).table.to_pandas().set_index("account_id")
    assert panel["lifecycle"].to_dict() == {
        "back": "resurrected", "gone": "dormant", "here": "current", "long gone": "dormant", "new": "new"
    }  # fmt: skip
    counts = panel["lifecycle"].value_counts()
    assert (counts["new"] + counts["resurrected"]) / panel["newly_dormant"].sum() == 2
    assert panel["lifecycle_stalled"].sum() == 0
    later = portfolio.score(at(28)).table.to_pandas().set_index("account_id")
    assert later.loc["long gone", "lifecycle_stalled"], "silent for more than four weeks"


def test_exactly_one_of_amplitudes_rules_is_true() -> None:
    """Whatever was done in three weeks, the stage follows from it alone, and so not from the past of the walk."""
    for done in range(1, 8):
        days = [day for bit, day in enumerate((-3, 4, 11)) if done >> bit & 1]
        earlier, before, now = (day in days for day in (-3, 4, 11))
        wanted = "dormant" if not now else "current" if before else "resurrected" if earlier else "new"
        assert stages(loaded("amplitude-lifecycle", activity=active(*days)), "lifecycle", [at(14)]) == [wanted], days


# --- Demandbase


def target(**tables: Rows) -> ch.Portfolio:
    known = [{"account_id": "a", "known_at": at(-1000)}]
    return loaded(
        "demandbase-stages", accounts=known, **{k: [{"account_id": "a"} | r for r in v] for k, v in tables.items()}
    )


def predicted(qualification: float, pipeline: float, day: float = -1) -> dict[str, Any]:
    return {"scored_at": at(day), "qualification_score": qualification, "pipeline_score": pipeline}


def spent(minutes: float, kind: str = "marketing", day: float = -1) -> dict[str, Any]:
    return {"occurred_at": at(day), "minutes": minutes, "kind": kind}


def opportunity(opened: float, closed: float | None = None, won: bool | None = None) -> dict[str, Any]:
    return {"opened_at": at(opened), "closed_at": None if closed is None else at(closed), "won": won}


HIGH = {"strength": "high"}


@pytest.mark.parametrize(
    ("tables", "wanted"),
    [
        ({}, "all_other"),
        ({"predictions": [predicted(69.9, 0)]}, "all_other"),
        ({"predictions": [predicted(70, 0)]}, "qualified"),
        ({"predictions": [predicted(99, 0, day=-9), predicted(10, 0)]}, "all_other"),  # the latest counts
        ({"intent": [{"observed_at": at(-30), **HIGH}]}, "aware"),  # 30 days ago is within 30 days
        ({"intent": [{"observed_at": at(-30) - SOON, **HIGH}]}, "all_other"),
        ({"intent": [{"observed_at": at(-1), "strength": "medium"}]}, "all_other"),
        ({"engagement": [spent(9.9)]}, "all_other"),
        ({"engagement": [spent(4), spent(6, "sales")]}, "engaged"),
        ({"engagement": [spent(99.9)]}, "engaged"),
        ({"engagement": [spent(300, "sales")]}, "engaged"),  # not with marketing
        ({"engagement": [spent(100)]}, "marketing_qualified"),
        ({"engagement": [spent(100, day=-95)]}, "all_other"),
        ({"predictions": [predicted(0, 84.9)]}, "all_other"),
        ({"predictions": [predicted(0, 85)]}, "marketing_qualified"),
        ({"opportunities": [opportunity(-5)], "engagement": [spent(200)]}, "opportunity"),
        ({"opportunities": [opportunity(-50, -5, False)], "engagement": [spent(50)]}, "engaged"),  # lost
        ({"opportunities": [opportunity(-50, -5, True)]}, "customer"),
        ({"opportunities": [opportunity(-50, -5, True), opportunity(-4)]}, "customer"),
        ({"opportunities": [opportunity(-50, 5, True)]}, "opportunity"),  # not closed yet
    ],
)
def test_demandbases_stage_is_the_first_from_the_bottom_whose_rule_holds(tables: dict[str, Rows], wanted: str) -> None:
    assert stages(target(**tables), "stage", [MONDAY]) == [wanted]


def test_an_account_of_demandbase_falls_back_and_stalls() -> None:
    portfolio = target(engagement=[spent(100, day=-1)], intent=[{"observed_at": at(80), **HIGH}])
    months = [at(7 * week) for week in (0, 2, 3, 13, 14, 16)]
    assert stages(portfolio, "stage", months) == [
        *["marketing_qualified"] * 4,  # 1 March is within three months of 1 June
        "aware",
        "all_other",
    ]
    stalled = portfolio.score(months).table["stage_stalled"].to_pylist()
    assert stalled == [False, False, True, True, False, False], "two weeks are not longer than two weeks"


# --- Leads


def lead(points: Rows = (), decisions: Rows = (), deals: Rows = ()) -> ch.Portfolio:  # type: ignore[assignment]
    named = [[{"lead_id": "a"} | row for row in rows] for rows in (points, decisions, deals)]
    return loaded("lead-stages", lead_scores=named[0], decisions=named[1], opportunities=named[2])


def scored(points: float, day: float) -> dict[str, Any]:
    return {"scored_at": at(day), "points": points}


def decided(decision: str, day: float) -> dict[str, Any]:
    return {"decided_at": at(day), "decision": decision}


def test_a_lead_is_handed_from_marketing_to_sales_to_success() -> None:
    portfolio = lead(
        [scored(99, 0.5), scored(100, 2.5)],
        [decided("accepted", 4.5), decided("qualified", 9.5)],
        [opportunity(10, 39.5, True)],
    )
    assert daily(portfolio, "lead", 50) == [
        (None, "marketing_qualified", 3),
        ("marketing_qualified", "sales_accepted", 5),
        ("sales_accepted", "sales_qualified", 10),
        ("sales_qualified", "won", 40),
    ]
    first = portfolio.score(at(2))
    assert first.table["lead"].to_pylist() == [None], "99 points are not enough"
    handed = portfolio.handoffs("lead", at(0), at(50)).to_pylist()
    assert [(row["from_owner"], row["to_owner"], row["median_days"]) for row in handed] == [
        ("marketing", "sales_development", 2), ("sales_development", "sales", 5), ("sales", "success", 30)
    ]  # fmt: skip


def test_sales_has_two_days_to_answer() -> None:
    stalled = lead([scored(120, 0.5)]).score([at(1), at(3), at(4)]).table["lead_stalled"].to_pylist()
    assert stalled == [False, False, True]


def test_a_lead_turned_down_is_recycled_and_may_come_back_after_30_days() -> None:
    portfolio = lead([scored(120, 0.5)], [decided("rejected", 1.5), decided("qualified", 35.5), decided("lost", 50.5)])
    assert daily(portfolio, "lead", 100) == [
        (None, "marketing_qualified", 1),
        ("marketing_qualified", "recycled", 2),
        ("recycled", "marketing_qualified", 32),
        ("marketing_qualified", "sales_qualified", 36),  # never formally accepted
        ("sales_qualified", "recycled", 51),
        ("recycled", "marketing_qualified", 81),
    ]
    poor = lead([scored(120, 0.5), scored(20, 5.5)], [decided("rejected", 1.5)])
    assert daily(poor, "lead", 100)[-1] == ("marketing_qualified", "recycled", 2), "without points it stays there"


def test_won_is_for_good() -> None:
    portfolio = lead([scored(120, 0.5)], [decided("lost", 30.5)], [opportunity(1, 9.5, True)])
    assert daily(portfolio, "lead", 60) == [(None, "marketing_qualified", 1), ("marketing_qualified", "won", 10)]


# --- Attract, nurture, convert, retain, grow


def touches(*days: float, kind: str = "visit") -> Rows:
    return [{"account_id": "a", "occurred_at": at(day), "kind": kind} for day in days]


def contract(start: float, end: float | None, mrr: float = 100, number: int = 1) -> dict[str, Any]:
    """Signed ten days before it begins."""
    dates = {"start_date": at(start), "end_date": None if end is None else at(end), "signed_at": at(start - 10)}
    return {"account_id": "a", "contract_id": number, "mrr": mrr, **dates}


def test_a_customer_is_attracted_nurtured_converted_retained_and_grown() -> None:
    deals = [{"account_id": "a", **opportunity(29, 69, True)}]
    contracts = [contract(69, 434), contract(300, 434, 50, number=2)]
    portfolio = loaded("customer-lifecycle", touches=touches(-1, 2, 12), opportunities=deals, contracts=contracts)
    assert daily(portfolio, "lifecycle", 700) == [
        (None, "attract", 0),
        ("attract", "nurture", 14),  # the third touch
        ("nurture", "convert", 35),
        ("convert", "retain", 70),
        ("retain", "grow", 301),  # 150 against 100 half a year ago
        ("grow", "attract", 441),  # it has left, and all touches are old
    ]


def test_growth_is_against_half_a_year_ago_and_then_is_the_usual() -> None:
    contracts = [contract(0, 1000), contract(189, 1000, 1, number=2)]
    portfolio = loaded("customer-lifecycle", contracts=contracts)
    assert daily(portfolio, "lifecycle", 400)[-2:] == [("retain", "grow", 196), ("grow", "retain", 378)]
    fresh = loaded("customer-lifecycle", contracts=[contract(0, 1000), contract(50, 1000, number=2)])
    assert stages(fresh, "lifecycle", [at(84)]) == ["retain"], "there is no half a year ago"


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (touches(-1, -2), "attract"),
        (touches(-1, -2, -90), "nurture"),
        (touches(-1, -2, -90.1), "attract"),
        (touches(-1, kind="form"), "nurture"),
        (touches(-90.1, kind="form"), "attract"),
    ],
)
def test_three_touches_or_a_form_in_90_days_are_nurture(rows: Rows, wanted: str) -> None:
    assert stages(loaded("customer-lifecycle", touches=rows), "lifecycle", [MONDAY]) == [wanted]


# --- The B2B buyer's seven steps


def signal(kind: str, day: float, person: str | None = None) -> dict[str, Any]:
    return {"account_id": "a", "observed_at": at(day), "kind": kind, "person_id": person}


def test_a_buyer_goes_round_in_seven_steps() -> None:
    portfolio = loaded(
        "b2b-buyer-journey",
        signals=[signal("trigger", 6), signal("brand", 20, "ann"), signal("evaluation", 34, "ann")],
        opportunities=[{"account_id": "a", **opportunity(48, 90, True)}],
        contracts=[contract(90, 455)],
        surveys=[
            {"account_id": "a", "answered_at": at(day), "score": score} for day, score in ((-3, 7), (120, 8), (200, 9))
        ],
    )
    assert daily(portfolio, "buyer", 700) == [
        (None, "out_of_market", 0),
        ("out_of_market", "trigger", 7),
        ("trigger", "brand_consideration", 21),
        ("brand_consideration", "active_evaluation", 35),
        ("active_evaluation", "purchase_decision", 49),
        ("purchase_decision", "experience", 91),
        ("experience", "loyalty", 203),
        ("loyalty", "out_of_market", 462),  # not renewed
    ]


@pytest.mark.parametrize(
    ("tables", "wanted"),
    [
        ({"signals": [signal("trigger", -180)]}, "trigger"),
        ({"signals": [signal("trigger", -180.1)]}, "out_of_market"),
        ({"signals": [signal("brand", -90, "ann")]}, "brand_consideration"),
        ({"signals": [signal("brand", -90.1, "ann")]}, "out_of_market"),
        ({"signals": [signal("brand", -1, "ann"), signal("brand", -2, "ann")]}, "brand_consideration"),
        ({"signals": [signal("brand", -1, "ann"), signal("brand", -2, "bob")]}, "active_evaluation"),
        ({"signals": [signal("brand", -1), signal("brand", -2)]}, "brand_consideration"),  # who they are is not known
        ({"contracts": [contract(-10, 355)], "signals": [signal("evaluation", -1)]}, "experience"),
        ({"contracts": [contract(-360, 5), contract(5, 370, number=2)]}, "loyalty"),  # the renewal is signed
        ({"contracts": [contract(-360, 11), contract(11, 370, number=2)]}, "experience"),  # not signed yet
        ({"contracts": [contract(-730, -365), contract(-365, 5, number=2)]}, "loyalty"),
        ({"contracts": [contract(-730, -7)]}, "out_of_market"),
    ],
)
def test_a_buyers_step_at_its_edges(tables: dict[str, Rows], wanted: str) -> None:
    assert stages(loaded("b2b-buyer-journey", **tables), "buyer", [MONDAY]) == [wanted]


# --- Value creation, value expansion


def gain(day: float, value: float, confirmed: float | None = None) -> dict[str, Any]:
    return {
        "account_id": "a", "reached_at": at(day), "value": value,
        "confirmed_at": at(day if confirmed is None else confirmed),
    }  # fmt: skip


def invoice(day: float, amount: float) -> dict[str, Any]:
    return {"account_id": "a", "invoiced_at": at(day), "amount": amount}


def test_the_crossover_is_the_day_from_which_gains_are_at_least_what_was_paid() -> None:
    portfolio = loaded(
        "value-journey",
        contracts=[contract(0, 365)],
        invoices=[invoice(0.5, 1200), invoice(365.5, 1200)],
        outcomes=[gain(40.5, 500), gain(99.5, 699.5), gain(110.5, 0.5, confirmed=120.5)],
    )
    assert daily(portfolio, "value", 400) == [(None, "value_creation", 1), ("value_creation", "value_expansion", 121)]
    before, after, renewed = portfolio.score([at(120), at(121), at(380)]).table.to_pylist()
    assert (before["crossed_at"], before["crossed"], before["days_observed"]) == (None, 0, 120)
    assert before["gained_per_paid"] == pytest.approx(1199.5 / 1200)
    assert (after["days_to_crossover"], after["crossed"], after["days_observed"]) == (121, 1, 121)
    assert (renewed["gained_per_paid"], renewed["value"]) == (0.5, "value_expansion"), "it counts once"
    assert renewed["crossed_at"] == after["crossed_at"]


def test_who_has_paid_nothing_has_not_crossed_over_and_who_only_waits_stalls() -> None:
    portfolio = loaded("value-journey", contracts=[contract(0, 365)], outcomes=[gain(5, 100)])
    rows = portfolio.score([at(10), at(366), at(367)]).table.to_pylist()
    assert [row["value"] for row in rows] == ["value_creation"] * 3
    assert [row["value_stalled"] for row in rows] == [False, False, True]
    assert [row["crossed"] for row in rows] == [0, 0, 0]
