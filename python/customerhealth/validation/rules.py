"""The rules of outcomes, applied to a portfolio's tables as they were known at a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .. import _core
from ..errors import DataError, ModelError, Problem, unknown
from ..io.columns import Flags, Floats, Ints, account_codes, decoded, distinct, micros_of, numbers_of
from ..io.instants import FOREVER
from ..io.results import as_table
from ..loaded import Loaded
from ..model import Model
from .ahead import after
from .timeline import NEVER, Outcomes, Timeline, outcome_rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Churn", "Downgrade", "Found", "Given", "Known", "Move", "Outcome", "Rule", "Silence", "outcomes_of"]

_SAME = 1e-9  # amounts that differ by less than this share of them are the same: sums of doubles are not exact


class Found(Protocol):
    """An outcome that was looked for in tables."""

    def is_on(self, account: Ints, at: Ints) -> Flags:
        """Whether it has come about before an instant and is not over."""

    def first_from(self, account: Ints, at: Ints) -> Ints:
        """The first at an instant or after it; NEVER where there is none."""


class Known:
    """The tables of a portfolio as they were known up to an instant, that one included."""

    def __init__(self, loaded: Loaded, observed: int) -> None:
        self.loaded, self.observed = loaded, observed
        self.accounts = loaded.accounts
        self.tables: dict[str, dict[str, Any]] = loaded.model.to_dict().get("tables", {})
        self.notes: list[str] = []
        self._rows: dict[str, pa.Table] = {}

    def spec(self, name: str, kinds: tuple[str, ...]) -> dict[str, Any]:
        """What the model says of a table. Raises DataError when there is none, or of another kind."""
        if name not in self.tables:
            raise unknown("outcome: the model has no table", name, self.tables)
        if self.tables[name]["kind"] not in kinds:
            wanted = " or ".join(kinds)
            raise DataError(f"outcome: table '{name}' is of kind {self.tables[name]['kind']}, not {wanted}", name)
        return self.tables[name]

    def rows(self, name: str) -> pa.Table:
        """By account, then time."""
        if name not in self._rows:
            self._rows[name] = as_table(self.loaded.core.rows(name, self.observed + 1, self.loaded.threads, None))
        return self._rows[name]

    def column(self, name: str, column: str) -> pa.ChunkedArray:
        rows = self.rows(name)
        if column not in rows.column_names or column == "account_id":
            there = [each for each in rows.column_names if each != "account_id"]
            raise unknown(f"outcome: the model does not read from table '{name}' the column", column, there)
        return rows[column]

    def numbers(self, name: str, column: str) -> Floats:
        import pyarrow as pa

        values = self.column(name, column)
        if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            raise DataError(f"outcome: {name}.{column} is no column of numbers", name, column)
        return numbers_of(pa.table({column: values.cast(pa.float64())}), f"outcome: {name}", column)

    def codes(self, name: str) -> Ints:
        return account_codes(self.rows(name)["account_id"], self.accounts)

    def covers(self, name: str, where: str | None) -> tuple[Ints, Ints, Ints]:
        """Accounts, starts and ends of a table's rows, in order of account and start."""
        spec = self.spec(name, ("intervals",))
        if "end" not in spec:
            raise DataError(f"outcome: table '{name}' has no end, so nobody in it leaves", name)
        rows = self.rows(name)
        account, start = self.codes(name), micros_of(rows[spec["start"]])
        end = micros_of(rows[spec["end"]], FOREVER)
        kept = np.ones(len(start), np.bool_) if where is None else self._true(name, where)
        kept &= end > start
        return account[kept], start[kept], end[kept]

    def _true(self, name: str, where: str) -> Flags:
        """For which rows of a table a formula over its columns is true.

        A portfolio of its own has each row as an event of an account: a table's `where` is then the same formula.
        """
        import pyarrow as pa

        rows = self.rows(name)
        places = pa.array(np.arange(rows.num_rows))
        spec = {"kind": "events", "account": "row of the table", "time": "time of the row", "where": where}
        table = rows.append_column("row of the table", places).append_column(
            "time of the row", pa.array(np.zeros(rows.num_rows, np.int64)).cast(pa.timestamp("us", "UTC"))
        )
        try:
            model = Model.parse({"format": 1, "tables": {"rows": spec}})
            kept = Loaded.open(model, {"rows": table}, {}).accounts
        except ModelError as error:
            raise _said_of("where", error) from None
        except DataError as error:
            raise DataError(f"where: {error}", name) from None
        flags = np.zeros(rows.num_rows, np.bool_)
        flags[kept.to_numpy(zero_copy_only=False).astype(np.int64)] = True
        return flags


