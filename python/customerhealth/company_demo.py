"""One page for the leadership of a company: the simulated one, from first touch to expansion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .datasets import Simulation, simulate
from .io.instants import dates
from .model import Model
from .panel import Panel
from .portfolio import Portfolio
from .progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["GROUPS", "Story", "run"]

START, END = "2024-07-01", "2026-07-01"  # as-ofs are exclusive: the end of June 2026
_A_YEAR_AGO, _A_QUARTER_AGO = "2025-07-01", "2026-04-01"
_HANDOFFS = (("marketing", "sales"), ("sales", "success"), ("sales", "marketing"))
GROUPS = {
    "used_rarely": "used rarely",
    "features_unused": "features unused or not upgraded",
    "users_not_growing": "users not growing",
    "does_not_recommend": "does not recommend",
    "about_to_leave": "about to leave",
}
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Story:
    """A company, the model's portfolio of it, and its panel at the month ends of the last year and a half."""

    company: Simulation
    portfolio: Portfolio
    panel: Panel

    @classmethod
    def of(cls, accounts: int, seed: int, progress: Progress = None) -> Story:
        """Simulate the company and score it."""
        company, model = simulate(accounts, START, END, seed), Model.preset("b2b-lifecycle")
        portfolio = Portfolio(model, tables=company.select(model), progress=progress)
        return cls(company, portfolio, portfolio.score(dates("2025-01-01", END, every="1mo"), progress=progress))

    @property
    def now(self) -> pa.Table:
        """The rows of the last date."""
        import pyarrow.compute as pc

        table = self.panel.table
        return table.filter(pc.equal(table["as_of"], pc.max(table["as_of"])))

    def page(self) -> Iterator[str]:
        """The lines of the page."""
        now = self.now.to_pylist()
        yield f"A software company of {len(now):,} accounts at the end of June 2026, by all that was known before {END}"
        for title, lines in (
            (
                "Where they are: accounts and yearly revenue by stage, moves of the last twelve months",
                self._stages(now),
            ),
            ("The five groups at risk (an account may be in several)", self._groups(now)),
            ("Revenue of the last twelve months, a month", self._revenue()),
            ("Experience and retention", self._experience(now)),
            ("Value", self._value(now)),
            ("Open plays by owner", self._plays()),
            ("Data quality", self._quality()),
        ):
            yield ""
            yield title
            yield from lines

    def _stages(self, now: Rows) -> Iterator[str]:
        stages = self.portfolio.model.to_dict()["journeys"]["lifecycle"]["stages"]
        owners = {stage["name"]: stage["owner"] for stage in stages}
        yield "  stage     owner               accounts   revenue  entered  went on  share  median days  stalled"
        for row in self.portfolio.funnel("lifecycle", _A_YEAR_AGO, END).to_pylist():
            stage = row["stage"]
            there = [each for each in now if each["lifecycle"] == stage]
            on = "      –      –" if row["advanced"] is None else f"{row['advanced']:>7.0f}  {row['conversion']:>4.0%}"
            yield (
                f"  {stage:<8}  {owners[stage]:<18}  {len(there):>8,}  {_money(_sum(there, 'arr'))}  "
                f"{row['entered']:>7,}  {on}  {_fixed(row['median_days']):>11}  {row['stalled']:>7,}"
            )
        for row in self.portfolio.handoffs("handoff", _A_YEAR_AGO, END).to_pylist():
            if (row["from_owner"], row["to_owner"]) in _HANDOFFS:
                yield (
                    f"  {row['from_owner']} to {row['to_owner']}: {row['handoffs']:,} hand-offs, "
                    f"after {_fixed(row['median_days'])} days in the middle"
                )

    def _groups(self, now: Rows) -> Iterator[str]:
        customers = [row for row in now if row["customers"]]
        total = _sum(customers, "arr")
        for name, words in {**GROUPS, "at_risk": "one or more of them"}.items():
            there = [row for row in customers if row[name]]
            revenue = _sum(there, "arr")
            yield f"  {words:<32}  {len(there):>6,}  {_money(revenue)}  {revenue / max(total, 1):>5.0%} of revenue"

    def _revenue(self) -> Iterator[str]:
        year = self.portfolio.revenue("contracts", mrr="mrr").waterfall([_A_YEAR_AGO, END]).to_pylist()[0]
        names = ("start", "new", "expansion", "reactivation", "contraction", "churn", "end")
        yield "  " + "  ".join(f"{name} {year[name]:,.0f}" for name in names)
        yield (
            f"  net retention {year['nrr']:.0%}, gross {year['grr']:.0%}, of accounts {year['logo_retention']:.0%}; "
            f"{year['existing_share']:.0%} of revenue was there a year ago"
        )
        lost = year["contraction"] + year["churn"]
        gained = year["new"] + year["expansion"] + year["reactivation"]
        more = year["expansion"] + year["reactivation"]
        yield (
            f"  to stand still {lost:,.0f} must be won: {gained:,.0f} were, {more / max(gained, 1):.0%} of it from "
            f"customers; {year['accounts_lost']} accounts lost, {year['accounts_new']} won"
        )
        yield f"  a tenth of what was lost by churn kept: {12 * 0.1 * year['churn']:,.0f} a year"

    def _experience(self, now: Rows) -> Iterator[str]:
        then = [row for row in self._grades() if str(row["as_of"])[:10] == _A_YEAR_AGO and row["customers"]]
        still = {row["account_id"] for row in now if row["customers"]}
        for grade in ("green", "yellow", "red"):
            group = [row for row in then if row["health_grade"] == grade]
            stays = sum(row["account_id"] in still for row in group)
            share = f"{stays / len(group):.0%}" if group else "–"
            yield f"  {grade:<6} a year ago: {len(group):>5,} accounts, {share} are customers today"

    def _grades(self) -> Rows:
        rows: Rows = self.panel.table.select(["account_id", "as_of", "customers", "health_grade"]).to_pylist()
        return rows

    def _value(self, now: Rows) -> Iterator[str]:
        crossed = [row for row in now if row["crossed_at"] is not None]
        late = sum(str(row["crossed_at"])[:10] >= _A_QUARTER_AGO for row in crossed)
        yield f"  {len(crossed):,} have gained what they paid, {late:,} of them since the end of March"
        for name, words in (
            ("could_cross", "will soon have"),
            ("expansion_seats", "fill their seats"),
            ("expansion_products", "lack a product that similar accounts have"),
            ("advocates", "would recommend us"),
        ):
            there = [row for row in now if row[name]]
            yield f"  {len(there):,} {words}: {_sum(there, 'arr'):,.0f} a year"

    def _plays(self) -> Iterator[str]:
        rows = self.portfolio.plays(END).to_pylist()
        for owner in sorted({row["owner"] for row in rows}):
            mine = Counter(row["play"] for row in rows if row["owner"] == owner)
            fresh = sum(str(row["opened"])[:10] >= "2026-06-24" for row in rows if row["owner"] == owner)
            most = ", ".join(f"{play} {count}" for play, count in mine.most_common(4))
            yield f"  {owner:<6} {mine.total():>5,} open, {fresh:>4,} of this week: {most}"

    def _quality(self) -> Iterator[str]:
        for row in self.portfolio.quality().to_pylist():
            yield f"  {row['table']}: {row['check']}, {row['rows']:,} rows"


def run(out: Path, accounts: int = 2000, seed: int = 1, progress: Progress = None) -> Iterator[str]:
    """Make the company, score it, write page, panel and plays, and yield the lines of the page."""
    import pyarrow.parquet as pq

    story = Story.of(accounts, seed, progress)
    out.mkdir(parents=True, exist_ok=True)
    lines = list(story.page())
    plays = story.portfolio.plays(END)
    (out / "company.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pq.write_table(story.panel.table, out / "company-panel.parquet")
    pq.write_table(plays, out / "company-plays.parquet")
    yield from lines
    yield ""
    table = story.panel.table
    yield f"{table.num_rows:,} rows, {table.num_columns} columns: {out / 'company-panel.parquet'}"
    yield f"{plays.num_rows:,} open plays: {out / 'company-plays.parquet'}"


def _sum(rows: Rows, name: str) -> float:
    return float(sum(row[name] or 0 for row in rows))


def _money(amount: float) -> str:
    return f"{amount:>10,.0f}"


def _fixed(number: float | None) -> str:
    return "–" if number is None else f"{number:.0f}"
