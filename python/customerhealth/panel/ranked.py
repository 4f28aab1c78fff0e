"""Whom to call first, and whom a change is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, unknown
from ..explain.changes import changed_since
from ..explain.explanation import rows_of_account
from ..explain.history import account_labels
from ..explain.part_names import look_of_column, play_label
from ..explain.pulls import named, pulls_of
from ..explain.words import is_shown, reason_in_words, show_signed
from ..io.columns import Floats, Ints, decoded, distinct, micros_of
from ..io.instants import AsOf, one_of
from ..io.results import as_table
from ..model import Model
from ..results.looks import PLAIN, Look, with_looks
from ..results.signs import short
from ..scored import Scored
from ..worth import worth_of
from .looks import looks_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["movers", "ranked"]


class _Rows:
    """Some rows of a panel, and what lists say of them."""

    def __init__(self, scored: Scored, rows: Ints) -> None:
        import pyarrow as pa

        self.scored, self.rows = scored, rows
        self.table = scored.table.take(pa.array(rows))
        self.document = scored.model.to_dict()

    def column(self, name: str) -> pa.Array | pa.ChunkedArray:
        return decoded(self.table[name])

    def grades(self, score: str) -> tuple[str, ...]:
        return next(tuple(info["grades"]) for info in self.scored.model.core.scores if info["name"] == score)

    def named(self) -> dict[str, Any]:
        """The accounts, and what they are called where the model reads that."""
        labels = account_labels(self.scored, self.rows)
        return {"account_id": self.table["account_id"]} | ({} if labels is None else {"label": labels})

    def plays(self) -> list[str | None]:
        """The open ones, the most urgent first."""
        found = []
        for row in self.rows.tolist():
            opened = as_table(self.scored.core.plays(False, row, 1)).to_pylist()
            opened.sort(key=lambda play: (play["priority"] is None, -(play["priority"] or 0.0)))
            found.append(", ".join(self._play(play) for play in opened) or None)
        return found

    def _play(self, play: dict[str, Any]) -> str:
        name = short(play_label(self.document, play["play"]))
        return f"{name} (due {play['due'].date()})" if play["due"] is not None else name


def ranked(
    scored: Scored,
    there: Ints,
    score: str,
    n: int | None,
    by: str | None,
    reasons: int,
    best_first: bool,
    revenue: str | None,
) -> pa.Table:
    """See :meth:`Panel.ranked`; `there` are the rows of the panel to choose from, all of one as-of."""
    import pyarrow as pa

    scored.check_score(score)
    worth = _worth(scored.model, revenue)
    if by is not None and by not in scored.table.column_names:
        raise unknown("by: the panel has no column", by, scored.table.column_names)
    pool = _Rows(scored, there)
    place, rank = _in_order(pool, score, _count("n", n), by, best_first, worth)
    own = _Rows(scored, there[place])
    values: list[float | None] = own.column(score).to_pylist()
    change, since = _since(own, score)
    pulls = pulls_of(scored, score, own.rows.tolist(), values)
    shown = _count("reasons", reasons)
    columns: dict[str, Any] = {"rank": pa.array(rank, pa.int64()), **own.named()}
    if by is not None and by not in columns:
        columns[by] = own.column(by)
    grades = own.grades(score)
    if grades:
        columns["grade"] = own.column(f"{score}_grade")
    columns |= {"score": own.column(score), "change": pa.array(change, pa.float64())}
    places = zip(values, own.rows.tolist(), strict=True)
    missing = [None if value is not None else _why(scored, score, row) for value, row in places]
    look = look_of_column(own.document, score)
    held = [why or named(each, shown or 0, look, up=False) for why, each in zip(missing, pulls, strict=True)]
    columns["held_down_by"] = pa.array(held, pa.string())
    columns["lifted_by"] = pa.array([named(each, shown or 0, look, up=True) for each in pulls], pa.string())
    if worth is not None:
        columns["revenue"] = own.column(worth)
    if scored.model.plays:
        columns["plays"] = pa.array(own.plays(), pa.string())
    columns["since"] = since
    return _dressed(columns, scored, score, worth, by)


def movers(
    scored: Scored, chosen: Callable[[pa.Table], pa.Table], score: str, start: AsOf, end: AsOf, n: int | None,
    reasons: int, revenue: str | None,
) -> pa.Table:  # fmt: skip
    """See :meth:`Panel.movers`; `chosen` keeps the rows of a table that the panel speaks of."""
    import pyarrow as pa

    scored.check_score(score)
    worth = _worth(scored.model, revenue)
    there = scored.core.as_ofs
    before, after = (one_of(there, at, name, "this panel") for at, name in ((start, "start"), (end, "end")))
    if before >= after:
        raise DataError("movers: expected an `end` after `start`")
    grade = [f"{score}_grade"] if f"{score}_grade" in scored.table.column_names else []
    table = scored.table.select(["account_id", "as_of", score, *grade])
    row_of = pa.array(np.arange(len(table)))
    at = micros_of(table["as_of"])
    table = table.append_column("row", row_of).filter(pa.array((at == before) | (at == after)))
    ids = dict.fromkeys(chosen(table.select(["account_id"])).column(0).to_pylist())
    moves = _moves(table, score, before, ids)
    moves.sort(key=lambda each: -abs(each[3]) if each[3] is not None else 1.0)
    moves = moves[: _count("n", n)]
    own = _Rows(scored, np.array([row for row, *_ in moves], np.int64))
    kind = pa.float64()
    columns: dict[str, Any] = own.named()
    grades = own.grades(score)
    if grades:
        columns |= {"grade_before": pa.array([g for *_, g, _ in moves], pa.string()),
                    "grade": pa.array([g for *_, g in moves], pa.string())}  # fmt: skip
    columns |= {name: pa.array([each[place] for each in moves], kind) for place, name in ((1, "before"), (2, "after"))}
    columns["change"] = pa.array([each[3] for each in moves], kind)
    shown = _count("reasons", reasons)
    accounts = own.column("account_id").to_pylist()
    look = look_of_column(own.document, score)
    because = [_because(scored, (score, look), account, before, after, shown or 0) for account in accounts]
    columns["because"] = pa.array(because, pa.string())
    if worth is not None:
        columns["revenue"] = own.column(worth)
    return _dressed(columns, scored, score, worth, None)


# ---- the order -------------------------------------------------------------------------------------------------------


def _in_order(
    pool: _Rows, score: str, n: int | None, by: str | None, best_first: bool, worth: str | None
) -> tuple[Ints, Ints]:
    """Places in the pool and their ranks: missing scores last; of equal scores those that pay more, then by account."""
    values = pool.column(score).to_numpy(zero_copy_only=False).astype(np.float64)
    paid: Floats = np.zeros(len(values))
    if worth is not None:
        paid = np.nan_to_num(pool.column(worth).to_numpy(zero_copy_only=False).astype(np.float64))
    lacking = np.isnan(values)
    keys = np.where(lacking, 0.0, -values if best_first else values)
    order = np.lexsort((np.arange(len(values)), -paid, keys, lacking))
    if by is None:
        order = order[:n]
        return order, np.arange(1, len(order) + 1)
    group = _groups(pool, by)[order]
    order, group = order[np.argsort(group, kind="stable")], np.sort(group)
    begins = np.searchsorted(group, group)
    rank = np.arange(len(order)) - begins + 1
    kept = rank <= (len(order) if n is None else n)
    return order[kept], rank[kept]


def _groups(pool: _Rows, by: str) -> Ints:
    """The number of each row's value among the sorted ones; missing ones come last."""
    found, codes = distinct(pool.column(by))
    values = found.to_pylist()
    turn = np.empty(len(values) + 1, np.int64)
    turn[sorted(range(len(values)), key=lambda code: values[code])] = np.arange(len(values))
    turn[-1] = len(values)
    return turn[codes]


