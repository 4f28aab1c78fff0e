"""The model of the whole life cycle, held against the truth of a company that it was not made on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import customerhealth as ch

AS_OFS = ch.dates("2025-01-01", "2026-06-01", every="1mo")
GROUPS = ["used_rarely", "features_unused", "users_not_growing", "does_not_recommend", "about_to_leave"]
MIDDLE = "2025-07-01"


class Held:
    """A company, the model's portfolio of it, and panel and truth side by side."""

    def __init__(self) -> None:
        self.company = ch.datasets.simulate(800, "2024-07-01", "2026-07-01", seed=101)
        self.model = ch.Model.preset("b2b-lifecycle")
        self.tables = self.company.select(self.model)
        self.portfolio = ch.Portfolio(self.model, tables=self.tables)
        self.panel = self.portfolio.score(AS_OFS)
        self.rows = plain(self.panel.table)
        self.truth = plain(self.company.truth["months"])
        self.both = self.rows.merge(self.truth, on=["account_id", "as_of"], suffixes=("", "_true"))


def plain(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().assign(account_id=table["account_id"].to_pandas().astype(str))


@pytest.fixture(scope="module")
def held() -> Held:
    return Held()


def test_stages_are_the_true_ones(held: Held) -> None:
    same = held.both["lifecycle"].astype(str) == held.both["stage"].astype(str)
    assert same.mean() > 0.95
    assert same.groupby(held.both["stage"].astype(str)).mean().min() > 0.85
    assert len(held.both) > 0.95 * held.truth["as_of"].isin(held.rows["as_of"]).sum()
    assert len(held.both) == len(held.rows), "nobody is in the panel before the first touch"


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_at_risk_is_found_by_its_true_cause(held: Held, group: str) -> None:
    customers = held.both[held.both["customer_true"].astype(bool)]
    true, told = customers[f"{group}_true"].astype(bool), customers[group].astype(bool)
    base, precision, recall = true.mean(), true[told].mean(), told[true].mean()
    assert told.sum() > 50
    assert recall > 0.4
    assert precision > 2 * base or (base > 1 / 3 and precision > 1.4 * base)


def test_the_crossover_is_dated_within_a_month(held: Held) -> None:
    true = plain(held.company.truth["crossings"]).set_index("account_id")["crossed_at"]
    true = true[(true >= pd.Timestamp("2024-08-01", tz="UTC")) & (true < pd.Timestamp("2026-05-01", tz="UTC"))]
    last = held.rows[held.rows["as_of"] == held.rows["as_of"].max()].set_index("account_id")
    days = (last["crossed_at"].reindex(true.index) - true).dt.total_seconds().abs() / 86_400
    assert len(days) > 80
    assert (days <= 31).mean() > 0.8


def test_what_costs_most_points_is_most_often_why_they_left(held: Held) -> None:
    left = plain(held.company.renewals).query("not renewed")
    parts = plain(held.panel.contributions("staying")).dropna(subset=["points"])
    parts["lost"] = (100 - parts["points"]) * parts["weight"]
    worst = parts.sort_values("lost").drop_duplicates(["account_id", "as_of"], keep="last")
    worst = worst.set_index(["account_id", "as_of"])["part"]
    month = left["decided_at"].dt.tz_localize(None).to_numpy().astype("datetime64[M]").astype("datetime64[us]")
    keys = zip(left["account_id"], pd.to_datetime(month, utc=True), left["cause"].astype(str), strict=True)
    named = [(worst.get((account, at)), cause) for account, at, cause in keys]
    named = [(part, cause) for part, cause in named if part is not None]
    assert len(named) > 50
    assert np.mean([part == cause for part, cause in named]) > 0.6


def test_retention_by_experience_has_the_simulated_ratio(held: Held) -> None:
    """Of those decided within a quarter of a month's beginning, by the experience known then: best third and worst."""
    renewals = plain(held.company.renewals)
    at = renewals["decided_at"].dt.tz_localize(None).to_numpy().astype("datetime64[M]").astype("datetime64[us]")
    renewals["as_of"] = pd.to_datetime(at, utc=True)
    rows = renewals.merge(held.rows[["account_id", "as_of", "experience"]], on=["account_id", "as_of"]).dropna()
    third = pd.qcut(rows["experience"], 3, labels=False)
    worst, best = rows[third == 0], rows[third == 2]
    found = best["renewed"].mean() / worst["renewed"].mean()
    simulated = (1 - best["probability"]).mean() / (1 - worst["probability"]).mean()
    spread = np.sqrt(sum((1 - each["renewed"].mean()) / (each["renewed"].mean() * len(each)) for each in (best, worst)))
    assert found > 1.1
    assert abs(np.log(found / simulated)) < 2 * spread


def test_the_counts_add_up(held: Held) -> None:
    start, end = AS_OFS[0], AS_OFS[-1]
    counts = held.rows.groupby(["as_of", "lifecycle"], observed=True).size()
    assert counts.sum() == len(held.rows) == held.panel.table.num_rows
    moves = plain(held.portfolio.moves("lifecycle", start, end))
    funnel = held.portfolio.funnel("lifecycle", start, end).to_pandas().set_index("stage")
    entered = moves.groupby(moves["to"].astype(str))["account_id"].nunique()
    assert (funnel["entered"].reindex(entered.index) == entered).all()
    last = held.rows[held.rows["as_of"] == held.rows["as_of"].max()]
    for column in ("lifecycle", "segment", "success_owner"):
        by = last.groupby(last[column].astype(str))["mrr"].sum()
        assert by.sum() == pytest.approx(last["mrr"].sum())
    months = held.portfolio.revenue("contracts", mrr="mrr").waterfall([MIDDLE, "2026-06-01"]).to_pandas().iloc[0]
    existing = months["expansion"] + months["reactivation"] - months["contraction"] - months["churn"]
    assert months["start"] + months["new"] + existing == pytest.approx(months["end"])
    assert last["mrr"].sum() == pytest.approx(months["end"])


def test_nobody_is_in_the_panel_who_is_not_in_accounts(held: Held) -> None:
    known = plain(held.company["accounts"]).set_index("account_id")["known_at"]
    first = held.rows.groupby("account_id")["as_of"].min()
    assert set(first.index) <= set(known.index)
    assert (first > known.reindex(first.index)).all()
    unseen = set(known[known < pd.Timestamp(AS_OFS[-1], tz="UTC")].index) - set(first.index)
    assert not unseen
    checks = set(held.portfolio.quality()["check"].to_pylist())
    assert checks <= {"repeated_rows"}


def test_the_middle_of_the_story_is_the_same_without_what_came_after(held: Held) -> None:
    document, middle = held.model.to_dict(), pa.scalar(pd.Timestamp(MIDDLE, tz="UTC"), pa.timestamp("us", "UTC"))
    cut = {}
    for name, table in held.tables.items():
        spec = document["tables"][name]
        column = table[spec.get("known") or spec.get("time") or spec["start"]]
        cut[name] = table.filter(pc.less(column, middle))
    assert sum(table.num_rows for table in cut.values()) < 0.7 * sum(t.num_rows for t in held.tables.values())
    then = ch.Portfolio(held.model, tables=cut)
    assert then.score(MIDDLE).table.equals(held.portfolio.score(MIDDLE).table)
    plays = then.plays(MIDDLE)
    assert plays.num_rows > 200
    assert plays.equals(held.portfolio.plays(MIDDLE))