def _said_of(what: str, error: ModelError) -> ModelError:
    """The same problems, said of an argument."""
    problems = [Problem(what, *problem[1:]) for problem in error.problems]
    return ModelError(_core.list_problems(problems), problems)


@dataclass(frozen=True, repr=False)
class Outcome:
    """A rule that says when what is to be foreseen came about; made by the functions of ``customerhealth.outcomes``.

    Attributes
    ----------
    name : str
        What a case's ``outcome`` says where it came.
    """

    name: str

    @property
    def gap(self) -> str | None:
        """How long after the window has ended it takes to know whether it came."""
        return None

    @property
    def source(self) -> str | None:
        """The table that it is read from; None: none of the model's alone."""
        return None

    def found(self, known: Known) -> Found:
        """Look for it."""
        raise NotImplementedError

    def dated(self, known: Known) -> Outcomes:
        """The same, where it comes about whatever the as-of is. Raises DataError where it is measured from as-ofs."""
        found = self.found(known)
        if not isinstance(found, Outcomes):
            raise DataError(f"outcome: a {self.name} is measured from an as-of, so it cannot be held against openings")
        return found

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, repr=False)
class _OfTable(Outcome):
    table: str

    @property
    def source(self) -> str | None:
        return self.table


@dataclass(frozen=True, repr=False)
class Churn(_OfTable):
    """See :func:`churn`."""

    late: str | None
    where: str | None

    @property
    def gap(self) -> str | None:
        return self.late

    def found(self, known: Known) -> Found:
        account, start, end = known.covers(self.table, self.where)
        order = np.lexsort((start, account))
        runs = Outcomes.of(account[order], start[order], end[order])  # its ends: the last so far
        account, end = runs.timeline.account, runs.ended
        follows = np.append(account[1:] == account[:-1], False) if len(account) else np.zeros(0, np.bool_)
        begins = np.where(follows, np.append(runs.timeline.at[1:], FOREVER), FOREVER)
        ends = end != FOREVER
        ends[ends] &= begins[ends] > end[ends]
        decided = np.full(len(end), FOREVER)
        decided[ends] = after(end[ends], self.late)
        left = ends & (begins > decided) & (decided <= known.observed)
        return Outcomes.of(account[left], end[left], begins[left])

    def __repr__(self) -> str:
        late = "" if self.late is None else f" (a renewal up to {self.late} late is one)"
        return f"churn of {self.table}{'' if self.where is None else f' where {self.where}'}{late}"


@dataclass(frozen=True, repr=False)
class Move(_OfTable):
    """See :func:`contraction` and :func:`expansion`."""

    mrr: str
    by: float
    up: bool

    def found(self, known: Known) -> Found:
        spec = known.spec(self.table, ("intervals",))
        rows = known.rows(self.table)
        amount = np.nan_to_num(known.numbers(self.table, self.mrr))
        start = micros_of(rows[spec["start"]])
        end = micros_of(rows[spec["end"]], FOREVER) if "end" in spec else np.full(len(start), FOREVER)
        good = end > start
        return _Revenue.of(known.codes(self.table)[good], start[good], end[good], amount[good], self, known.observed)

    def __repr__(self) -> str:
        return f"{self.name} of {self.table}.{self.mrr}" + (f" by more than {self.by * 100:g} %" if self.by else "")


