"""Sources in other orders and other pieces: `order`, tables of keys before and after, appends."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from invariance import Rows, answer, everything
from model_strategies import cases
from strategies import Case, examples

Random = random.Random


def placed(case: Case, random_: Random) -> Case:
    """The case with a column that says of each row at which place it is, and rows in any order."""
    specs = {name: {**spec, "order": "place"} for name, spec in case.model["tables"].items()}
    schemas = {name: {**schema, "place": pa.int64()} for name, schema in case.schemas.items()}
    rows = {name: [{**row, "place": place} for place, row in enumerate(rows)] for name, rows in case.rows.items()}
    for table in rows.values():
        random_.shuffle(table)
    return replace(case, model={**case.model, "tables": specs}, schemas=schemas, rows=rows)


def pieces(rows: Rows, random_: Random) -> list[Rows]:
    cuts = sorted(random_.randint(0, len(rows)) for _ in range(2))
    return [rows[: cuts[0]], rows[cuts[0] : cuts[1]], rows[cuts[1] :]]


def in_pieces(case: Case, random_: Random, keys_last: bool = False) -> list[Any]:
    """The answer of a portfolio to which the rows came one piece after the other."""
    model = ch.Model.parse(case.model)
    parts = {name: pieces(rows, random_) for name, rows in case.rows.items()}
    if keys_last and "owners" in parts:
        parts["owners"] = [[], [], case.rows["owners"]]
    portfolio = ch.Portfolio(model, tables=case.tables({name: found[0] for name, found in parts.items()}))
    for number in (1, 2):
        portfolio.append(tables=case.tables({name: found[number] for name, found in parts.items()}))
        if random_.random() < 0.5:
            portfolio.score(case.moments())  # what was asked before changes nothing
    return everything(portfolio.score(case.moments()), case.model)


@examples(12)
@given(cases(), st.randoms(use_true_random=False))
def test_rows_in_any_order_equal_rows_sorted_beforehand(case: Case, random_: Random) -> None:
    expected = answer(case)
    shuffled = placed(case, random_)
    assert answer(shuffled) == expected
    assert in_pieces(shuffled, random_) == expected


@examples(12)
@given(cases(features=frozenset({"source"})), st.randoms(use_true_random=False))
def test_a_source_in_pieces_equals_one_that_comes_at_once(case: Case, random_: Random) -> None:
    assert in_pieces(case, random_) == answer(case)


@examples(12)
@given(cases(features=frozenset({"through"})), st.randoms(use_true_random=False))
def test_keys_that_come_before_or_after_the_rows_say_the_same(case: Case, random_: Random) -> None:
    expected = answer(case)
    assert in_pieces(case, random_, keys_last=True) == expected
    others = [name for name in case.rows if name != "owners"]
    portfolio = ch.Portfolio(ch.Model.parse(case.model), tables=case.tables({"owners": case.rows["owners"]}))
    for name in others:
        portfolio.append(tables=case.tables({name: case.rows[name]}))
    assert everything(portfolio.score(case.moments()), case.model) == expected


@examples(8)
@given(cases(features=frozenset({"source"})), st.sampled_from([2, 3]))
def test_threads_change_nothing_of_a_source(case: Case, threads: int) -> None:
    assert answer(case, threads=threads) == answer(case, threads=1)


@examples(8)
@given(
    cases(features=frozenset({"source"})), st.randoms(use_true_random=False), st.sampled_from([".parquet", ".arrow"])
)
def test_a_source_in_files_equals_one_in_frames(case: Case, random_: Random, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, rows in case.rows.items():
            paths[name] = Path(folder) / name
            paths[name].mkdir()
            for number, part in enumerate(pieces(rows, random_)):
                write(case.tables({name: part})[name], paths[name] / f"{number}{ending}")
        found = ch.Portfolio(ch.Model.parse(case.model), tables=paths).score(case.moments())
        assert everything(found, case.model) == answer(case)


def write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
        return
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
