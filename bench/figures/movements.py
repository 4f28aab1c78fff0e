"""How many times as fast as DuckDB are the movements of recurring revenue, in decimals and in floats?

Both hold the contracts already: DuckDB in a table of its own, ours in a `Revenue`. What reading them in takes is
reported beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

import customerhealth as ch
from bench.buffers import buffers
from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.contracts import MONTHS, Amounts, contract_table, dates
from bench.line import Line
from bench.samples import Samples
from bench.settings import Settings

LIMIT = 20.0
ROUNDS = 7
_ACCOUNTS, _CONTRACTS = 100_000, 500_000
_MONEY = ("start", "new", "expansion", "contraction", "churn", "reactivation", "end")


def measure(settings: Settings) -> Sequence[Line]:
    """Compare row by row, then time by turns: with what is held, and from Arrow columns on."""
    return [line for amounts in ("decimal", "float") for line in _lines(settings, amounts)]


def _lines(settings: Settings, amounts: Amounts) -> list[Line]:
    share = 10 if settings.quick else 1
    accounts, contracts = _ACCOUNTS // share, _CONTRACTS // share
    figure = (
        f"movements, {accounts:,} accounts, {contracts:,} contracts, {MONTHS} months, {amounts} amounts: times as fast"
    )
    try:
        import duckdb

        from bench.peers import duckdb_movements as peer
    except ImportError as error:
        return [Line(f"{figure} as duckdb", None, "at least", LIMIT, note=f"duckdb is not installed: {error}")]
    table, at, threads = contract_table(accounts, contracts, amounts), dates(), settings.threads
    revenue, connection = ch.Revenue(table, mrr="mrr", threads=threads), peer.load(table, at, threads)
    ours = revenue.movements(at)
    for answer in (peer.movements, peer.movements_by_month):
        _assert_same(ours, answer(connection, table, at))
    written = buffers(ours)
    held = by_turns(
        {
            "customerhealth": lambda: revenue.movements(at),
            "duckdb": lambda: peer.movements(connection, table, at),
            "duckdb by month": lambda: peer.movements_by_month(connection, table, at),
            "only copied": lambda: [buffer.copy() for buffer in written],
        },
        settings.rounds(ROUNDS),
    )
    read = by_turns(
        {
            "customerhealth": lambda: ch.Revenue(table, mrr="mrr", threads=threads).movements(at),
            "duckdb": lambda: _from_arrow(peer, table, at, threads),
        },
        settings.rounds(ROUNDS),
    )
    note = f"{ours.num_rows:,} rows; duckdb {duckdb.__version__}: {peer.movements.__doc__}"
    return [
        Line(f"{figure} as duckdb", _ratio(held), "at least", LIMIT, seconds=held, note=note),
        *(
            Line(f"{figure} as duckdb{name}", ratio, seconds=seconds, family=(f"{figure} as duckdb", name.strip(" ,")))
            for name, ratio, seconds in (
                (", if ours were only copied by one thread", held["duckdb"].over(held["only copied"]), {}),
                (", from Arrow columns on", _ratio(read), read),
                (" by month, as one writes it first", _ratio(held, "duckdb by month"), {}),
            )
        ),
    ]


def _ratio(seconds: dict[str, Samples], peer: str = "duckdb") -> Samples:
    return seconds[peer].over(seconds["customerhealth"])


def _from_arrow(peer: ModuleType, table: pa.Table, at: npt.NDArray[np.datetime64], threads: int) -> pa.Table:
    with peer.load(table, at, threads) as connection:
        return peer.movements(connection, table, at)


def _assert_same(ours: pa.Table, theirs: pa.Table) -> None:
    """The same rows; decimals exactly, floats to the rounding of the peer's running sums."""
    ours, theirs = (table.sort_by([("account_id", "ascending"), ("from", "ascending")]) for table in (ours, theirs))
    if ours.num_rows != theirs.num_rows:
        raise WrongAnswerError(f"duckdb: {theirs.num_rows} rows, expected {ours.num_rows}")
    for column in ("account_id", "from", "to"):
        if not np.array_equal(_integers(ours[column]), _integers(theirs[column])):
            raise WrongAnswerError(f"duckdb: {column} differs")
    exact = pa.types.is_decimal(ours["end"].type)
    for column in _MONEY:
        if exact:
            same = pc.all(pc.equal(ours[column], theirs[column].cast(ours[column].type))).as_py()
        else:
            same = np.allclose(ours[column].to_numpy(), theirs[column].to_numpy(), rtol=1e-9, atol=1e-6)
        if not same:
            raise WrongAnswerError(f"duckdb: {column} differs")


def _integers(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = column.cast(pa.int64()).to_numpy()
    return numbers