@dataclass(frozen=True)
class _Revenue:
    """What accounts paid from each instant on at which it changed, and by how many rows they were covered."""

    steps: Timeline
    paid: Floats
    alive: Ints
    move: Move

    @classmethod
    def of(cls, account: Ints, start: Ints, end: Ints, amount: Floats, move: Move, observed: int) -> _Revenue:
        ended = end != FOREVER
        who, at = np.append(account, account[ended]), np.append(start, end[ended])
        change, count = np.append(amount, -amount[ended]), np.append(np.ones(len(start)), -np.ones(ended.sum()))
        seen = at <= observed
        who, at, change, count = who[seen], at[seen], change[seen], count[seen]
        order = np.lexsort((at, who))
        who, at = who[order], at[order]
        alive = np.cumsum(count[order]).astype(np.int64)  # back at 0 after the rows that ended, account by account
        paid = np.cumsum(change[order])
        if len(who):
            before = np.flatnonzero(np.append(True, who[1:] != who[:-1]))
            run = np.repeat(np.arange(len(before)), np.diff(np.append(before, len(who))))
            paid = paid - np.append(0.0, paid)[before][run]
            alive = alive - np.append(0, alive)[before][run]
            largest = np.maximum.reduceat(np.abs(change[order]), before)[run]
            paid = np.where(np.abs(paid) <= _SAME * largest, 0.0, paid)  # what is left of sums that are nothing
        last = np.append((who[1:] != who[:-1]) | (at[1:] != at[:-1]), True) if len(who) else np.zeros(0, np.bool_)
        paid = np.where(alive > 0, paid, 0.0)
        return cls(Timeline(who[last], at[last]), paid[last], alive[last], move)

    def is_on(self, account: Ints, at: Ints) -> Flags:
        """Never: it is measured from each as-of on."""
        return np.zeros(np.broadcast(account, at).shape, np.bool_)

    def first_from(self, account: Ints, at: Ints) -> Ints:
        out = np.full(len(account), NEVER)
        before = self.steps.up_to(account, at - 1)
        place = self.steps.after(account, at - 1)
        now = np.where(before >= 0, self.paid[before], 0.0) if len(self.paid) else np.zeros(len(account))
        covered = (before >= 0) & (self.alive[before] > 0) if len(self.alive) else np.zeros(len(account), np.bool_)
        asked = np.flatnonzero((place >= 0) & covered)
        factor = 1 + self.move.by + _SAME if self.move.up else 1 - self.move.by - _SAME
        edge = now * factor
        place = place[asked]
        while len(asked):  # a step of every account at a time
            paid = self.paid[place]
            stays = self.alive[place] > 0
            moved = stays & ((paid > edge[asked]) if self.move.up else (paid < edge[asked]))
            out[asked[moved]] = self.steps.at[place[moved]]
            further = stays & ~moved & (place + 1 < len(self.paid))
            asked, place = asked[further], place[further] + 1
            same = self.steps.account[place] == account[asked]
            asked, place = asked[same], place[same]
        return out


@dataclass(frozen=True, repr=False)
class Downgrade(_OfTable):
    """See :func:`downgrade`."""

    of: str
    order: tuple[str, ...]

    def found(self, known: Known) -> Found:
        import pyarrow as pa
        import pyarrow.compute as pc

        spec = known.spec(self.table, ("states", "events", "intervals"))
        at = micros_of(known.rows(self.table)[spec["start" if spec["kind"] == "intervals" else "time"]])
        values = decoded(known.column(self.table, self.of)).cast(pa.string())
        place = pc.index_in(values, value_set=pa.array(self.order, pa.string())).fill_null(-1)
        rank = place.to_numpy().astype(np.int64)
        whose = self._whose(known, spec)
        listed = rank >= 0
        if not listed.any() and len(rank):
            known.notes.append(f"no row of {self.table} has a value of the list in {self.of}: {', '.join(self.order)}")
        account, whose, at, rank = (each[listed] for each in (known.codes(self.table), whose, at, rank))
        order = np.lexsort((np.arange(len(at)), at, whose))
        account, whose, at, rank = (each[order] for each in (account, whose, at, rank))
        if not len(at):
            return Outcomes.of(account, at, at)
        last = np.append((whose[1:] != whose[:-1]) | (at[1:] != at[:-1]), True)  # of those of one instant
        account, whose, at, rank = (each[last] for each in (account, whose, at, rank))
        down = np.append(False, (whose[1:] == whose[:-1]) & (rank[1:] > rank[:-1]))
        return Outcomes.of(account[down], at[down], at[down])

    def _whose(self, known: Known, spec: dict[str, Any]) -> Ints:
        """Whose state each row is: the account's, or that of a key of it; a row without a key is one of its own."""
        whose = known.codes(self.table)
        keys = spec.get("key", []) if spec["kind"] == "states" else []
        alone = np.zeros(len(whose), np.bool_)
        for key in [keys] if isinstance(keys, str) else keys:
            _, code = distinct(known.column(self.table, key))
            alone |= code < 0
            _, whose = np.unique(np.stack([whose, code]), axis=1, return_inverse=True)
            whose = whose.ravel().astype(np.int64)
        return np.where(alone, -1 - np.arange(len(whose)), whose)

    def __repr__(self) -> str:
        return f"downgrade of {self.table}.{self.of}: {' > '.join(self.order)}"


