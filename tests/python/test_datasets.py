"""The data to try things on: the same every time, whole, and driven by what its page says."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import customerhealth as ch
from customerhealth.demo import DATA

START, END = "2024-07-01", "2026-07-01"
FRAMES = [
    "accounts",
    "usage",
    "contracts",
    "tickets",
    "surveys",
    "sentiment",
    "contacts",
    "opportunities",
    "activities",
]
# All of the tables in one document, with all that quality() looks at.
EVERYTHING: dict[str, Any] = {
    "format": 1,
    "tables": {
        "accounts": {"kind": "accounts", "account": "account_id", "known": "created_at"},
        "usage": {"kind": "events", "account": "account_id", "time": "occurred_at", "known": "ingested_at"},
        "contracts": {
            "kind": "intervals",
            "account": "account_id",
            "start": "start_date",
            "end": "end_date",
            "known": "signed_at",
            "key": "contract_id",
        },
        "tickets": {
            "kind": "intervals",
            "account": "account_id",
            "start": "opened_at",
            "end": "closed_at",
            "key": "ticket_id",
        },
        "surveys": {"kind": "events", "account": "account_id", "time": "answered_at"},
        "sentiment": {"kind": "states", "account": "account_id", "time": "set_at"},
        "contacts": {
            "kind": "intervals",
            "account": "account_id",
            "start": "since",
            "end": "left_at",
            "key": "contact_id",
        },
        "opportunities": {
            "kind": "intervals",
            "account": "account_id",
            "start": "opened_at",
            "end": "closed_at",
            "key": "opportunity_id",
        },
        "activities": {"kind": "events", "account": "account_id", "time": "occurred_at"},
    },
    "metrics": {
        "used": {"from": "usage", "agg": "count"},
        "mrr": {"from": "contracts", "agg": "sum", "of": "mrr"},
        "tickets_open": {"from": "tickets", "agg": "count"},
        "answers": {"from": "surveys", "agg": "mean", "of": "score"},
        "colour": {"from": "sentiment", "agg": "last", "of": "colour"},
        "people": {"from": "contacts", "agg": "count"},
        "deals": {"from": "opportunities", "agg": "count"},
        "touches": {"from": "activities", "agg": "count_distinct", "of": "action"},
        "parent": {"formula": "accounts.parent_id"},
    },
}


@pytest.fixture(scope="module")
def simulated() -> ch.datasets.Simulation:
    return ch.datasets.simulate(1500, START, END, seed=7)


@pytest.fixture(scope="module")
def frames(simulated: ch.datasets.Simulation) -> dict[str, pd.DataFrame]:
    return {name: simulated[name].to_pandas() for name in FRAMES}


def test_a_seed_gives_the_same_tables_and_another_seed_others() -> None:
    one, again, other = (ch.datasets.simulate(40, "2025-01-01", "2025-09-15", seed=seed) for seed in (3, 3, 4))
    assert list(one) == FRAMES
    assert len(one) == len(FRAMES)
    for name in FRAMES:
        assert one[name].equals(again[name]), name
        assert not one[name].equals(other[name]), name
    assert one.renewals.equals(again.renewals)


GOLDEN = {
    "accounts": (60, "076111d4243b3484"),
    "usage": (85557, "bab3bafcc010397b"),
    "contracts": (198, "a9446c3327898d9c"),
    "tickets": (428, "86084e001258cb0f"),
    "surveys": (130, "60437780f9832af6"),
    "sentiment": (459, "012f4bb6c484d7f4"),
    "contacts": (267, "d1dca07dc7d30a41"),
    "opportunities": (108, "83d6bf151b8d8f2f"),
    "activities": (1494, "61a4ecb3902621e6"),
    "renewals": (48, "faf41bd69de28a32"),
}


def digest(table: pa.Table) -> str:
    """Of names and values, numbers with six figures."""
    lines = [",".join(table.column_names)]
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        lines.append(",".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def test_a_year_of_sixty_accounts_is_what_it_was() -> None:
    """A change of the process, however small, is a change of every example: it is made knowingly, with these."""
    simulated = ch.datasets.simulate(60, "2025-01-01", "2026-01-01", seed=13)
    tables = {**{name: simulated[name] for name in simulated}, "renewals": simulated.renewals}
    assert {name: (table.num_rows, digest(table)) for name, table in tables.items()} == GOLDEN


def test_one_account_and_one_day_are_a_portfolio_too() -> None:
    alone = ch.datasets.simulate(1, "2026-06-30T13:00:00", "2026-07-01", seed=0)
    assert alone["accounts"].num_rows <= 1
    assert set(alone["usage"]["account_id"].to_pylist()) <= {"account-0"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, START, END, 1), "accounts: expected a whole number from 1 to 1,000,000, got 0"),
        ((2.5, START, END, 1), "accounts: expected a whole number from 1 to 1,000,000, got 2.5"),
        ((True, START, END, 1), "accounts: expected a whole number .*, got True"),
        ((1_000_001, START, END, 1), "accounts: expected a whole number from 1 to 1,000,000, got 1000001"),
        ((1_000_000, END, END, 1), "simulate: the end must be after the start"),  # what is checked next
        ((5, START, END, 0.5), "seed: expected a whole number of 0 or more, got 0.5"),
        ((5, START, END, -1), "seed: expected a whole number of 0 or more, got -1"),
        ((5, END, START, 1), "simulate: the end must be after the start"),
        ((5, "soon", END, 1), "'soon' is no date"),
    ],
)
def test_what_cannot_be_simulated_is_said(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ch.datasets.simulate(*arguments)


def test_quality_finds_contacts_that_are_alike_and_nothing_that_must_be_there_is_null(
    simulated: ch.datasets.Simulation,
) -> None:
    for model in (ch.Model.parse(EVERYTHING), ch.Model.preset("b2b-saas")):
        portfolio = ch.Portfolio(model, tables=simulated.select(model), strict="all")
        found = [(row["table"], row["check"]) for row in portfolio.quality().to_pylist()]
        assert set(found) <= {("contacts", "repeated_rows")}
    may_be_null = {"closed_at", "left_at", "won", "parent_id"}
    for name, table in simulated.items():
        nulls = {column for column in table.column_names if table[column].null_count}
        assert nulls <= may_be_null, name


def test_keys_are_unique_and_point_at_what_is_there(frames: dict[str, pd.DataFrame]) -> None:
    accounts = set(frames["accounts"]["account_id"])
    for name, key in (
        ("accounts", "account_id"),
        ("contracts", "contract_id"),
        ("tickets", "ticket_id"),
        ("contacts", "contact_id"),
        ("opportunities", "opportunity_id"),
    ):
        assert frames[name][key].is_unique, name
    for name in FRAMES:
        assert set(frames[name]["account_id"]) <= accounts, name
    assert set(frames["accounts"]["parent_id"].dropna()) <= accounts
    people = frames["contacts"].set_index("contact_id")["account_id"].astype(str)
    activities = frames["activities"]
    assert (people.loc[activities["contact_id"]].to_numpy() == activities["account_id"].astype(str).to_numpy()).all()
    spans = frames["contacts"].set_index("contact_id").loc[activities["contact_id"]]
    assert (activities["occurred_at"].to_numpy() >= spans["since"].to_numpy()).all(), "people act while they are there"
    assert (
        spans["left_at"].isna().to_numpy() | (activities["occurred_at"].to_numpy() <= spans["left_at"].to_numpy())
    ).all()
    usage = frames["usage"].drop_duplicates("user_id")
    known = usage[usage["user_id"].isin(people.index)]
    assert len(known) > 500
    assert (people.loc[known["user_id"]].to_numpy() == known["account_id"].astype(str).to_numpy()).all()


def test_nothing_is_known_that_comes_after_the_end(frames: dict[str, pd.DataFrame]) -> None:
    end = pd.Timestamp(END, tz="UTC")
    times = ("created_at", "ingested_at", "signed_at", "opened_at", "closed_at", "answered_at", "set_at", "since")
    for name, frame in frames.items():
        for column in [c for c in frame.columns if c in (*times, "left_at", "occurred_at")]:
            assert not (frame[column] >= end).any(), (name, column)
    assert frames["usage"]["ingested_at"].is_monotonic_increasing
    assert (frames["usage"]["ingested_at"] > frames["usage"]["occurred_at"]).all()
    assert (frames["usage"]["occurred_at"] >= pd.Timestamp(START, tz="UTC")).all()
    assert frames["opportunities"]["won"].isna().equals(frames["opportunities"]["closed_at"].isna())


def test_use_happens_under_a_contract_only(frames: dict[str, pd.DataFrame]) -> None:
    contracts = frames["contracts"].groupby("account_id", observed=True)
    spans = contracts.agg(start=("start_date", "min"), end=("end_date", "max"))
    used = frames["usage"].groupby("account_id", observed=True)["occurred_at"].agg(["min", "max"])
    both = used.join(spans, how="left")
    assert both["start"].notna().all()
    assert (both["min"] >= both["start"]).all()
    assert (both["max"] < both["end"]).all()


def test_contracts_follow_each_other_and_stop_where_a_renewal_was_refused(
    simulated: ch.datasets.Simulation, frames: dict[str, pd.DataFrame]
) -> None:
    contracts = frames["contracts"].sort_values(["account_id", "start_date"])
    following = contracts.groupby("account_id", observed=True)["start_date"].shift(-1)
    assert (following.dropna() == contracts.loc[following.notna(), "end_date"]).all()
    last = contracts.groupby("account_id", observed=True)["end_date"].max()
    for refused in simulated.renewals.filter(pc.invert(simulated.renewals["renewed"])).to_pylist():
        assert last[refused["account_id"]] == refused["ends_at"]
    weekdays = frames["usage"]["occurred_at"].dt.day_of_week.value_counts(normalize=True)
    assert weekdays[[5, 6]].sum() == pytest.approx(0.06, abs=0.005)


def test_accounts_leave_as_often_as_the_documented_process_says(simulated: ch.datasets.Simulation) -> None:
    renewals = simulated.renewals.to_pandas()
    odds = -2.3 - 1.2 * renewals["health"] + 0.8 * ~renewals["champion"] + 0.4 * renewals["first_year"]
    odds += 0.5 * renewals["urgent_tickets"].clip(upper=3)
    assert np.abs(renewals["probability"] - 1 / (1 + np.exp(-odds))).max() < 2e-6
    expected = renewals["probability"].sum()
    spread = np.sqrt((renewals["probability"] * (1 - renewals["probability"])).sum())
    assert abs((~renewals["renewed"]).sum() - expected) < 3 * spread
    assert 0.08 < (~renewals["renewed"]).mean() < 0.2
    thirds = renewals.groupby(pd.qcut(renewals["health"], 3, labels=False))["renewed"].mean()
    assert thirds[0] + 0.12 < thirds[1] < thirds[2] - 0.03
    by_champion = renewals.groupby("champion")["renewed"].mean()
    assert by_champion[False] + 0.1 < by_champion[True]


def test_what_can_be_seen_follows_the_hidden_health(simulated: ch.datasets.Simulation) -> None:
    """The preset, which knows nothing of the process, sees three months ahead who will leave."""
    model = ch.Model.preset("b2b-saas")
    portfolio = ch.Portfolio(model, tables=simulated.select(model))
    renewals = simulated.renewals.to_pandas()
    healthy: dict[str, list[bool]] = {"red": [], "yellow": [], "green": []}
    for as_of in ("2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01"):
        at = pd.Timestamp(as_of, tz="UTC")
        due = renewals[(renewals["decided_at"] >= at) & (renewals["decided_at"] < at + pd.Timedelta(days=91))]
        rows = portfolio.score(as_of).to_pandas().set_index("account_id")
        for account, renewed in zip(due["account_id"], due["renewed"], strict=True):
            if rows["health_grade"].get(account) in healthy:
                healthy[rows.loc[account, "health_grade"]].append(renewed)
    red, yellow, green = (np.mean(healthy[grade]) for grade in ("red", "yellow", "green"))
    assert red + 0.1 < yellow < green
    assert green > 0.9


def test_the_log_of_the_demo_is_the_file_that_ships() -> None:
    activity = ch.datasets.load_oss_projects()
    assert (activity.num_rows, len(activity["account_id"].unique())) == (160_360, 35)
    assert activity.schema.field("known_at").type == pa.timestamp("us", "UTC")
    assert ch.datasets.OSS_PROJECTS == DATA
    assert all(table.null_count == 0 for table in activity.columns)
    assert np.all(np.diff(activity["known_at"].cast(pa.int64()).to_numpy()) >= 0)
    assert activity["known_at"][0].as_py() >= datetime(2006, 1, 1, tzinfo=timezone.utc)
