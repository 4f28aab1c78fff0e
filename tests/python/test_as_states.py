"""A panel of people (products, children) feeds a portfolio of their accounts: what was true then, and nothing later."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch

DATES = [datetime(2026, month, 1, tzinfo=timezone.utc) for month in (3, 4, 5, 6, 7)]
MICRO = timedelta(microseconds=1)
PEOPLE: dict[str, Any] = {
    "format": 1,
    "tables": {
        "jobs": {"kind": "states", "account": "person", "time": "since"},
        "clicks": {"kind": "events", "account": "person", "time": "at"},
    },
    "metrics": {
        "employer": {"from": "jobs", "agg": "last", "of": "company"},
        "role": {"from": "jobs", "agg": "last", "of": "role"},
        "clicks": {"from": "clicks", "agg": "count", "window": "31d"},
    },
    "scores": {"lead": {"measures": {"clicks": {"value": "coalesce(clicks, 0)", "curve": [[0, 0], [4, 100]]}}}},
    "include": "employer is not missing and employer != 'left'",
}
ACCOUNTS: dict[str, Any] = {
    "format": 1,
    "tables": {
        "people": {
            "kind": "states", "account": "account_id", "key": "key",
            "time": "time", "known": "known", "deleted": "deleted",
        }
    },
    "metrics": {
        "people": {"from": "people", "agg": "count"},
        "average": {"from": "people", "agg": "mean", "of": "lead"},
        "best": {"from": "people", "agg": "max", "of": "lead"},
        "total": {"from": "people", "agg": "sum", "of": "lead"},
        "weighed": {"from": "people", "agg": "sum", "of": "lead * if(role = 'boss', 3, 1)"},
        "weights": {"from": "people", "agg": "sum", "of": "if(lead is missing, 0, if(role = 'boss', 3, 1))"},
        "by_role": {"formula": "weighed / weights"},
    },
}  # fmt: skip
JOBS = [
    ("ann", datetime(2026, 2, 10), "acme", "boss"),
    ("bob", datetime(2026, 2, 10), "acme", "user"),
    ("ann", datetime(2026, 4, 15), "beta", "user"),  # moves
    ("bob", datetime(2026, 4, 20), "left", None),  # disappears
    ("bob", datetime(2026, 6, 20), "acme", "boss"),  # comes back
]
CLICKS = [
    ("ann", 2, 20),
    ("ann", 2, 21),
    ("bob", 2, 22),
    ("ann", 4, 28),
    ("bob", 6, 25),
    ("bob", 6, 26),
    ("bob", 6, 27),
]


def people(as_ofs: Any = DATES, names: dict[str, Any] | None = None) -> ch.Panel:
    """The people of JOBS, perhaps with numbers for names."""
    known = names or {}
    jobs = pa.table(
        {
            "person": [known.get(row[0], row[0]) for row in JOBS],
            "since": [row[1] for row in JOBS],
            "company": [row[2] for row in JOBS],
            "role": [row[3] for row in JOBS],
        }
    )
    clicks = pa.table(
        {
            "person": [known.get(name, name) for name, _, _ in CLICKS],
            "at": [datetime(2026, month, day) for _, month, day in CLICKS],
        }
    )
    return ch.Portfolio(ch.Model.parse(PEOPLE), jobs=jobs, clicks=clicks).score(as_ofs)


def accounts(states: pa.Table, as_ofs: Any = DATES) -> list[dict[str, Any]]:
    panel = ch.Portfolio(ch.Model.parse(ACCOUNTS), people=states, strict="all").score(as_ofs)
    return panel.table.to_pylist()


def test_a_move_a_leave_and_a_return_are_states_and_deleted_rows() -> None:
    states = people().as_states(account="employer")
    assert states.column_names == [
        "account_id",
        "key",
        "time",
        "known",
        "deleted",
        "role",
        "clicks",
        "lead",
        "lead_coverage",
    ]
    assert states["time"].equals(states["known"])
    rows = [
        (r["time"] + MICRO, r["account_id"], r["key"], r["deleted"], r["role"], r["lead"]) for r in states.to_pylist()
    ]
    march, april, may, june, july = DATES
    assert rows == [
        (march, "acme", "ann", False, "boss", 50),
        (march, "acme", "bob", False, "user", 25),
        (april, "acme", "ann", False, "boss", 0),
        (april, "acme", "bob", False, "user", 0),
        (may, "beta", "ann", False, "user", 25),
        (may, "acme", "ann", True, "boss", 0),
        (may, "acme", "bob", True, "user", 0),
        (june, "beta", "ann", False, "user", 0),
        (july, "beta", "ann", False, "user", 0),
        (july, "acme", "bob", False, "boss", 75),
    ]


def test_an_account_sees_its_people_of_that_day_by_mean_best_sum_and_role() -> None:
    rows = accounts(people().as_states(account="employer"))
    seen = {
        (row["account_id"], row["as_of"].month): tuple(
            row[name] for name in ("people", "average", "best", "total", "by_role")
        )
        for row in rows
    }
    assert seen == {
        ("acme", 3): (2, 37.5, 50, 75, (3 * 50 + 25) / 4),
        ("acme", 4): (2, 0, 0, 0, 0),
        ("acme", 5): (0, None, None, 0, None),  # everybody it had is gone
        ("acme", 6): (0, None, None, 0, None),
        ("acme", 7): (1, 75, 75, 75, 75),
        ("beta", 5): (1, 25, 25, 25, 25),
        ("beta", 6): (1, 0, 0, 0, 0),
        ("beta", 7): (1, 0, 0, 0, 0),
    }


def test_nothing_is_seen_before_its_as_of_and_the_day_itself_is_seen() -> None:
    states = people(DATES[:1]).as_states(account="employer")
    assert accounts(states, DATES[0] - MICRO) == []
    assert [row["people"] for row in accounts(states, [DATES[0], DATES[0] + timedelta(days=5)])] == [2, 2]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_later_as_ofs_change_no_earlier_answer(count: int) -> None:
    whole = accounts(people().as_states(account="employer"))
    part = accounts(people(DATES[:count]).as_states(account="employer"), DATES[:count])
    assert part == [row for row in whole if row["as_of"] in DATES[:count]]


def test_two_dates_a_night_appended_give_what_all_dates_at_once_give() -> None:
    portfolio = ch.Portfolio(ch.Model.parse(ACCOUNTS), people=people(DATES[:1]).as_states(account="employer"))
    for before, now in itertools.pairwise(DATES):
        portfolio.append(people=people([before, now]).as_states(account="employer"))
    assert portfolio.score(DATES).table.to_pylist() == accounts(people().as_states(account="employer"))


def test_whole_numbers_name_people_and_accounts_as_well() -> None:
    document = {**PEOPLE, "include": "role is not missing"}
    jobs = pa.table(
        {
            "person": [1, 2, 1],
            "since": [row[1] for row in JOBS[:3]],
            "company": pa.array([70, None, 80]),
            "role": ["boss", "user", "user"],
        }
    )
    panel = ch.Portfolio(ch.Model.parse(document), jobs=jobs).score(DATES[1:3])
    states = panel.as_states(account="employer")
    assert [field.type for field in states.schema][:2] == [pa.int64(), pa.int64()]
    found = [tuple(row[name] for name in ("account_id", "key", "deleted")) for row in states.to_pylist()]
    assert found == [(70, 1, False), (80, 1, False), (70, 1, True)], "who has no account is nowhere"


def test_an_empty_panel_has_no_states() -> None:
    states = people(datetime(2020, 1, 1)).as_states(account="employer")
    assert states.num_rows == 0
    assert accounts(states) == []


@pytest.mark.parametrize(
    ("metrics", "account", "error", "message"),
    [
        ({}, "employr", ch.UnknownNameError, "the panel has no column 'employr': did you mean 'employer'"),
        ({}, "as_of", ch.UnknownNameError, "the panel has no column 'as_of'"),
        ({"key": {"formula": "clicks"}}, "employer", ch.DataError, "it makes a column 'key' of its own: rename"),
        ({"half": {"formula": "clicks + 0.5"}}, "half", ch.DataError, r"half\[0\] is 2.5: an account is a text"),
        ({"big": {"formula": "pow(2, 60)"}}, "big", ch.DataError, r"big\[0\] is .*: an account is a text or a whole"),
        ({"at": {"formula": "as_of"}}, "at", ch.DataError, "the column 'at' is timestamp.*: an account is a text"),
    ],
)  # fmt: skip
def test_what_names_no_account_is_said(metrics: Any, account: str, error: Any, message: str) -> None:
    model = ch.Model.parse({**PEOPLE, "metrics": {**PEOPLE["metrics"], **metrics}})
    jobs = pa.table({"person": ["ann"], "since": [DATES[0]], "company": ["acme"], "role": ["boss"]})
    clicks = pa.table({"person": ["ann", "ann"], "at": [DATES[0], DATES[0]]})
    with pytest.raises(error, match=message):
        ch.Portfolio(model, jobs=jobs, clicks=clicks).score(DATES[1]).as_states(account=account)


@pytest.mark.parametrize("seed", range(30))
def test_random_moves_are_walked_as_one_walks_them_by_hand(seed: int) -> None:
    """Of each person and as-of: where they are; an account has whom that says, and their values."""
    random = np.random.default_rng(seed)
    rows = []
    for at in range(40):
        who, where = random.integers(0, 6), random.integers(0, 4)
        rows.append((int(who), DATES[0] + timedelta(days=at, hours=1), ["a", "b", "left", None][where], at))
    days = sorted(random.choice(60, 8, replace=False).tolist())
    as_ofs = [DATES[0] + timedelta(days=day) for day in days]
    document = {
        "format": 1,
        "tables": PEOPLE["tables"],
        "metrics": {
            "employer": {"from": "jobs", "agg": "last", "of": "company"},
            "lead": {"from": "jobs", "agg": "last", "of": "lead"},
            "role": {"formula": "'any'"},
        },
        "include": "employer is missing or employer != 'left'",
    }
    who, since, company, lead = zip(*rows, strict=True)
    jobs = pa.table({"person": who, "since": since, "company": company, "lead": pa.array(lead, pa.float64())})
    panel = ch.Portfolio(ch.Model.parse(document), jobs=jobs).score(as_ofs)
    found = accounts(panel.as_states(account="employer"), as_ofs)
    wanted: dict[tuple[str, datetime], tuple[int, float]] = {}
    met: set[str] = set()
    for as_of in as_ofs:
        held = {person: (where, value) for person, at, where, value in rows if at < as_of}
        met |= {where for where, _ in held.values() if where in ("a", "b")}
        for name in met:
            there = [value for where, value in held.values() if where == name]
            wanted[name, as_of] = len(there), sum(there)
    assert {(row["account_id"], row["as_of"]): (row["people"], row["total"]) for row in found} == wanted


def test_a_parent_is_the_rounded_mean_of_itself_and_its_children_as_planhats() -> None:
    """Planhat: a parent with children is the plain mean of itself and its children, rounded."""
    child = ch.Model.parse(
        {
            "format": 1,
            "tables": {
                "accounts": {"kind": "accounts", "account": "account_id", "known": "from"},
            },
            "metrics": {"group": {"formula": "coalesce(accounts.parent_id, accounts.account_id)"}},
            "scores": {"health": {"scale": [0, 10], "measures": {"given": {"value": "accounts.h", "identity": True}}}},
        }
    )
    rows = pa.table(
        {
            "account_id": ["top", "left", "right", "alone", "new"],
            "parent_id": [None, "top", "top", None, "top"],
            "from": [DATES[0]] * 4 + [DATES[3]],
            "h": [4.0, 7.0, 9.0, 6.0, 0.0],
        }
    )
    states = ch.Portfolio(child, accounts=rows).score(DATES[2:]).as_states(account="group")
    parent = {**ACCOUNTS, "metrics": {"family": {"from": "people", "agg": "mean", "of": "health"}}}
    parent["metrics"]["health"] = {"formula": "round(family)"}
    found = ch.Portfolio(ch.Model.parse(parent), people=states).score(DATES[2:]).table.to_pylist()
    assert [(row["account_id"], row["as_of"].month, row["health"]) for row in found] == [
        ("alone", 5, 6), ("alone", 6, 6), ("alone", 7, 6),
        ("top", 5, 7),  # 20/3
        ("top", 6, 7),
        ("top", 7, 5),
    ]  # fmt: skip


def test_products_roll_up_to_the_account_that_holds_them() -> None:
    products = ch.Model.parse(
        {
            "format": 1,
            "tables": {"instances": {"kind": "intervals", "account": "instance", "start": "start", "end": "end"}},
            "metrics": {
                "holder": {"from": "instances", "agg": "last", "of": "customer"},
                "product": {"from": "instances", "agg": "last", "of": "product"},
                "seats": {"from": "instances", "agg": "sum", "of": "seats"},
            },
            "include": "holder is not missing",
        }
    )
    instances = pa.table(
        {
            "instance": [11, 12, 21],
            "customer": ["acme", "acme", "beta"],
            "product": ["scan", "plan", "scan"],
            "seats": [10, 5, 8],
            "start": [DATES[0] - MICRO] * 3,
            "end": pa.array([None, DATES[1] + MICRO, None], pa.timestamp("us", "UTC")),
        }
    )
    states = ch.Portfolio(products, instances=instances).score(DATES[:3]).as_states(account="holder")
    document = {
        **ACCOUNTS,
        "metrics": {
            "seats": {"from": "people", "agg": "sum", "of": "seats"},
            "products": {"from": "people", "agg": "count_distinct", "of": "product"},
        },
    }
    found = ch.Portfolio(ch.Model.parse(document), people=states).score(DATES[:3]).table.to_pylist()
    assert [(row["account_id"], row["products"], row["seats"]) for row in found] == [
        ("acme", 2, 15), ("acme", 2, 15), ("acme", 1, 10), ("beta", 1, 8), ("beta", 1, 8), ("beta", 1, 8)
    ]  # fmt: skip


def test_whole_numbers_that_a_double_holds_exactly_are_accounts_and_larger_ones_are_not() -> None:
    def people(account: float) -> pa.Table:
        model = {
            "format": 1,
            "tables": {"p": {"kind": "accounts", "account": "id"}},
            "metrics": {"m": {"formula": "p.m"}},
        }
        table = pa.table({"id": ["x", "y"], "m": pa.array([1.0, account])})
        return ch.Portfolio(ch.Model.parse(model), p=table).score("2026-07-01").as_states(account="m")

    for account in (2.0**53, -(2.0**53), 0.0, 7.0):
        assert people(account)["account_id"].to_pylist() == [1, int(account)]
    for account in (2.0**53 + 2, -(2.0**53) - 2, 0.5, -1e300):
        with pytest.raises(
            ch.DataError, match=r"as_states: m\[1\] is .*: an account is a text or a whole number"
        ) as caught:
            people(account)
        assert (caught.value.column, caught.value.row) == ("m", 1)