@dataclass(frozen=True, repr=False)
class Silence(_OfTable):
    """See :func:`silence`."""

    length: str

    def found(self, known: Known) -> Found:
        spec = known.spec(self.table, ("events", "states", "intervals"))
        seen = spec.get("known") or spec["start" if spec["kind"] == "intervals" else "time"]
        account, at = known.codes(self.table), micros_of(known.rows(self.table)[seen])
        order = np.lexsort((at, account))
        account, at = account[order], at[order]
        follows = np.append(account[1:] == account[:-1], False) if len(account) else np.zeros(0, np.bool_)
        begins = np.where(follows, np.append(at[1:], FOREVER), FOREVER)
        over = after(at, self.length)
        silent = (begins >= over) & (over <= known.observed)
        return Outcomes.of(account[silent], over[silent], begins[silent])

    def __repr__(self) -> str:
        return f"silence in {self.table} for {self.length}"


@dataclass(frozen=True, repr=False)
class Rule(Outcome):
    """A formula or the name of a cohort: it comes about at the tick at which it turns true, and lasts while it is."""

    when: str

    def found(self, known: Known) -> Found:
        try:
            varied = known.loaded.with_plays({"outcome": {"when": self.when}})
        except ModelError as error:
            raise _said_of("outcome", error) from None
        scored = varied.score_part(np.array([known.observed]).astype("datetime64[us]"), plays=["outcome"])
        opened = as_table(scored.core.openings())
        account, at = account_codes(opened["account_id"], known.accounts), micros_of(opened["opened"])
        return Outcomes.of(account, at, micros_of(opened["closed"], FOREVER), of_rule=True)


@dataclass(frozen=True, repr=False)
class Given(Outcome):
    """A table of outcomes that the user has."""

    table: object = field(compare=False)

    def found(self, known: Known) -> Found:
        account, at, ended = outcome_rows(self.table, known.accounts, ended="ended")
        mine = account >= 0
        others = len(account) - int(mine.sum())
        if others:
            known.notes.append(f"{others:,} rows of the outcomes are of accounts that the portfolio does not have")
        account, at, ended = account[mine], at[mine], ended[mine]
        again = len(at) - len(np.unique(np.stack([account, at]), axis=1).T)
        if again:
            known.notes.append(f"{again:,} rows of the outcomes repeat an account and instant, and count once")
        return Outcomes.of(account, at, ended)


def outcomes_of(outcome: object) -> list[Outcome]:
    """What a caller asks for: a rule, a formula, a cohort's name, a table, or several by name or in a list."""
    if isinstance(outcome, Mapping) and not hasattr(outcome, "__arrow_c_stream__"):
        found = [_named(each, str(name)) for name, each in outcome.items()]
    elif isinstance(outcome, list | tuple):
        found = [_named(each, None) for each in outcome]
    else:
        found = [_named(outcome, None)]
    names = [each.name for each in found]
    if not found:
        raise DataError("outcome: expected one or more, got none")
    if len(set(names)) < len(names):
        raise DataError(f"outcome: two of {', '.join(names)} have one name; give a dict from names to outcomes")
    return found


def _named(outcome: object, name: str | None) -> Outcome:
    if isinstance(outcome, Outcome):
        if name is None:
            return outcome
        return replace(outcome, name=name)
    if isinstance(outcome, str):
        return Rule(name or outcome, outcome)
    return Given(name or "outcome", outcome)