def _since(own: _Rows, score: str) -> tuple[list[float | None], pa.Array]:
    """The change since the account's row before, and when that was."""
    import pyarrow as pa

    earlier = np.maximum(own.rows - 1, 0)
    names = ["account_id", "as_of", score]
    before = own.scored.table.select(names).take(pa.array(earlier))
    ids = [decoded(table["account_id"]).to_pylist() for table in (own.table, before)]
    same = [row > 0 and a == b for row, a, b in zip(own.rows.tolist(), *ids, strict=True)]
    values = zip(own.column(score).to_pylist(), before[score].to_pylist(), same, strict=True)
    change = [now - then if has and None not in (now, then) else None for now, then, has in values]
    return change, pa.array(micros_of(before["as_of"]), pa.int64(), mask=~np.array(same, np.bool_)).cast(
        pa.timestamp("us", "UTC")
    )


_Move = tuple[int, "float | None", "float | None", "float | None", "str | None", "str | None"]
"""The later row, the score before and after, its change, the grade before and after."""


def _moves(table: pa.Table, score: str, before: int, ids: dict[Any, None]) -> list[_Move]:
    """Of each account whose score changed, came or went."""
    sides: dict[Any, dict[bool, tuple[int, float | None, str | None]]] = {}
    grade = f"{score}_grade"
    grades = decoded(table[grade]).to_pylist() if grade in table.column_names else [None] * len(table)
    columns = (decoded(table["account_id"]).to_pylist(), micros_of(table["as_of"]).tolist(), table["row"].to_pylist())
    for account, at, row, value, name in zip(*columns, table[score].to_pylist(), grades, strict=True):
        if account in ids:
            sides.setdefault(account, {})[at == before] = (row, value, name)
    moves: list[_Move] = []
    for side in sides.values():
        row, now, grade_now = side.get(False, (side.get(True, (0,))[0], None, None))
        _, then, grade_then = side.get(True, (0, None, None))
        if now != then:
            change = None if now is None or then is None else now - then
            moves.append((row, then, now, change, grade_then, grade_now))
    return moves


