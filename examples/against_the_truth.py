"""How near does the model of the whole life cycle come to the truth of a simulated company?

    python examples/against_the_truth.py [--accounts 4000] [--seed 2027]

Prints what is asked and what is found: stages month by month, the five groups at risk by their true cause, the cause of
each loss, retention by experience, and the dates at which customers have gained what they paid. The preset was made
with other seeds in sight.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

import customerhealth as ch

START, FIRST, END = "2024-07-01", "2025-01-01", "2026-07-01"
GROUPS = ("used_rarely", "features_unused", "users_not_growing", "does_not_recommend", "about_to_leave")


@dataclass(frozen=True)
class Line:
    """A statement, what is asked of it and what was found."""

    statement: str
    asked: str
    found: str
    holds: bool | None = None  # None: told, not asked


class Company:
    """A company, the model's portfolio of it, and panel and truth side by side, month by month."""

    def __init__(self, accounts: int, seed: int) -> None:
        self.company = ch.datasets.simulate(accounts, START, END, seed=seed)
        self.model = ch.Model.preset("b2b-lifecycle")
        self.tables = self.company.select(self.model)
        self.portfolio = ch.Portfolio(self.model, tables=self.tables)
        self.as_ofs = ch.dates(FIRST, END, every="1mo")
        self.panel = self.portfolio.score(self.as_ofs)
        self.rows = plain(self.panel.table)
        self.truth = plain(self.company.truth["months"])
        self.both = self.rows.merge(self.truth, on=["account_id", "as_of"], suffixes=("", "_true"))
        self.now = self.rows[self.rows["as_of"] == self.rows["as_of"].max()].set_index("account_id")
        renewals = plain(self.company.renewals)
        month = renewals["decided_at"].dt.strftime("%Y-%m-01")
        self.renewals = renewals.assign(as_of=pd.to_datetime(month, utc=True).astype(self.rows["as_of"].dtype))

    def lines(self) -> Iterator[Line]:
        """Each statement with what was found."""
        yield from self.stages()
        for group in GROUPS:
            yield self.group(group)
        yield from self.causes()
        yield self.retention()
        yield self.crossings()

    # ---- stages -----------------------------------------------------------------------------------------------------

    def stages(self) -> Iterator[Line]:
        """The share of account-months whose stage is the true one, and where it is not."""
        told, true = (self.both[name].astype(str) for name in ("lifecycle", "stage"))
        share = (told == true).mean()
        yield Line("stages are the true ones, of account-months", ">= 90 %", f"{share:.1%}", share >= 0.9)
        other = true[told != true] + " as " + told[told != true]
        most = ", ".join(f"{name} {count}" for name, count in other.value_counts().head(4).items())
        yield Line("where they are not", "told", most)

    # ---- groups at risk ---------------------------------------------------------------------------------------------

    def group(self, name: str) -> Line:
        """Of the customers whom the model names, who is there by the true cause."""
        customers = self.both[self.both["customer_true"].astype(bool)]
        told, true = customers[name].astype(bool), customers[f"{name}_true"].astype(bool)
        base, precision, recall = true.mean(), true[told].mean(), told[true].mean()
        found = f"precision {precision:.2f} recall {recall:.2f} base {base:.2f} lift {precision / base:.1f}"
        asked = base <= 1 / 3
        return Line(name, "lift >= 2" if asked else "told", found, precision >= 2 * base if asked else None)

    # ---- why they left ----------------------------------------------------------------------------------------------

    def named(self) -> pd.DataFrame:
        """Of each who left: the true cause, and the one that is named first.

        That is what :meth:`Panel.why_changed` says took most points since the account's best month; of those who were
        never better than now, it is what takes most points.
        """
        scores = self.rows[["account_id", "as_of", "staying"]].dropna()
        left = self.renewals[~self.renewals["renewed"]].merge(scores, on=["account_id", "as_of"])
        left = left[["account_id", "as_of", "cause"]].astype({"cause": str})
        before = left.merge(scores, on="account_id", suffixes=("", "_best"))
        before = before[before["as_of_best"] <= before["as_of"]].sort_values(["staying", "as_of_best"])
        best = before.drop_duplicates(["account_id", "as_of"], keep="last")[["account_id", "as_of", "as_of_best"]]
        left = left.merge(best, on=["account_id", "as_of"])
        parts = [self._since(start, end, group) for (start, end), group in left.groupby(["as_of_best", "as_of"])]
        named = left.merge(pd.concat(parts), on=["account_id", "as_of"], how="left")
        worst = plain(self.panel.contributions("staying", deep=False)).dropna(subset=["points"])
        worst["lost"] = (100 - worst["points"]) * worst["weight"]
        worst = worst.sort_values("lost", ascending=False, kind="stable").drop_duplicates(["account_id", "as_of"])
        named = named.merge(worst[["account_id", "as_of", "part"]], on=["account_id", "as_of"], suffixes=("", "_now"))
        return named.assign(fell=named["part"].notna(), first=named["part"].fillna(named["part_now"]))

    def _since(self, start: pd.Timestamp, end: pd.Timestamp, left: pd.DataFrame) -> pd.DataFrame:
        causes = plain(self.panel.why_changed("staying", start, end, deep=False)) if start < end else None
        if causes is None:
            return pd.DataFrame({"account_id": [], "as_of": [], "part": []}).astype({"as_of": left["as_of"].dtype})
        causes = causes[causes["account_id"].isin(left["account_id"])].astype({"part": object})
        sums = causes.groupby(["account_id", "part"])["contribution"].sum().reset_index()
        first = sums.sort_values("contribution").drop_duplicates("account_id")
        return first[first["contribution"] < 0][["account_id", "part"]].assign(as_of=end)

    def causes(self) -> Iterator[Line]:
        """How often the cause that is named first is the true one, and cause by cause."""
        named = self.named()
        right = named["first"] == named["cause"]
        fell, told = right[named["fell"]].mean(), right.mean()
        found = f"{told:.1%} of {len(named)}; {fell:.1%} of the {named['fell'].sum()} that had been better"
        yield Line("the cause of a loss that is named first is the true one", ">= 60 %", found, told >= 0.6)
        for cause, count in named["cause"].value_counts().items():
            recall, precision = right[named["cause"] == cause].mean(), right[named["first"] == cause].mean()
            yield Line(f"  {cause}, the cause of {count}", "told", f"precision {precision:.2f} recall {recall:.2f}")

    # ---- retention --------------------------------------------------------------------------------------------------

    def retention(self) -> Line:
        """The ratio of renewals, best third of experience against worst, with its interval, and that of the process."""
        rows = self.renewals.merge(self.rows[["account_id", "as_of", "experience"]]).dropna(subset=["experience"])
        third = pd.qcut(rows["experience"], 3, labels=False)
        worst, best = rows[third == 0], rows[third == 2]
        found = best["renewed"].mean() / worst["renewed"].mean()
        simulated = (1 - best["probability"]).mean() / (1 - worst["probability"]).mean()
        parts = [(1 - each["renewed"].mean()) / (each["renewed"].mean() * len(each)) for each in (best, worst)]
        spread = 1.96 * np.sqrt(sum(parts))
        low, high = found * np.exp(-spread), found * np.exp(spread)
        text = f"{found:.3f} ({low:.3f} to {high:.3f}), of the process {simulated:.3f}"
        asked = "within its interval"
        return Line("renewed, best third of experience / worst", asked, text, bool(low <= simulated <= high))

    # ---- crossings --------------------------------------------------------------------------------------------------

    def crossings(self) -> Line:
        """How many dates of the crossover are within a month of the true ones."""
        true = plain(self.company.truth["crossings"]).set_index("account_id")["crossed_at"]
        true = true[(true >= pd.Timestamp("2024-08-01", tz="UTC")) & (true < pd.Timestamp("2026-06-01", tz="UTC"))]
        days = (self.now["crossed_at"].reindex(true.index) - true).dt.total_seconds() / 86_400
        share = (days.abs() <= 31).mean()
        found = f"{share:.1%} of {len(true)}, {days.median():.0f} days later in the middle"
        return Line("crossings within a month of the true ones", ">= 80 %", found, share >= 0.8)


def plain(table: pa.Table) -> pd.DataFrame:
    """A frame whose accounts are texts."""
    return table.to_pandas().assign(account_id=table["account_id"].to_pandas().astype(str))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=2027)
    given = parser.parse_args()
    for line in Company(given.accounts, given.seed).lines():
        mark = {True: "yes", False: "NO", None: ""}[line.holds]
        print(f"{line.statement:<56} {line.asked:<20} {mark:<4} {line.found}")


if __name__ == "__main__":
    main()
