"""Does low health foresee that a project goes quiet? The demo's model and data, looked at from every past month.

    python examples/foresight.py [--model MODEL.json] [--rounds 1000]

On the first of each month from February 2012 to February 2026, every project that was known for more than 180 days and
had work arrive in the last 90 is scored with what was known by then. The outcome: nothing arrives in the 180 days that
follow. The AUC is the chance that of two such rows the one that goes quiet had the lower value; a missing value says
nothing, so it counts half against any other, and how many are missing is printed. Intervals come from drawing the
projects, with all their months, again and again: months of one project are not independent.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

import customerhealth as ch
from customerhealth.demo import DATA

FIRST, MIDDLE, LAST = "2012-02-01", "2019-02-01", "2026-02-01"
KNOWN_FOR = AHEAD = np.timedelta64(180, "D")
LATELY = np.timedelta64(90, "D")
# Where a high value is the worrying one; said by meaning, not by what the data show.
WORSE_WHEN_HIGH = {"days_since_last", "top_author_share"}
BASELINE = "days active in 90 days"
SEED = 20260801

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
Instants = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Log:
    """The rows of one project."""

    occurred: Instants
    known: Instants

    def active_at(self, as_of: np.datetime64) -> bool:
        """Known for long, and not quiet yet."""
        known_long = bool((self.known < as_of - KNOWN_FOR).any())
        return known_long and bool(((self.known >= as_of - LATELY) & (self.known < as_of)).any())

    def quiet_after(self, as_of: np.datetime64) -> bool:
        """Nothing becomes known in the time ahead."""
        return not bool(((self.known >= as_of) & (self.known < as_of + AHEAD)).any())

    def days_active(self, as_of: np.datetime64) -> int:
        """Days with work in the last 90, of what was known: counted here, not by the model."""
        seen = (self.known < as_of) & (self.occurred < as_of) & (self.occurred >= as_of - LATELY)
        return len(np.unique(self.occurred[seen].astype("datetime64[D]")))


@dataclass(frozen=True)
class Rows:
    """The rows that are judged: whose they are, when, what came of them, and what was said before."""

    project: Codes
    as_of: Instants
    quiet: Flags
    values: dict[str, Floats]  # turned so that low is worrying

    def between(self, begin: str, end: str) -> Rows:
        """The rows with an as-of in [begin, end)."""
        chosen = (self.as_of >= np.datetime64(begin)) & (self.as_of < np.datetime64(end))
        values = {name: value[chosen] for name, value in self.values.items()}
        return Rows(self.project[chosen], self.as_of[chosen], self.quiet[chosen], values)


@dataclass(frozen=True)
class Pairs:
    """Pairs of a row that went quiet and one that did not, summed by their two projects.

    An AUC is a sum over pairs, so a project drawn twice only counts twice: each round of the bootstrap is then a
    product with its counts.
    """

    won: Floats  # by project gone quiet, project not: pairs in the right order, ties half
    all: Floats

    @classmethod
    def of(cls, rows: Rows, value: Floats, projects: int) -> Pairs:
        quiet, lively = np.flatnonzero(rows.quiet), np.flatnonzero(~rows.quiet)
        low, high = value[quiet][:, None], value[lively][None, :]
        order = np.where(np.isnan(low) | np.isnan(high), 0.5, (low < high) + 0.5 * (low == high))
        won, count = np.zeros((projects, projects)), np.zeros((projects, projects))
        cells = (rows.project[quiet][:, None], rows.project[lively][None, :])
        np.add.at(won, cells, order)
        np.add.at(count, cells, 1.0)
        return cls(won, count)

    def auc(self, draws: Floats) -> Floats:
        """One figure a draw; a draw says how often each project is in it. NaN without a pair."""
        won = np.einsum("rp,pq,rq->r", draws, self.won, draws, optimize=True)
        pairs = np.einsum("rp,pq,rq->r", draws, self.all, draws, optimize=True)
        figures: Floats = np.divide(won, pairs, out=np.full(len(draws), np.nan), where=pairs > 0)
        return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, help="another model of the same table; by default the demo's")
    parser.add_argument("--rounds", type=int, default=1000, help="rounds of the bootstrap (default 1000)")
    options = parser.parse_args()
    model = ch.Model.load(options.model) if options.model else ch.Model.preset("oss-projects")
    for line in report(model, options.rounds):
        print(line)


def report(model: ch.Model, rounds: int) -> Iterator[str]:
    logs = read_logs()
    rows = judged(model, logs)
    end = str(np.datetime64(LAST) + 1)
    periods = {"all": rows.between(FIRST, end), "before 2019-02": rows.between(FIRST, MIDDLE)}
    periods["2019-02 and after"] = rows.between(MIDDLE, end)
    draws = drawn(len(logs), rounds)
    for name, period in periods.items():
        yield (
            f"{name}: {len(period.quiet):,} rows of {len(np.unique(period.project))} projects, {period.quiet.sum()} "
            f"followed by 180 quiet days, of {len(np.unique(period.project[period.quiet]))} projects"
        )
    yield ""
    yield f"{'AUC, 95 % interval':<24}" + "".join(f"  {name:<23}" for name in periods) + "  missing"
    columns = {
        name: [Pairs.of(rows, rows.values[name], len(logs)) for rows in periods.values()] for name in rows.values
    }
    for name, pairs in columns.items():
        missing = int(np.isnan(rows.values[name]).sum())
        turned = f"{name} (high)" if name in WORSE_WHEN_HIGH else name
        yield f"{turned:<24}" + "".join(f"  {interval(pair.auc(draws)):<23}" for pair in pairs) + f"  {missing:>7,}"
    yield ""
    # Drawn together: the difference is known better than either.
    ahead = [
        ours.auc(draws) - theirs.auc(draws) for ours, theirs in zip(columns["health"], columns[BASELINE], strict=True)
    ]
    yield f"{'health less that':<24}" + "".join(f"  {interval(more, signed=True):<23}" for more in ahead)


def read_logs() -> dict[str, Log]:
    table = pq.read_table(DATA, columns=["account_id", "occurred_at", "known_at"])
    account = table["account_id"].to_numpy()
    occurred, known = (table[name].to_numpy().astype("datetime64[us]") for name in ("occurred_at", "known_at"))
    return {name: Log(occurred[account == name], known[account == name]) for name in sorted(set(account))}


def judged(model: ch.Model, logs: dict[str, Log]) -> Rows:
    panel = ch.Portfolio(model, activity=DATA).score(ch.dates(FIRST, LAST, every="1mo")).table
    accounts = panel["account_id"].to_pylist()
    as_ofs = panel["as_of"].to_numpy().astype("datetime64[us]")
    chosen = [k for k, name in enumerate(accounts) if logs[name].active_at(as_ofs[k])]
    code = {name: number for number, name in enumerate(logs)}
    values = {}
    for name in shown(model):
        value = panel[name].to_numpy()[chosen].astype(np.float64)
        values[name] = -value if name in WORSE_WHEN_HIGH else value
    values[BASELINE] = np.array([logs[accounts[k]].days_active(as_ofs[k]) for k in chosen], dtype=np.float64)
    quiet = np.array([logs[accounts[k]].quiet_after(as_ofs[k]) for k in chosen])
    return Rows(np.array([code[accounts[k]] for k in chosen]), as_ofs[chosen], quiet, values)


def shown(model: ch.Model) -> list[str]:
    """Health first, the other scores, then all metrics."""
    of_scores = {f"{score}{end}" for score in model.scores for end in ("", "_grade", "_coverage")}
    metrics = [column for column in model.columns if column not in of_scores]
    return ["health", *(score for score in model.scores if score != "health"), *metrics]


def drawn(projects: int, rounds: int) -> Floats:
    """How often each project is in a round; the first round is the data as they are."""
    rng = np.random.default_rng(SEED)
    resampled = rng.multinomial(projects, np.full(projects, 1 / projects), size=rounds).astype(np.float64)
    return np.vstack([np.ones((1, projects)), resampled])


def interval(figures: Floats, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    low, high = np.nanpercentile(figures[1:], [2.5, 97.5])
    return f"{figures[0]:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


if __name__ == "__main__":
    main()
