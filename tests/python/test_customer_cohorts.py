"""Groups at risk, candidates for expansion, advocates: who is in them, why, and what they are worth."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import customerhealth as ch
from published import AS_OF, ago, table

Rows = list[dict[str, Any]]
GROUPS = ["used_rarely", "features_unused", "users_not_growing", "does_not_recommend", "about_to_leave"]
FEATURES = ("report", "export", "alert", "chart")


def contract(account: str = "a", **changes: Any) -> dict[str, Any]:
    """Ten seats and four features for 100 a month, for 300 days now and 200 more."""
    usual = {"account_id": account, "contract_id": 1, "product": "core", "start_date": ago(300), "end_date": ago(-200)}
    usual |= {"signed_at": ago(310), "seats": 10, "features": 4, "mrr": 100.0, "notice_given": False}
    return usual | changes


def use(account: str = "a", days: int = 20, users: int = 8, before: int = 6, features: int = 4) -> Rows:
    """On so many of the last days by each of the users, who were so many before, with so many features."""
    now = [(ago(day + 0.5), user) for day in range(days) for user in range(users)]
    then = [(ago(84.5 + day), user) for day in range(20) for user in range(before)]
    return [
        {"account_id": account, "occurred_at": at, "user_id": user, "feature": FEATURES[index % features]}
        for index, (at, user) in enumerate(now + then)
    ]


def answer(score: float, days_ago: float = 10, account: str = "a") -> dict[str, Any]:
    return {"account_id": account, "answered_at": ago(days_ago), "score": score}


def behind(versions: int) -> dict[str, Any]:
    return {"account_id": "a", "reported_at": ago(3), "versions_behind": versions}


def panel(contracts: Rows, usage: Rows, as_of: Any = AS_OF, **others: Rows) -> ch.Panel:
    given = {"contracts": contracts, "usage": usage, **others}
    frames = {name: table(rows) for name, rows in given.items() if rows}
    return ch.Portfolio(ch.Model.preset("customer-cohorts"), **frames, strict="all").score(as_of)


def cohorts(found: ch.Panel, account: str = "a") -> list[str]:
    (row,) = [row for row in found.table.to_pylist() if row["account_id"] == account]
    return [name for name in found.model.cohorts if row[name]]


def test_an_account_that_does_well_is_in_no_group() -> None:
    assert cohorts(panel([contract()], use(), surveys=[answer(8)])) == []


@pytest.mark.parametrize(
    ("contracts", "usage", "others", "wanted"),
    [
        # used rarely: fewer than 4 days of 28, from the second month on
        ([contract()], use(days=4), {}, []),
        ([contract()], use(days=3, users=7), {}, ["used_rarely"]),
        ([contract()], [], {}, ["used_rarely", "features_unused"]),  # nobody ever
        ([contract(start_date=datetime(2026, 6, 1), signed_at=ago(40))], [], {}, ["used_rarely", "features_unused"]),
        ([contract(start_date=datetime(2026, 6, 2), signed_at=ago(40))], [], {}, []),  # not a month yet
        # features unused or not upgraded: half are enough
        ([contract()], use(features=2), {}, []),
        ([contract()], use(features=1), {}, ["features_unused"]),
        ([contract()], use(), {"installations": [behind(1)]}, []),
        ([contract()], use(), {"installations": [behind(2)]}, ["features_unused"]),
        # users not growing: as many as before, from the sixth month on, seats not full
        ([contract()], use(users=8, before=7), {}, []),
        ([contract()], use(users=8, before=8), {}, ["users_not_growing"]),
        ([contract()], use(users=9, before=9), {}, ["expansion_seats"]),
        ([contract(start_date=datetime(2026, 1, 1))], use(users=8, before=8), {}, ["users_not_growing"]),
        ([contract(start_date=datetime(2026, 1, 2))], use(users=8, before=8), {}, []),
        # does not recommend: 6 or less in the latest answer of a year
        ([contract()], use(), {"surveys": [answer(7)]}, []),
        ([contract()], use(), {"surveys": [answer(6)]}, ["does_not_recommend"]),
        ([contract()], use(), {"surveys": [answer(2, 100), answer(7, 10)]}, []),
        ([contract()], use(), {"surveys": [answer(2, 366)]}, []),
        # about to cancel or lapse
        ([contract(end_date=ago(-90))], use(), {}, []),
        ([contract(end_date=ago(-89.9))], use(), {}, ["about_to_leave"]),
        ([contract(end_date=ago(-9)), contract(contract_id=2, start_date=ago(-9), signed_at=ago(1))], use(), {}, []),
        ([contract(end_date=None)], use(), {}, []),
        ([contract(), contract(notice_given=True, signed_at=ago(2))], use(), {}, ["about_to_leave"]),
        # not a customer (any more)
        ([contract(end_date=ago(1))], [], {"surveys": [answer(1)]}, []),
        ([contract(start_date=ago(-5), signed_at=ago(5))], [], {}, []),
        # growth
        ([contract()], use(users=9), {}, ["expansion_seats"]),
        ([contract()], use(users=9), {"surveys": [answer(9)]}, ["expansion_seats", "advocates"]),
        ([contract()], use(), {"surveys": [answer(9)]}, ["advocates"]),
        ([contract()], use(users=9, features=1), {"surveys": [answer(10)]}, ["features_unused"]),  # well, it is not
    ],
)
def test_who_is_in_which_group(contracts: Rows, usage: Rows, others: dict[str, Rows], wanted: list[str]) -> None:
    found = [name for name in cohorts(panel(contracts, usage, **others)) if name != "at_risk"]
    assert found == wanted


def test_at_risk_has_each_account_once_with_its_revenue() -> None:
    contracts = [contract("a"), contract("b", mrr=50.0), contract("c", mrr=10.0)]
    found = panel(contracts, use("c"), surveys=[answer(3, account="b")])
    rows = found.table.to_pandas().set_index("account_id")
    assert rows["risk_groups"].to_dict() == {"a": 2, "b": 3, "c": 0}
    assert rows.loc[rows["at_risk"], "arr"].sum() == 1800
    sums = [rows.loc[rows[name], "arr"].sum() for name in GROUPS]
    assert sums == [1800, 1800, 0, 600, 0]
    for spec in found.model.to_dict()["cohorts"].values():
        assert spec["label"]
        assert spec["revenue"] == "arr"


def test_each_group_at_risk_has_a_play_that_tells_the_reason_in_numbers() -> None:
    """The contracts are known since yesterday, so that the plays open now: their texts are those of the opening."""
    contracts = [contract(end_date=ago(-30), signed_at=ago(1)), contract("b", mrr=5000.0, signed_at=ago(1))]
    found = panel(contracts, use(days=2, users=4, before=5, features=1), surveys=[answer(6)], installations=[behind(3)])
    assert {row["play"]: row["message"] for row in found.plays().to_pylist() if row["account_id"] == "a"} == {
        "listen": "Answered 6 of 10; 1,200 a year at risk",
        "reawaken": "Used on 2 of 28 days by 4 of 10 seats; 1,200 a year at risk",
        "save": "30 days to the end, 0 notices given, 0 renewals signed; 1,200 a year at risk",
        "show_features": "1 of 4 features used, 3 releases behind; 1,200 a year at risk",
        "widen_use": "4 users, 5 twelve weeks ago, 10 seats; 1,200 a year at risk",
    }
    never = [row["message"] for row in found.plays().to_pylist() if row["account_id"] == "b"]
    assert never == [
        "Used on – of 28 days by – of 10 seats; 60,000 a year at risk",
        "– of 4 features used, – releases behind; 60,000 a year at risk",
    ]


def products(account: str, *names: str, seats: int = 10) -> Rows:
    return [contract(account, contract_id=number, product=name, seats=seats) for number, name in enumerate(names)]


def test_a_product_is_suggested_that_half_of_the_similar_accounts_have() -> None:
    rows = products("a", "core") + products("b", "core", "analytics")
    rows += products("c", "analytics", "automation") + products("d", "core", "analytics") + products("e", "core")
    rows += products("large", "core", seats=60)
    usage = [row for account in {row["account_id"] for row in rows} for row in use(account, users=8)]
    found = panel(rows, usage)
    shares = found.table.to_pandas().set_index("account_id")
    assert shares["similar_with_analytics"].round(9).to_dict() == {
        "a": 0.6, "b": 0, "c": 0, "d": 0, "e": 0.6, "large": pytest.approx(float("nan"), nan_ok=True)
    }  # fmt: skip
    assert shares.loc["a", "similar_with_automation"] == pytest.approx(0.2)
    told = {row["account_id"]: row["next_product"] for row in found.table.to_pylist()}
    assert told == {"a": "analytics", "b": None, "c": None, "d": None, "e": "analytics", "large": None}
    assert [name for name in told if "expansion_products" in cohorts(found, name)] == ["a", "e"]
    reasons = {(r["account_id"], r["metric"]): r["reason"] for r in found.reasons().to_pylist()}
    assert reasons["large", "similar_with_analytics"] == "coverage", "it is the only one of its size"
    fewer = panel([row for row in rows if row["account_id"] != "e"], usage)
    assert "expansion_products" not in cohorts(fewer, "a"), "four accounts are too few to compare with"


def test_of_two_products_the_more_common_is_suggested() -> None:
    rows = products("a", "core")
    for number, names in enumerate((("automation",), ("automation",), ("automation", "analytics"), ("analytics",), ())):
        rows += products(f"p{number}", "core", *names)
    usage = [row for account in {row["account_id"] for row in rows} for row in use(account, users=8)]
    found = panel(rows, usage)
    told = {row["account_id"]: row["next_product"] for row in found.table.to_pylist()}
    assert told == {"a": "automation", "p0": None, "p1": None, "p2": None, "p3": "automation", "p4": "automation"}


def test_a_simulated_portfolio_has_customers_in_every_group() -> None:
    data, model = ch.datasets.simulate(400, "2025-01-01", "2026-07-01", seed=6), ch.Model.preset("customer-cohorts")
    rows = ch.Portfolio(model, tables=data.select(model)).score("2026-06-01").table.to_pandas()
    sizes = {name: int(rows[name].sum()) for name in model.cohorts}
    assert min(sizes.values()) > 0, sizes
    assert not (rows["at_risk"] & (rows["advocates"] | rows["expansion_seats"])).any()
    assert rows["at_risk"].eq(rows[GROUPS].any(axis=1)).all()
