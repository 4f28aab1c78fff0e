"""What Spark's workers do, without Spark: buckets of packs are loaded, fitted and asked, and answer as the whole."""

from __future__ import annotations

import itertools
import json
import pickle
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import customerhealth as ch
from customerhealth.spark import kept, tasks
from customerhealth.spark.questions import Memberships, Moves, OfPanel, Question

AS_OFS = ["2026-01-01", "2026-06-01"]
MICROS = [int(np.datetime64(day, "us").astype(np.int64)) for day in AS_OFS]


def model() -> ch.Model:
    document = ch.Model.preset("b2b-saas").to_dict()
    document["scores"]["standing"] = {"measures": {"rank": {"value": "health", "percentile": {"least": 2}}}}
    document["cohorts"] = {"behind": {"when": "standing < 50"}}
    document["journeys"] = {
        "place": {"stages": [{"name": "low", "enter": "standing < 50"}, {"name": "high", "enter": "standing >= 50"}]}
    }
    return ch.Model.parse(document)


def company() -> dict[str, pa.Table]:
    tables = ch.datasets.simulate(12, "2025-09-01", "2026-06-15", seed=4).select(model())
    return {name: pa.table(table) for name, table in tables.items()}


def packed(name: str, table: pa.Table, buckets: int) -> list[pa.RecordBatch]:
    """As Spark hands it over: texts as texts, instants in the session's zone, the bucket before them."""
    zoned = pa.timestamp("us", "Asia/Kolkata")
    kinds = [
        field.type.value_type if pa.types.is_dictionary(field.type)
        else zoned if pa.types.is_timestamp(field.type)
        else field.type
        for field in table.schema
    ]  # fmt: skip
    table = table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))
    bucket = [sum(account.encode()) % buckets for account in table["account_id"].to_pylist()]
    table = table.add_column(0, "bucket", pa.array(bucket, pa.int32()))
    return list(tasks.Pack(name, table.column_names[1:], buckets)(table.to_batches(max_chunksize=1000)))


def loaded(tables: dict[str, pa.Table], buckets: int, **options: Any) -> list[list[pa.RecordBatch]]:
    """The rows that are kept of each bucket, packs coming in any order."""
    packs = list(itertools.chain(*(packed(name, table, buckets) for name, table in tables.items())))
    np.random.default_rng(1).shuffle(packs)
    empty = pickle.dumps({name: table.schema.empty_table() for name, table in tables.items()})
    load = tasks.Load(model().to_json(), empty, options.get("order", {}), options.get("strict", False), MICROS)
    parts = [[pack for pack in packs if pack.column(0)[0].as_py() == bucket] for bucket in range(buckets)]
    return [list(load(part)) for part in parts]


def fitted(parts: Sequence[Iterable[pa.RecordBatch]], as_ofs: list[int], over_time: bool) -> ch.Peers:
    peers: ch.Peers | None = None
    while peers is None or not peers.complete:
        fit = tasks.Fit(model().to_json(), as_ofs, over_time, tasks.Whom(peers and peers.to_bytes()))
        levels = itertools.chain(*(fit(part) for part in parts))
        (merged,) = tasks.Merge()(levels)
        peers = ch.Peers.from_bytes(merged.column(3)[0].as_py())
    return peers


def rows_of(tables: Iterable[Any]) -> list[str]:
    return sorted(repr(row) for table in tables for row in table.to_pylist())


def asked(parts: Sequence[Iterable[pa.RecordBatch]], question: Question, peers: ch.Peers) -> list[str]:
    ask = tasks.Ask(model().to_json(), question, tasks.Whom(peers.to_bytes()))
    return rows_of(itertools.chain(*(ask(part) for part in parts)))


