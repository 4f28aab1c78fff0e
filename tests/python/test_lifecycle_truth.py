"""The model of the whole life cycle, held against the truth of a company that it was not made on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import customerhealth as ch

HELD_OUT = 2027
AS_OFS = ch.dates("2025-01-01", "2026-07-01", every="1mo")
MIDDLE = "2025-07-01"
EXAMPLE = Path(__file__).parents[2] / "examples" / "against_the_truth.py"


def loaded() -> ModuleType:
    """The example that holds the model against the truth."""
    spec = importlib.util.spec_from_file_location("against_the_truth", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["against_the_truth"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


example = loaded()


def plain(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().assign(account_id=table["account_id"].to_pandas().astype(str))


@pytest.fixture(scope="module")
def held() -> Any:
    """A company that the preset was not made on; the example asks the same of 4,000 accounts."""
    return example.Company(1500, HELD_OUT)


def asked(line: Any) -> None:
    assert line.holds, (line.statement, line.asked, line.found)


def test_stages_are_the_true_ones(held: Any) -> None:
    share, where = held.stages()
    asked(share)
    assert "attract as nurture" in where.found
    same = held.both["lifecycle"].astype(str) == held.both["stage"].astype(str)
    assert same.groupby(held.both["stage"].astype(str)).mean().min() > 0.85
    assert len(held.both) > 0.95 * held.truth["as_of"].isin(held.rows["as_of"]).sum()
    told = held.rows[held.rows["as_of"] < held.rows["as_of"].max()]  # the truth ends with the log
    assert len(held.both) == len(told), "nobody is in the panel before the first touch"


@pytest.mark.parametrize("group", example.GROUPS)
def test_a_group_at_risk_is_found_by_its_true_cause(held: Any, group: str) -> None:
    line = held.group(group)
    customers = held.both[held.both["customer_true"].astype(bool)]
    told, true = customers[group].astype(bool), customers[f"{group}_true"].astype(bool)
    assert told.sum() > 50
    assert true[told].mean() > 1.4 * true.mean()
    assert told[true].mean() > 0.4
    if true.mean() <= 1 / 3:
        asked(line)
    assert f"precision {true[told].mean():.2f} recall {told[true].mean():.2f} base {true.mean():.2f}" in line.found


def test_the_cause_that_is_named_first_is_the_true_one(held: Any) -> None:
    asked(next(held.causes()))
    named = held.named()
    assert named["fell"].mean() > 0.6
    scores = held.rows.set_index(["account_id", "as_of"])["staying"]
    now, best = (pd.MultiIndex.from_frame(named[["account_id", at]]) for at in ("as_of", "as_of_best"))
    assert (scores.reindex(now).to_numpy() <= scores.reindex(best).to_numpy()).all()
    assert (named["as_of_best"] < named["as_of"])[named["fell"]].all()
    right = named["first"] == named["cause"]
    for cause in ("experience", "champion", "support", "single_threaded"):
        common = (named["cause"] == cause).mean()
        assert right[named["first"] == cause].mean() > max(common, 0.1), f"{cause} is named no better than by chance"


def test_retention_by_experience_has_the_simulated_ratio(held: Any) -> None:
    asked(held.retention())


def test_the_crossover_is_dated_within_a_month(held: Any) -> None:
    asked(held.crossings())


def test_the_example_prints_what_is_asked_and_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), "--accounts", "400", "--seed", "101"])
    example.main()
    lines = capsys.readouterr().out.splitlines()
    assert sum(">= " in line for line in lines) >= 6
    assert all(line[:56].strip() for line in lines)


def test_the_counts_add_up(held: Any) -> None:
    start, end = AS_OFS[0], AS_OFS[-1]
    counts = held.rows.groupby(["as_of", "lifecycle"], observed=True).size()
    assert counts.sum() == len(held.rows) == held.panel.table.num_rows
    moves = plain(held.portfolio.moves("lifecycle", start, end))
    funnel = held.portfolio.funnel("lifecycle", start, end).to_pandas().set_index("stage")
    entered = moves.groupby(moves["to"].astype(str))["account_id"].nunique()
    assert (funnel["entered"].reindex(entered.index) == entered).all()
    last = held.rows[held.rows["as_of"] == held.rows["as_of"].max()]
    for column in ("lifecycle", "segment", "success_owner", "at_risk", "value", "health_grade"):
        by = last.groupby(last[column].astype(str), dropna=False)["mrr"].sum()
        assert by.sum() == pytest.approx(last["mrr"].sum())
    months = held.portfolio.revenue("contracts", mrr="mrr").waterfall([MIDDLE, "2026-07-01"]).to_pandas().iloc[0]
    existing = months["expansion"] + months["reactivation"] - months["contraction"] - months["churn"]
    assert months["start"] + months["new"] + existing == pytest.approx(months["end"])
    assert last["mrr"].sum() == pytest.approx(months["end"])


@pytest.mark.parametrize("label", ["at_risk", "does_not_recommend", "segment", "lifecycle"])
def test_retention_by_cohort_is_what_the_movements_say(held: Any, label: str) -> None:
    """By what an account was in a year ago; the movements of the year, account by account, sum to each rate."""
    revenue = held.portfolio.revenue("contracts", mrr="mrr")
    table = revenue.retention("2026-07-01", over="12mo", by=label, labels=held.panel).to_pandas().set_index("by")
    then = held.rows[held.rows["as_of"] == pd.Timestamp(MIDDLE, tz="UTC")].set_index("account_id")[label]
    moved = plain(revenue.movements([MIDDLE, "2026-07-01"])).set_index("account_id")
    moved = moved[moved.index.isin(then.index)]
    names = ["start", "expansion", "contraction", "churn"]
    sums = moved[names].groupby(then.reindex(moved.index).astype(str).str.lower()).sum()
    sums = sums[sums["start"] > 0]
    assert len(sums) >= 2
    for name, row in sums.iterrows():
        told = table[[str(each).lower() == name for each in table.index]].iloc[0]
        for column in names:
            assert told[column] == pytest.approx(row[column]), (name, column)
        kept = row["start"] - row["contraction"] - row["churn"]
        assert told["grr"] == pytest.approx(kept / row["start"])
        assert told["nrr"] == pytest.approx((kept + row["expansion"]) / row["start"])
    year = revenue.waterfall([MIDDLE, "2026-07-01"]).to_pandas().iloc[0]
    assert table["start"].sum() == pytest.approx(year["start"])
    assert table["end"].sum() == pytest.approx(year["end"])


def test_nobody_is_in_the_panel_who_is_not_in_accounts(held: Any) -> None:
    known = plain(held.company["accounts"]).groupby("account_id")["known_at"].min()
    first = held.rows.groupby("account_id")["as_of"].min()
    assert set(first.index) <= set(known.index)
    assert (first > known.reindex(first.index)).all()
    unseen = set(known[known < pd.Timestamp(AS_OFS[-1], tz="UTC")].index) - set(first.index)
    assert not unseen
    checks = set(held.portfolio.quality()["check"].to_pylist())
    assert checks <= {"repeated_rows"}


def test_the_middle_of_the_story_is_the_same_without_what_came_after(held: Any) -> None:
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
    for journey in ("lifecycle", "buyer", "handoff", "value"):
        moves = then.moves(journey, "2025-01-01", MIDDLE)
        assert moves.num_rows > 50
        assert moves.equals(held.portfolio.moves(journey, "2025-01-01", MIDDLE)), journey
    funnel = then.funnel("lifecycle", "2025-01-01", MIDDLE, by="segment")
    assert funnel.equals(held.portfolio.funnel("lifecycle", "2025-01-01", MIDDLE, by="segment"))
    year = then.revenue("contracts", mrr="mrr").waterfall(["2025-01-01", MIDDLE])
    later = held.portfolio.revenue("contracts", mrr="mrr").waterfall(["2025-01-01", MIDDLE])
    assert year.to_pylist() == later.to_pylist()


def test_the_revenue_that_plays_would_have_caught_is_that_of_the_losses_they_foretold(held: Any) -> None:
    """The page sums it up from openings and movements; replay counts the same losses by a way of its own."""
    lost = held.portfolio.revenue("contracts", mrr="mrr").movements(ch.dates("2024-07-01", "2026-07-01", every="1mo"))
    losses = plain(lost).query("churn > 0").rename(columns={"to": "at"})
    plays = ["save", "reawaken", "listen"]
    begin = "2023-12-25"  # half a year before the first loss: no opening before the range foretells one
    found = held.portfolio.replay(begin, "2026-07-01", outcome=losses[["account_id", "at"]], within="180d", plays=plays)
    both = plain(found.openings).merge(losses, on="account_id")
    both = both[(both["at"] > both["opened"]) & (both["at"] <= both["opened"] + pd.Timedelta(days=180))]
    caught = both.drop_duplicates(["play", "account_id", "at"]).groupby("play").size()
    summary = found.summary.to_pandas().set_index("play")
    assert set(summary.index) == set(plays)
    for play, row in summary.iterrows():
        assert caught[play] == row["caught"] > 10, play
        assert row["outcomes"] == len(losses)
    assert summary.loc["save", "lift"] > summary.loc["reawaken", "lift"] > 1.5
