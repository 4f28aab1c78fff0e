"""The page for the leadership of a company says what its tables say."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import customerhealth as ch
from customerhealth import company_demo
from customerhealth.cli import app
from customerhealth.company_demo import END, GROUPS, Story


@pytest.fixture(scope="module")
def story() -> Story:
    return Story.of(150, seed=5)


def numbers(line: str) -> list[float]:
    words = line.replace(",", "").replace("%", "").split()
    return [float(word) for word in words if word.replace(".", "").isdigit()]


def test_accounts_and_revenue_by_stage_sum_to_the_whole(story: Story) -> None:
    lines, now = list(story.page()), story.now
    stages = [
        line for line in lines if line.startswith(("  attract ", "  nurture ", "  convert ", "  retain ", "  grow "))
    ]
    assert [line.split()[0] for line in stages] == ["attract", "nurture", "convert", "retain", "grow"]
    assert sum(numbers(line)[0] for line in stages) == now.num_rows
    arr = sum(value or 0 for value in now["arr"].to_pylist())
    assert sum(numbers(line)[1] for line in stages) == pytest.approx(arr, abs=3)


def test_each_group_at_risk_has_its_accounts_and_its_revenue(story: Story) -> None:
    lines, rows = list(story.page()), story.now.to_pylist()
    for name, words in GROUPS.items():
        (line,) = (line for line in lines if line.startswith(f"  {words} "))
        there = [row for row in rows if row["customers"] and row[name]]
        assert numbers(line)[0] == len(there)
        assert numbers(line)[1] == pytest.approx(sum(row["arr"] or 0 for row in there), abs=1)


def test_the_years_revenue_and_plays_are_those_of_the_portfolio(story: Story) -> None:
    lines = list(story.page())
    year = story.portfolio.revenue("contracts", mrr="mrr").waterfall(["2025-07-01", END]).to_pylist()[0]
    told = {
        words: line for words in company_demo._MOVEMENTS.values() for line in lines if line.startswith(f"  {words}  ")
    }
    for name, words in company_demo._MOVEMENTS.items():
        assert numbers(told[words])[-1] == round(year[name]), name
    plays = story.portfolio.plays(END).to_pylist()
    owners = [line for line in lines if " open, " in line]
    assert sum(numbers(line)[0] for line in owners) == len(plays)
    checks = story.portfolio.quality().num_rows
    assert len(lines) - lines.index("What is odd about the data") - 1 == checks > 0


def test_why_customers_left_has_each_who_left_once(story: Story) -> None:
    lines = list(story.page())
    first = next(place for place, line in enumerate(lines) if line.startswith("Why customers left"))
    causes = lines[first + 1 : lines.index("", first)]
    assert all(any(words in line for words in company_demo._CAUSES.values()) for line in causes)
    months = ch.dates("2025-07-01", END, every="1mo")
    moved = [
        row for row in story.portfolio.revenue("contracts", mrr="mrr").movements(months).to_pylist() if row["churn"]
    ]
    assert len(moved) > 5
    assert sum(numbers(line)[0] for line in causes) == len(moved)
    assert sum(numbers(line)[1] for line in causes) == pytest.approx(12 * sum(row["churn"] for row in moved), abs=4)


def test_how_right_a_group_is_comes_from_the_truth(story: Story) -> None:
    true = {
        row["account_id"]: row
        for row in story.company.truth["months"].to_pylist()
        if f"{row['as_of']:%F}" == "2026-06-01"
    }
    rows = [row for row in story.panel.table.to_pylist() if f"{row['as_of']:%F}" == "2026-06-01" and row["customers"]]
    there = [true[row["account_id"]]["features_unused"] for row in rows if row["features_unused"]]
    (line,) = (line for line in story.page() if line.startswith("  features unused or not upgraded "))
    assert numbers(line)[3] == round(100 * sum(there) / len(there))
    shown = sum(row["play"] == "show_features" for row in story.portfolio.plays(END).to_pylist())
    assert numbers(line)[4] == shown > 0


def test_the_most_urgent_is_the_open_play_of_the_highest_priority(story: Story) -> None:
    lines = list(story.page())
    first = lines[lines.index("Most urgent") + 1]
    row = max(story.portfolio.plays(END).to_pylist(), key=lambda each: each["priority"] or 0)
    names = {each["account_id"]: each["name"] for each in story.company["accounts"].to_pylist()}
    assert first.startswith(f"  {row['play'].replace('_', ' ')} {names[row['account_id']]}, by {row['owner']}, due ")


def test_the_command_writes_the_page_the_panel_and_the_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company_demo.run, "__defaults__", (60, 2, None))  # 60 accounts in place of 2,000
    done = CliRunner().invoke(app, ["demo", "--company", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "out" / "company.txt").read_text(encoding="utf-8")
    assert page in done.output
    panel, plays = (pq.read_table(tmp_path / "out" / f"company-{name}.parquet") for name in ("panel", "plays"))
    assert set(ch.Model.preset("b2b-lifecycle").cohorts) <= set(panel.column_names)
    assert f"{plays.num_rows:,} open plays: " in done.output