@pytest.mark.parametrize("buckets", [1, 5, 40])
def test_buckets_answer_as_the_whole(buckets: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_PIECE", 4096)  # files in many pieces
    monkeypatch.setattr(tasks, "_ROWS", 700)
    monkeypatch.setattr(tasks, "_ROWS_A_BUCKET", 1)
    monkeypatch.setattr(tasks, "_BYTES", 20_000)
    monkeypatch.setattr(tasks, "_OUT", 7)
    portfolio = ch.Portfolio(model(), tables=company())
    parts = loaded(company(), buckets)
    panel, peers = portfolio.score(AS_OFS), fitted(parts, MICROS, over_time=False)
    assert asked(parts, OfPanel("table", MICROS), peers) == rows_of([panel.table])
    assert asked(parts, OfPanel("reasons", MICROS), peers) == rows_of([panel.reasons()])
    deep = panel.contributions("health", deep=True)
    assert asked(parts, OfPanel("contributions", MICROS, None, "health", True), peers) == rows_of([deep])
    low = panel.filter("standing < 50")
    assert 0 < len(low) < len(panel)
    assert asked(parts, OfPanel("table", MICROS, "standing < 50"), peers) == rows_of([low.table])
    over_time = fitted(parts, MICROS[1:], over_time=True)
    moves, stays = portfolio.moves("place", *AS_OFS), portfolio.memberships(*AS_OFS)
    assert asked(parts, Moves("place", *MICROS), over_time) == rows_of([moves])
    assert asked(parts, Memberships(*MICROS), over_time) == rows_of([stays])


def test_rows_are_counted_and_first_levels_kept_when_a_bucket_is_loaded() -> None:
    tables = company()
    counts = dict.fromkeys(tables, 0)
    first = []
    for part in loaded(tables, 3):
        kinds = {kind for batch in part for kind in batch.column(1).to_pylist()}
        assert kinds == {"rows", "fitted", "file"}
        (rows,), (level,) = (
            [b.column(3)[0].as_py() for b in part if b.column(1)[0].as_py() == k] for k in ("rows", "fitted")
        )
        for name, count in json.loads(rows).items():
            counts[name] += count
        first.append(ch.Peers.from_bytes(level))
    assert counts == {name: table.num_rows for name, table in tables.items()}
    assert ch.Peers.merge(first) == ch.Portfolio(model(), tables=tables).peers(AS_OFS)


def test_an_error_of_a_bucket_travels_as_a_row() -> None:
    tables = company()
    tables["usage"] = pa.concat_tables([tables["usage"], tables["usage"].slice(0, 1)])
    nobody = tables["usage"].slice(0, 1).set_column(0, "account_id", pa.array([""]).dictionary_encode())
    tables["usage"] = pa.concat_tables([tables["usage"], nobody.cast(tables["usage"].schema)])
    (part,) = loaded(tables, 1, strict=True)
    (row,) = part
    assert row.column(1).to_pylist() == ["error"]
    with pytest.raises(ch.DataError, match="rows are counted within a bucket") as caught:
        raise pickle.loads(row.column(3)[0].as_py())
    assert (caught.value.table, caught.value.column, caught.value.row) == ("usage", "account_id", None)


def test_rows_are_put_in_order_where_one_is_named() -> None:
    tables = company()
    day = tables["sentiment"]["set_at"][0].as_py()
    colours = pa.array(["red", "green", "yellow"])
    ids = tables["sentiment"]["account_id"].cast(pa.string())[:1].to_pylist() * 3
    rows = pa.table({"account_id": ids, "set_at": pa.array([day] * 3, pa.timestamp("us", "UTC")), "colour": colours})
    tables["sentiment"] = rows.append_column("seq", pa.array([2, 3, None]))
    parts = loaded(tables, 1, order={"sentiment": "seq"})
    peers = fitted(parts, MICROS, over_time=False)
    found = asked(parts, OfPanel("table", MICROS), peers)
    ordered = tables | {"sentiment": tables["sentiment"].take([2, 0, 1])}
    assert found == rows_of([ch.Portfolio(model(), tables=ordered).score(AS_OFS).table])
    assert found != rows_of([ch.Portfolio(model(), tables=tables).score(AS_OFS).table])


def test_a_partition_without_rows_gives_nothing() -> None:
    load = tasks.Load(model().to_json(), pickle.dumps({}), {}, False, MICROS)
    ask = tasks.Ask(model().to_json(), OfPanel("table", MICROS), tasks.Whom(None))
    fit = tasks.Fit(model().to_json(), MICROS, False, tasks.Whom(None))
    assert [list(each([])) for each in (tasks.Pack("usage", [], 4), load, ask, fit, tasks.Merge())] == [[]] * 5


WORKER = """
import pickle, sys
import pyarrow as pa
load, ask = pickle.loads(sys.stdin.buffer.read(int(sys.argv[1])))
kept = list(load(pa.ipc.open_stream(sys.stdin.buffer)))
rows = sum(batch.num_rows for batch in ask(kept))
print(rows, sorted({"pandas", "customerhealth.spark.panel", "customerhealth.validation"} & set(sys.modules)))
"""


def test_a_worker_imports_no_more_than_it_needs() -> None:
    """Pandas are 45 MB of memory and 0.4 s of CPU a worker, and pyarrow imports them by itself in most of its calls."""
    tables = company()
    packs = list(itertools.chain(*(packed(name, table, 1) for name, table in tables.items())))
    empty = pickle.dumps({name: table.schema.empty_table() for name, table in tables.items()})
    load = tasks.Load(model().to_json(), empty, {}, False, MICROS)
    peers = fitted([list(load(packs))], MICROS, over_time=False)
    ask = tasks.Ask(model().to_json(), OfPanel("table", MICROS), tasks.Whom(peers.to_bytes()))
    done, sink = pickle.dumps((load, ask)), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, packs[0].schema) as writer:
        writer.write_table(pa.Table.from_batches(packs))
    said = subprocess.run(
        [sys.executable, "-c", WORKER, str(len(done))],
        input=done + sink.getvalue().to_pybytes(),
        capture_output=True,
        check=True,
    )
    rows = len(ch.Portfolio(model(), tables=tables).score(AS_OFS))
    assert said.stdout.decode() == f"{rows} []\n"


def test_batches_without_rows_are_packed_as_none() -> None:
    schema = pa.schema([("bucket", pa.int32()), ("account_id", pa.string())])
    assert list(tasks.Pack("usage", ["account_id"], 4)([pa.RecordBatch.from_pylist([], schema)])) == []
