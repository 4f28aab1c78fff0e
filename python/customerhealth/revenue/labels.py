"""What accounts are called by when revenue is split: a grade, a segment, a product, a cohort, a size."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError, UnknownNameError
from ..io import roles as text_roles
from ..io.columns import decoded, micros_of
from ..io.inputs import missing_column, open_table
from ..io.instants import AsOf
from ..io.tables import Role, read_beside, refuse_missing, refuse_other_ids, refuse_strangers, whole_table
from .base import RevenueBase

if TYPE_CHECKING:
    import pyarrow as pa


__all__ = ["SIZES", "Labels", "refuse_respelled"]

_ACCOUNT = "account_id"
SIZES = (100, 1_000, 10_000)
# Of a text file: fractions need bands, integers are their texts.
_LABEL = text_roles.Role(("number", "text"), by_cells=True)

Starts = npt.NDArray[np.int64]


class Labels:
    """Labels of accounts, as they were at some dates."""

    def __init__(self, name: str, sizes: Sequence[float], table: pa.Table | None) -> None:
        self._name, self._sizes, self._table = name, sizes, table

    @property
    def is_told(self) -> bool:
        """Whether there is a label at any date, rather than one of the movements themselves."""
        return self._table is not None or self._name == _ACCOUNT

    @classmethod
    def find(
        cls, revenue: RevenueBase, by: str, labels: object, bands: Sequence[float] | None, dates: Starts
    ) -> Labels:
        """The labels that `by` names, as they are at the dates."""
        if bands is not None and (not len(bands) or list(bands) != sorted(set(bands))):
            raise DataError(f"bands: expected edges that ascend, got {list(bands)}")
        if labels is None and by in ("product", "cohort", "size"):
            if by == "product" and not revenue.has_product:
                raise DataError("by='product': no column tells the product; name it with product=")
            return cls(by, SIZES if bands is None else bands, None)
        if labels is None and bands is None and _is_account(revenue, by):
            return cls(_ACCOUNT, SIZES, None)
        return cls(by, SIZES, _label_table(revenue, by, labels, bands, dates))

    @classmethod
    def find_any(
        cls, revenue: RevenueBase, by: str | None, labels: object, bands: Sequence[float] | None, dates: Starts
    ) -> Labels | None:
        """The same; None when nothing is to be split."""
        if by is not None:
            return cls.find(revenue, by, labels, bands, dates)
        if labels is not None or bands is not None:
            raise ValueError("labels= and bands= say what accounts are called; by= says which column to split by")
        return None

    def labelled(self, revenue: RevenueBase, start: Starts, end: Starts, as_known_at: AsOf | None) -> pa.Table:
        """Movements in detail with a column ``label``: the account's at the start."""
        import pyarrow as pa

        if self._table is None and self._name == "product":
            return _by_product(revenue, start, end, as_known_at)
        moves = revenue.movements(start, end, as_known_at, True)
        if self.is_told:
            return moves.append_column("label", self.at(moves["account_id"], moves["from"]).cast(pa.string()))
        if self._name == "size":
            return moves.append_column("label", _sizes(moves["start"], self._sizes))
        return moves.append_column("label", _cohorts(revenue, moves, as_known_at))

    def at(self, accounts: pa.ChunkedArray, dates: pa.ChunkedArray) -> pa.ChunkedArray:
        """The label of each account at each date (rows beside each other); null: none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._table is None:
            return accounts.cast(pa.string())
        if "as_of" not in self._table.column_names:
            return _looked_up(accounts, self._table["account_id"], self._table["label"])
        out = pa.nulls(len(accounts), pa.string())
        known = self._table.sort_by("as_of")
        for date in pc.unique(dates):
            seen = known.filter(pc.less_equal(known["as_of"], date))
            last = seen.group_by("account_id", use_threads=False).aggregate([("label", "last")])
            found = _looked_up(accounts, last["account_id"], last["label_last"])
            out = pc.if_else(pc.equal(dates, date), found, out)
        return out if isinstance(out, pa.ChunkedArray) else pa.chunked_array([out])


def refuse_respelled(name: str, given: object, by: str | None, labels: Iterable[str | None]) -> None:
    """What is given by label needs labels, and is spelled as they are; a label that no account has now is fine."""
    if not isinstance(given, Mapping):
        return
    if by is None:
        raise ValueError(f"{name}= is given by label; by= says which column to split by")
    there = [label for label in labels if label is not None]
    alike = {_plain(label): label for label in there}
    for label in given:
        meant = alike.get(_plain(str(label)))
        if meant is not None and label not in there:
            raise DataError(f"{name}: no account has the label {label!r} of by='{by}'; did you mean {meant!r}?")


def _plain(label: str) -> str:
    return " ".join(label.split()).casefold()


def _looked_up(accounts: pa.ChunkedArray, known: pa.ChunkedArray, labels: pa.ChunkedArray) -> pa.Array:
    import pyarrow.compute as pc

    values = known.combine_chunks().cast(accounts.type)
    return labels.combine_chunks().take(pc.index_in(accounts, value_set=values).combine_chunks())


def _label_table(
    revenue: RevenueBase, by: str, labels: object, bands: Sequence[float] | None, dates: Starts
) -> pa.Table:
    """account_id, perhaps as_of, and label, one row an account (and as-of)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    role = _LABEL if bands is None else text_roles.NUMBER
    known, label = _source(revenue, by, role, labels, dates)
    label = decoded(label)
    if bands is not None:
        label = _banded(label, by, bands)
    elif pa.types.is_floating(label.type):
        raise DataError(f"by='{by}': it is a number; give bands=, the edges of its bands", "labels", by)
    out = pa.table({"account_id": known["account"], "label": _texts(label, by)})
    if "as_of" in known.column_names:
        out = out.append_column("as_of", known["as_of"])
        return out.filter(pc.is_valid(out["label"]))
    out = out.filter(pc.is_valid(out["label"])).group_by("account_id", use_threads=False)
    found = out.aggregate([("label", "first"), ("label", "count_distinct")])
    twice = found.filter(pc.greater(found["label_count_distinct"], 1))
    if twice.num_rows:
        raise DataError(f"by='{by}': account {twice['account_id'][0]} has more than one label", "labels", by)
    return pa.table({"account_id": found["account_id"], "label": found["label_first"]})


