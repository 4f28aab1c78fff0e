"""One page for the leadership of a company: the simulated one, from first touch to expansion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
_A_YEAR_AGO, _A_QUARTER_AGO, _A_MONTH_AGO, _A_WEEK_AGO = "2025-07-01", "2026-04-01", "2026-06-01", "2026-06-24"
_HANDOFFS = (("marketing", "sales"), ("sales", "success"), ("sales", "marketing"))
GROUPS = {
    "used_rarely": "used rarely",
    "features_unused": "features unused or not upgraded",
    "users_not_growing": "users not growing",
    "does_not_recommend": "does not recommend",
    "about_to_leave": "about to leave",
}
_ANSWERS = {
    "used_rarely": "reawaken",
    "features_unused": "show_features",
    "users_not_growing": "widen_use",
    "does_not_recommend": "listen",
    "about_to_leave": "save",
}
_MOVEMENTS = {
    "start": "a year ago",
    "new": "new customers",
    "expansion": "customers bought more",
    "reactivation": "came back",
    "contraction": "customers bought less, lost",
    "churn": "customers left, lost",
    "end": "now",
}
_CAUSES = {
    "experience": "bad experience: use, colour, answers",
    "champion": "nobody spoke for us",
    "support": "urgent tickets",
    "onboarding": "slow onboarding",
    "single_threaded": "hung on one person",
    "budget": "paid late: budget cut",
    "nothing seen": "nothing was seen",
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
            ("The five groups at risk (an account may be in several), and what is being done", self._groups(now)),
            ("Monthly revenue, a year ago and now", self._revenue()),
            ("Does health tell who stays?", self._experience(now)),
            (
                "Why customers left in the last twelve months, by what cost most points three months before",
                self._causes(),
            ),
            ("Value: what customers have gained, and what could be sold", self._value(now)),
            ("What is to be done, by owner", self._plays()),
            ("Most urgent", self._urgent()),
            ("What is odd about the data", self._quality()),
        ):
            yield ""
            yield title
            yield from lines

    @cached_property
    def _open(self) -> Rows:
        """The plays that are open now."""
        rows: Rows = self.portfolio.plays(END).to_pylist()
        return rows

    @staticmethod
    def _at(table: pa.Table, day: str) -> Rows:
        """The rows of one date."""
        import pyarrow.compute as pc

        rows: Rows = table.filter(pc.equal(pc.strftime(table["as_of"], "%Y-%m-%d"), day)).to_pylist()
        return rows

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
        yield "  went on: to a later stage within the twelve months; stalled: in the stage for longer than it may take"
        for row in self.portfolio.handoffs("handoff", _A_YEAR_AGO, END).to_pylist():
            if (row["from_owner"], row["to_owner"]) in _HANDOFFS:
                yield (
                    f"  {row['from_owner']} to {row['to_owner']}: {row['handoffs']:,} hand-offs, "
                    f"half of them within {_fixed(row['median_days'])} days"
                )

    def _groups(self, now: Rows) -> Iterator[str]:
        customers = [row for row in now if row["customers"]]
        total = _sum(customers, "arr")
        plays = Counter(row["play"] for row in self._open)
        right = self._right()
        yield "                                    accounts     revenue   of all  right  open plays"
        for name, words in {**GROUPS, "at_risk": "one or more of them"}.items():
            there = [row for row in customers if row[name]]
            revenue, play = _sum(there, "arr"), _ANSWERS.get(name)
            sure = f"  {right[name]:>5.0%}  {_words(play)}: {plays[play]:,}" if play else ""
            yield f"  {words:<32}  {len(there):>8,}  {_money(revenue)}  {revenue / max(total, 1):>7.0%}{sure}"
        yield "  right: of the customers who were named a month ago, how many were so by the true cause, which only a"
        yield "  simulation knows; who is not growing is told by four weeks of use, where chance plays a part"

    def _right(self) -> dict[str, float]:
        """Of the customers whom the model named a month ago, the share who are in the group by its true cause."""
        true = {row["account_id"]: row for row in self._at(self.company.truth["months"], _A_MONTH_AGO)}
        named = [row for row in self._at(self.panel.table, _A_MONTH_AGO) if row["customers"]]
        shares = {}
        for name in GROUPS:
            there = [true[row["account_id"]][name] for row in named if row[name] and row["account_id"] in true]
            shares[name] = sum(map(bool, there)) / max(len(there), 1)
        return shares

    def _revenue(self) -> Iterator[str]:
        year = self.portfolio.revenue("contracts", mrr="mrr").waterfall([_A_YEAR_AGO, END]).to_pylist()[0]
        for name, words in _MOVEMENTS.items():
            yield f"  {words:<32}  {year[name]:>12,.0f}"
        yield (
            f"  of 100 of revenue a year ago {100 * year['nrr']:.0f} are there with what customers bought more, "
            f"{100 * year['grr']:.0f} without it; {year['logo_retention']:.0%} of customers stayed"
        )
        lost = year["contraction"] + year["churn"]
        more = year["expansion"] + year["reactivation"]
        gained = year["new"] + more
        yield (
            f"  {lost:,.0f} a month were lost, and had to be won to stand still; {gained:,.0f} were, "
            f"{more / max(gained, 1):.0%} of it by who had been customers"
        )
        yield f"  {year['accounts_lost']:,} customers lost, {year['accounts_new']:,} won"
        yield f"  had one in ten of those who left stayed: {12 * 0.1 * year['churn']:,.0f} more a year"

    def _experience(self, now: Rows) -> Iterator[str]:
        then = [row for row in self._at(self.panel.table, _A_YEAR_AGO) if row["customers"]]
        still = {row["account_id"] for row in now if row["customers"]}
        for grade in ("green", "yellow", "red"):
            group = [row for row in then if row["health_grade"] == grade]
            stays = sum(row["account_id"] in still for row in group)
            share = f"{stays / len(group):.0%}" if group else "–"
            yield f"  {grade:<6} a year ago: {len(group):>5,} accounts, {share} are customers today"

    def _causes(self) -> Iterator[str]:
        """By the revenue that was lost: of each customer who left, the part of ``staying`` that cost most before."""
        months = dates("2025-07-01", END, every="1mo")
        moved = self.portfolio.revenue("contracts", mrr="mrr").movements(months).to_pylist()
        parts = [
            row for row in self.panel.contributions("staying", deep=False).to_pylist() if row["points"] is not None
        ]
        worst: dict[tuple[str, str], tuple[float, str]] = {}
        for row in (part for part in parts if part["points"] is not None):
            lost = (100 - row["points"]) * row["weight"]
            key = row["account_id"], str(row["as_of"])[:7]
            worst[key] = max(worst.get(key, (0.0, "nothing seen")), (lost, row["part"]), key=lambda each: each[0])
        revenue, count = Counter[str](), Counter[str]()
        for row in moved:
            if row["churn"]:
                part = worst.get((row["account_id"], _months_before(row["to"], 3)), (0, "nothing seen"))[1]
                revenue[part] += 12 * row["churn"]
                count[part] += 1
        for part, amount in revenue.most_common():
            yield f"  {_CAUSES.get(part, part):<44}  {count[part]:>5,} customers  {_money(amount)} a year"

    def _value(self, now: Rows) -> Iterator[str]:
        crossed = [row for row in now if row["crossed_at"] is not None]
        late = sum(str(row["crossed_at"])[:10] >= _A_QUARTER_AGO for row in crossed)
        yield f"  {len(crossed):,} customers have gained more than they paid, {late:,} of them since the end of March"
        for name, words in (
            ("could_cross", "more have gained four fifths of it"),
            ("expansion_seats", "use seven of ten seats or more, and may need others"),
            ("expansion_products", "lack a product that similar accounts have"),
            ("advocates", "recommend us and are well: ask them for a reference"),
        ):
            there = [row for row in now if row[name]]
            yield f"  {len(there):,} {words}; they pay {_sum(there, 'arr'):,.0f} a year"

    def _plays(self) -> Iterator[str]:
        rows = self._open
        for owner in sorted({row["owner"] for row in rows}):
            mine = Counter(row["play"] for row in rows if row["owner"] == owner)
            fresh = sum(str(row["opened"])[:10] >= _A_WEEK_AGO for row in rows if row["owner"] == owner)
            most = ", ".join(f"{_words(play)} {count}" for play, count in mine.most_common(4))
            yield f"  {owner:<6} {mine.total():>5,} open, {fresh:>4,} of this week: {most}"

    def _urgent(self) -> Iterator[str]:
        accounts = self.company["accounts"].select(["account_id", "name"]).to_pylist()
        names = {row["account_id"]: row["name"] for row in accounts}
        for row in sorted(self._open, key=lambda row: -(row["priority"] or 0))[:5]:
            yield (
                f"  {_words(row['play'])} {names[row['account_id']]}, by {row['owner']}, due {str(row['due'])[:10]}, "
                f"{row['channel']} with the {_words(row['role'])}: {row['message_now'] or row['message']}"
            )

    def _quality(self) -> Iterator[str]:
        for row in self.portfolio.quality().to_pylist():
            yield f"  {row['table']}: {row['meaning']}"


def run(out: Path, accounts: int = 2000, seed: int = 1, progress: Progress = None) -> Iterator[str]:
    """Make the company, score it, write page, panel and plays, and yield the lines of the page."""
    import pyarrow.parquet as pq

    story = Story.of(accounts, seed, progress)
    out.mkdir(parents=True, exist_ok=True)
    lines = list(story.page())
    plays = story.portfolio.plays(END)
    (out / "company.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pq.write_table(story.panel.table, out / "company-panel.parquet")
    pq.write_table(plays.table, out / "company-plays.parquet")
    yield from lines
    yield ""
    table = story.panel.table
    yield f"{table.num_rows:,} rows, {table.num_columns} columns: {out / 'company-panel.parquet'}"
    yield f"{plays.num_rows:,} open plays: {out / 'company-plays.parquet'}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _months_before(at: Any, months: int) -> str:
    number = at.year * 12 + at.month - 1 - months
    return f"{number // 12}-{number % 12 + 1:02}"


def _sum(rows: Rows, name: str) -> float:
    return float(sum(row[name] or 0 for row in rows))


def _money(amount: float) -> str:
    return f"{amount:>10,.0f}"


def _fixed(number: float | None) -> str:
    return "–" if number is None else f"{number:.0f}"