# ---- words and looks -------------------------------------------------------------------------------------------------


def _because(
    scored: Scored, of: tuple[str, Look], account: str | int, before: int, after: int, count: int
) -> str | None:
    score, look = of
    since = changed_since(scored, score, before, after, rows_of_account(scored, account))
    steps = [step for step in since.steps if step.adds is None or is_shown(step.adds, look)][:count]
    said = [step.words if step.adds is None else f"{show_signed(step.adds, look=look)} {step.words}" for step in steps]
    return "; ".join(said) or None


def _why(scored: Scored, score: str, row: int) -> str:
    reasons = as_table(scored.core.reasons(row, 1)).to_pylist()
    why = next((each["reason"] for each in reasons if each["metric"] == score), None)
    return f"no score: {reason_in_words(why)}"


def _worth(model: Model, revenue: str | None) -> str | None:
    if revenue is not None and revenue not in model.columns:
        raise unknown("revenue: a panel of this model has no column", revenue, model.columns)
    return worth_of(model) if revenue is None else revenue


def _count(name: str, value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise DataError(f"{name}: expected a whole number, 0 or more, got {value!r}")
    return None if value is None else int(value)


def _dressed(columns: dict[str, Any], scored: Scored, score: str, worth: str | None, by: str | None) -> pa.Table:
    import pyarrow as pa

    said = looks_of(scored.model)
    own = said.get(score, PLAIN)
    looks = {name: Look(unit=own.unit, digits=own.digits) for name in ("score", "before", "after", "change")}
    looks["score"] = own
    looks |= {name: replace(said.get(f"{score}_grade", PLAIN), label=None) for name in ("grade", "grade_before")}
    if worth is not None:
        looks["revenue"] = said.get(worth, PLAIN)
    if by is not None:
        looks[by] = said.get(by, PLAIN)
    table = with_looks(pa.table(columns), looks)
    return table.replace_schema_metadata(scored.table.schema.metadata)