def _source(
    revenue: RevenueBase, by: str, of_text: text_roles.Role, labels: object, dates: Starts
) -> tuple[pa.Table, pa.Array | pa.ChunkedArray]:
    """Accounts, and dates where there are any, and beside them what `by` names."""
    if labels is not None:
        return _given(revenue, by, of_text, labels)
    if revenue.frame is not None:
        roles = {"account": Role(revenue.account, "account", "account")}
        ids, needs = revenue.loaded.accounts.type, f"by='{by}' needs"
        known, beside = read_beside(revenue.frame, revenue.table, roles, {by: of_text}, needs=needs, ids=ids)
        if not known.num_rows and len(revenue.loaded.accounts):
            raise DataError(
                f"by='{by}': the contracts came from a stream, which is read once and has no rows left; make the "
                "revenue of a table that can be read again (pyarrow: reader.read_all()), or give labels=",
                revenue.table,
                by,
            )
        there = known["account"].is_valid()
        return known.filter(there), beside[by].filter(there)
    columns = revenue.loaded.model.columns
    if by not in columns and by not in (_ACCOUNT, "as_of"):
        raise UnknownNameError(f"by='{by}' is no column of the panel: {', '.join(columns)}; give labels=", by)
    panel = revenue.loaded.score(dates.astype("datetime64[us]")).table
    return panel.select([_ACCOUNT, "as_of"]).rename_columns(["account", "as_of"]), panel[by]


def _given(
    revenue: RevenueBase, by: str, of_text: text_roles.Role, labels: object
) -> tuple[pa.Table, pa.Array | pa.ChunkedArray]:
    """Of a table of labels, whose accounts stand where those of the contracts do, else in ``account_id``."""
    import pyarrow as pa

    names = list(dict.fromkeys([revenue.account, _ACCOUNT]))
    roles = {f"account {name}": Role(name, "account", "account") for name in names}
    roles["as_of"] = Role("as_of", "instant", "as_of")
    optional = [name for name in (*names, "as_of") if name != by]
    needs, ids = f"by='{by}' needs", revenue.loaded.accounts.type
    known, beside = read_beside(labels, "labels", roles, {by: of_text}, needs=needs, optional=optional, ids=ids)
    name = next((name for name in names if f"account {name}" in known.column_names), None)
    if name is None:
        raise missing_column("labels", revenue.account, beside.column_names, needs)
    role = roles[f"account {name}"]
    columns = {"account": known[f"account {name}"]}
    if "as_of" in known.column_names:
        columns["as_of"] = known["as_of"]
    known = pa.table(columns)
    refuse_missing(known, "labels", {alias: role if alias == "account" else roles[alias] for alias in columns})
    refuse_other_ids(known, "labels", role, ids)
    words = f"none of its accounts has a contract, so that by='{by}' would split nothing"
    refuse_strangers(known, "labels", role, revenue.loaded.accounts, words)
    return known, beside[by]


