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
    "people",
    "touches",
    "signals",
    "mails",
    "leads",
    "lead_scores",
    "decisions",
    "opportunity_stages",
    "pauses",
    "entitlements",
    "installations",
    "tasks",
    "onboardings",
    "invoices",
    "payments",
    "purchases",
    "promises",
    "outcomes",
    "meetings",
    "satisfaction",
    "advocacy",
]
PUT_IN = {("contacts", "repeated_rows"), ("contacts", "key_in_accounts"), ("usage", "repeated_rows")}
# All of the tables in one document, with all that quality() looks at.
EVERYTHING: dict[str, Any] = {
    "format": 1,
    "tables": {
        "accounts": {"kind": "accounts", "account": "account_id", "known": "known_at"},
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
        assert not one[name].equals(other[name]) or one[name].num_rows == 0, name
    for name, table in one.truth.items():
        assert table.equals(again.truth[name]), name


GOLDEN = {
    "accounts": (69, "63b6e0719bdcce94"),
    "usage": (99015, "7c53843522cbf0df"),
    "contracts": (255, "ae1486af9c958cbb"),
    "tickets": (425, "08d83757c773f8e2"),
    "surveys": (132, "30a985daaa144094"),
    "sentiment": (477, "dfa58dfaae4c114b"),
    "contacts": (298, "ee5d6e3f72909412"),
    "opportunities": (130, "21ec62349fe217a7"),
    "activities": (1601, "ee096b418b138f33"),
    "people": (1060, "6b9fdb43a67555cb"),
    "touches": (436, "492859adbe28e2f0"),
    "signals": (410, "1bed89ba5218b9d6"),
    "mails": (1761, "600422d6c6d09a2f"),
    "leads": (7, "17a65295a02b0bd5"),
    "lead_scores": (172, "f329b2c2bc2a8725"),
    "decisions": (20, "a3cf4da38b4dd6f6"),
    "opportunity_stages": (616, "6ed1c762bc1516be"),
    "pauses": (2, "8da62c67458799e8"),
    "entitlements": (2164, "aab968e2d096437d"),
    "installations": (273, "8b5c7935c5195939"),
    "tasks": (365, "3b1221a5f0ca21ee"),
    "onboardings": (78, "fb69d6ff96db9a98"),
    "invoices": (1000, "580feab29bd91c8c"),
    "payments": (979, "0287fcaddc73b006"),
    "purchases": (225, "b83f88f5b45ff981"),
    "promises": (54, "85a0935be85fae12"),
    "outcomes": (861, "5ffd6f579537c9c6"),
    "meetings": (543, "b1a64f801408ac51"),
    "satisfaction": (162, "a912fa015b7865fb"),
    "advocacy": (5, "9f9f42ffca1e31c5"),
    "renewals": (49, "92e9680ef6919eb6"),
    "months": (693, "c4e582c133234226"),
    "crossings": (40, "516cf0acb85f8310"),
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
    tables = {**{name: simulated[name] for name in simulated}, **simulated.truth}
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


def test_quality_finds_what_was_put_in_and_nothing_that_must_be_there_is_null(
    simulated: ch.datasets.Simulation,
) -> None:
    for model in (ch.Model.parse(EVERYTHING), ch.Model.preset("b2b-saas")):
        portfolio = ch.Portfolio(model, tables=simulated.select(model), strict="all")
        found = [(row["table"], row["check"]) for row in portfolio.quality().to_pylist()]
        assert set(found) <= PUT_IN
    may_be_null = {
        "closed_at",
        "left_at",
        "won",
        "parent_id",
        "lead_id",
        "person_id",
        "resumed_at",
        "completed_at",
        "end_date",
    }
    for name, table in simulated.items():
        nulls = {column for column in table.column_names if table[column].null_count}
        assert nulls <= may_be_null, name


def test_keys_are_unique_and_point_at_what_is_there(frames: dict[str, pd.DataFrame]) -> None:
    accounts = set(frames["accounts"]["account_id"])
    for name, key in (
        ("tickets", "ticket_id"),
        ("invoices", "invoice_id"),
        ("opportunities", "opportunity_id"),
    ):
        assert frames[name][key].is_unique, name
    for name in FRAMES:
        assert set(frames[name]["account_id"]) <= accounts, name
    assert set(frames["accounts"]["parent_id"].dropna()) <= accounts
    contracts = frames["contracts"]
    assert not contracts.duplicated(["contract_id", "signed_at"]).any()
    assert contracts.groupby("contract_id")["account_id"].nunique().max() == 1
    contacts = frames["contacts"].drop_duplicates("contact_id")  # who moves to another account has a second row
    people = contacts.set_index("contact_id")["account_id"].astype(str)
    activities = frames["activities"]
    assert (people.loc[activities["contact_id"]].to_numpy() == activities["account_id"].astype(str).to_numpy()).all()
    spans = contacts.set_index("contact_id").loc[activities["contact_id"]]
    assert (activities["occurred_at"].to_numpy() >= spans["since"].to_numpy()).all(), "people act while they are there"
    assert (
        spans["left_at"].isna().to_numpy() | (activities["occurred_at"].to_numpy() <= spans["left_at"].to_numpy())
    ).all()
    usage = frames["usage"].drop_duplicates("user_id")
    known = usage[usage["user_id"].isin(people.index)]
    assert len(known) > 500
    assert (people.loc[known["user_id"]].to_numpy() == known["account_id"].astype(str).to_numpy()).all()


# By which column each table is cut at the end: nothing is in it that was not known then.
KNOWN = {
    **dict.fromkeys(("accounts", "people", "touches", "signals", "tasks"), "known_at"),
    **dict.fromkeys(("contracts", "entitlements", "purchases"), "signed_at"),
    **dict.fromkeys(("tickets", "opportunities"), "opened_at"),
    **dict.fromkeys(("activities", "mails", "advocacy"), "occurred_at"),
    **dict.fromkeys(("surveys", "satisfaction"), "answered_at"),
    "usage": "ingested_at",
    "sentiment": "set_at",
    "contacts": "since",
    "leads": "created_at",
    "lead_scores": "scored_at",
    "decisions": "decided_at",
    "opportunity_stages": "entered_at",
    "pauses": "paused_at",
    "installations": "reported_at",
    "onboardings": "started_at",
    "invoices": "invoiced_at",
    "payments": "paid_at",
    "promises": "promised_at",
    "outcomes": "confirmed_at",
    "meetings": "met_at",
}


@pytest.mark.parametrize("name", FRAMES)
def test_nothing_is_known_that_comes_after_the_end(frames: dict[str, pd.DataFrame], name: str) -> None:
    end, frame = pd.Timestamp(END, tz="UTC"), frames[name]
    assert len(frame) > 20
    assert (frame[KNOWN[name]] < end).all()
    planned = ("start_date", "end_date", "due_at")
    for column in [c for c in frame.columns if c.endswith(("_at", "since")) and c not in planned]:
        assert not (frame[column] >= end).any(), column
    if name not in ("accounts", "outcomes", "tasks"):
        assert frame[KNOWN[name]].is_monotonic_increasing


def test_time_comes_before_what_is_known_of_it(frames: dict[str, pd.DataFrame]) -> None:
    for name, time in (
        ("usage", "occurred_at"),
        ("touches", "occurred_at"),
        ("signals", "observed_at"),
        ("tasks", "done_at"),
        ("outcomes", "reached_at"),
    ):
        assert (frames[name][KNOWN[name]] > frames[name][time]).all(), name
    assert (frames["usage"]["occurred_at"] >= pd.Timestamp(START, tz="UTC")).all()
    assert frames["opportunities"]["won"].isna().equals(frames["opportunities"]["closed_at"].isna())


def test_use_happens_under_a_contract_only(frames: dict[str, pd.DataFrame]) -> None:
    contracts = frames["contracts"].groupby("account_id", observed=True)
    spans = contracts.agg(start=("start_date", "min"), end=("end_date", "max"))
    used = frames["usage"].groupby("account_id", observed=True)["occurred_at"].agg(["min", "max"])
    both = used.join(spans, how="left")
    late = both["start"].isna()  # the renewal in force is signed after the end of the log
    assert late.mean() < 0.01
    assert (both["min"] >= both["start"])[~late].all()
    weekdays = frames["usage"]["occurred_at"].dt.day_of_week.value_counts(normalize=True)
    assert weekdays[[5, 6]].sum() == pytest.approx(0.06, abs=0.005)


def test_contracts_follow_each_other_and_stop_where_a_renewal_was_refused(
    simulated: ch.datasets.Simulation, frames: dict[str, pd.DataFrame]
) -> None:
    core = (
        frames["contracts"].query("product == 'core' and kind != 'upsell'").drop_duplicates("contract_id", keep="last")
    )
    core = core.sort_values(["account_id", "start_date"])
    following = core.groupby("account_id", observed=True)["start_date"].shift(-1)
    renewed = following.notna() & core.groupby("account_id", observed=True)["kind"].shift(-1).eq("renewal")
    assert (following[renewed] == core.loc[renewed, "end_date"]).all()
    starts = set(zip(core["account_id"], core["start_date"], strict=True))
    refused = simulated.renewals.filter(pc.invert(simulated.renewals["renewed"])).to_pylist()
    assert len(refused) > 50
    assert not {(row["account_id"], row["ends_at"]) for row in refused} & starts


def test_accounts_leave_as_often_as_the_documented_process_says(simulated: ch.datasets.Simulation) -> None:
    renewals = simulated.renewals.to_pandas()
    odds = -2.9 - 1.2 * renewals["health"] + 0.8 * ~renewals["champion"] + 0.4 * renewals["first_year"]
    odds += 0.5 * renewals["urgent_tickets"].clip(upper=3)
    odds += 0.9 * renewals["slow_onboarding"] + 0.7 * renewals["single_threaded"] + 1.6 * renewals["budget_cut"]
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