def _is_account(revenue: RevenueBase, by: str) -> bool:
    """Whether `by` names the account: as results call it, or as the frame does, unless it calls another column so."""
    if revenue.frame is None or by != _ACCOUNT:
        return by == (_ACCOUNT if revenue.frame is None else revenue.account)
    return by == revenue.account or by not in _columns_of_frame(revenue)


def _columns_of_frame(revenue: RevenueBase) -> list[str]:
    wanted = dict.fromkeys([revenue.account, _ACCOUNT], text_roles.ACCOUNT)
    stream = open_table(revenue.frame, revenue.table, wanted, optional=[_ACCOUNT])
    there: list[str] = whole_table(stream, revenue.table).column_names
    return there


def _texts(label: pa.Array | pa.ChunkedArray, by: str) -> pa.Array | pa.ChunkedArray:
    import pyarrow as pa

    try:
        return label.cast(pa.string())
    except pa.ArrowException as error:
        raise DataError(f"by='{by}': labels are texts, this is {label.type}", "labels", by) from error


def _by_product(revenue: RevenueBase, start: Starts, end: Starts, as_known_at: AsOf | None) -> pa.Table:
    """The movements of each product by itself: an account that drops one product of two is lost to that product."""
    import pyarrow as pa

    parts = []
    for product in revenue.core.products:
        part = revenue.movements(start, end, as_known_at, True, product=(product,))
        parts.append(part.append_column("label", pa.array([product] * part.num_rows, pa.string())))
    if parts:
        return pa.concat_tables(parts)
    empty = revenue.movements(start, end, as_known_at, True)
    return empty.append_column("label", pa.nulls(empty.num_rows, pa.string()))


def _sizes(amounts: pa.ChunkedArray, edges: Sequence[float]) -> pa.Array:
    import pyarrow as pa

    bands = np.searchsorted(np.asarray(edges, dtype=np.float64), amounts.cast(pa.float64()).to_numpy(), side="right")
    return pa.array(_band_names(edges)).take(pa.array(bands))


def _banded(numbers: pa.ChunkedArray, by: str, edges: Sequence[float]) -> pa.Array:
    """The name of each number's band; null where the number is missing."""
    import pyarrow as pa

    try:
        values = numbers.cast(pa.float64()).to_numpy()
    except pa.ArrowException as error:
        raise DataError(f"by='{by}': bands are of numbers, this is {numbers.type}", "labels", by) from error
    bands = np.searchsorted(np.asarray(edges, dtype=np.float64), values, side="right")
    return pa.array(_band_names(edges)).take(pa.array(bands, mask=np.isnan(values)))


def _band_names(edges: Sequence[float]) -> list[str]:
    texts = [f"{edge:.15g}" for edge in edges]
    return [
        f"below {texts[0]}",
        *(f"{a} to {b}" for a, b in itertools.pairwise(texts)),
        f"{texts[-1]} or more",
    ]


def first_starts(revenue: RevenueBase, as_known_at: AsOf | None) -> pa.Table:
    """account_id and the start of its first contract."""
    contracts: Any = revenue.contracts(as_known_at)
    firsts = contracts.group_by("account_id", use_threads=False).aggregate([("start", "min")])
    return firsts.select(["account_id", "start_min"]).rename_columns(["account_id", "start"])


def _cohorts(revenue: RevenueBase, moves: pa.Table, as_known_at: AsOf | None) -> pa.Array | pa.ChunkedArray:
    """The month of each account's first start, as known at the end of its period.

    An account whose contracts were all taken back by then has the month that was known at the start.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if as_known_at is not None or not moves.num_rows:
        return _first_months(revenue, moves["account_id"], as_known_at)
    to = micros_of(moves["to"])
    order = np.argsort(to, kind="stable")
    parts = []
    for rows in np.split(order, np.flatnonzero(np.diff(to[order])) + 1):
        part = moves.select(["account_id", "from", "to"]).take(rows)
        dates = (int(micros_of(part[end])[0]) for end in ("to", "from"))
        known = [_first_months(revenue, part["account_id"], np.datetime64(date, "us")) for date in dates]
        parts.append(pc.coalesce(*known))
    return pa.chunked_array(parts, pa.string()).take(pa.array(np.argsort(order)))


def _first_months(revenue: RevenueBase, accounts: pa.ChunkedArray, as_known_at: AsOf | None) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    firsts = first_starts(revenue, as_known_at)
    months = pc.strftime(firsts["start"], format="%Y-%m")
    return _looked_up(accounts, firsts["account_id"], months).cast(pa.string())
