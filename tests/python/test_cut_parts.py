"""Data that is cut into parts of whole accounts is scored as the whole, on any number of processes, killed or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import customerhealth as ch

AS_OFS = ["2026-01-01", "2026-06-01"]


def world() -> tuple[ch.Model, dict[str, Any]]:
    document = ch.Model.preset("b2b-saas").to_dict()
    document["scores"]["standing"] = {"measures": {"rank": {"value": "health", "percentile": {}}}}
    document["metrics"]["plan"] = {"from": "contracts", "agg": "last", "of": "product", "rows": "any"}
    model = ch.Model.parse(document)
    return model, ch.datasets.simulate(20, "2025-06-01", "2026-07-01").select(model)


@pytest.mark.parametrize("pieces", [1, 3, 16])
def test_parts_make_up_the_whole_to_the_bit(pieces: int, tmp_path: Path) -> None:
    model, tables = world()
    folders = ch.parts.cut(tables, pieces, tmp_path)
    expected = ch.Portfolio(model, tables=tables).score(AS_OFS).table
    assert ch.parts.score(model, folders, AS_OFS, workers=1).equals(expected, check_metadata=True)
    assert ch.parts.fit(model, reversed(folders), AS_OFS, workers=1) == ch.parts.fit(model, folders, AS_OFS, workers=1)


def test_other_processes_give_the_same_and_what_is_done_stays(tmp_path: Path) -> None:
    model, tables = world()
    pq.write_table(pa.table(tables["usage"]), tmp_path / "usage.parquet", row_group_size=500)
    folders = ch.parts.cut({**tables, "usage": tmp_path / "usage.parquet"}, 3, tmp_path / "parts")
    expected = ch.Portfolio(model, tables=tables).score(AS_OFS).table
    assert ch.parts.score(model, folders, AS_OFS, workers=2).equals(expected)
    shares: list[float] = []
    files = ch.parts.score(model, folders, AS_OFS, out=tmp_path / "out", workers=1, progress=shares.append)
    assert shares[-1] == 1.0
    assert sum(pq.read_metadata(file).num_rows for file in files) == expected.num_rows
    made = [file.stat().st_mtime_ns for file in files]
    files[1].unlink()  # a run that was killed
    ch.parts.score(model, folders, AS_OFS, out=tmp_path / "out", workers=1)
    again = [file.stat().st_mtime_ns for file in files]
    assert [old == new for old, new in zip(made, again, strict=True)] == [True, False, True]
    ch.parts.score(model, folders, AS_OFS[:1], out=tmp_path / "out", workers=1)
    assert all(file.stat().st_mtime_ns not in again for file in files)


def test_ids_of_any_type_are_cut_alike(tmp_path: Path) -> None:
    kinds = [pa.int64(), pa.float64(), pa.decimal128(10, 0), pa.int8()]
    tables = {str(place): pa.table({"id": pa.array([1, 2, 3, None, 7], kind)}) for place, kind in enumerate(kinds)}
    folders = ch.parts.cut(tables, 4, tmp_path, account="id")
    for folder in folders:
        found = [pa.ipc.open_file(folder / f"{name}.arrow").read_all()["id"].to_pylist() for name in tables]
        assert all([None if i is None else int(i) for i in each] == found[0] for each in found)


TEXTS = ["", "a", "ü" * 40, "7", None, *(f"account {number}" for number in range(500))]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array(TEXTS * 2),
        pa.array(TEXTS * 2, pa.large_string()),
        pa.array(TEXTS * 2, pa.string_view()),
        pa.array(TEXTS * 2).dictionary_encode(),
    ],
    ids=["texts", "large texts", "views", "codes"],
)
def test_texts_of_any_length_come_into_one_part_in_their_order(ids: pa.Array, tmp_path: Path) -> None:
    table = pa.table({"id": ids, "row": range(len(ids))})
    folders = ch.parts.cut({"rows": table, "same": table.slice(3)}, 5, tmp_path, account="id")
    found = [pa.ipc.open_file(folder / "rows.arrow").read_all() for folder in folders]
    assert sorted(row for part in found for row in part["row"].to_pylist()) == list(range(len(ids)))
    for part, folder in zip(found, folders, strict=True):
        assert part["row"].to_pylist() == sorted(part["row"].to_pylist())
        assert 60 < len(set(part["id"].to_pylist())) < 140
        same = pa.ipc.open_file(folder / "same.arrow").read_all()["id"].to_pylist()
        assert set(same) == set(part["id"].to_pylist())
    assert None in found[0]["id"].to_pylist()
    owned = [set(part["id"].to_pylist()) for part in found]
    assert sum(len(each) for each in owned) == len(set().union(*owned))


def part_of(text: str, count: int) -> int:
    """FNV-1a of 64 bits as its authors describe it, the upper half folded onto the lower one."""
    found = 0xCBF29CE484222325
    for byte in text.encode():
        found = (found ^ byte) * 0x100000001B3 % 2**64
    return (found ^ found >> 32) % count


KINDS = [pa.int8(), pa.int64(), pa.uint64(), pa.float64(), pa.decimal128(20, 0), pa.string()]


@pytest.mark.parametrize("encoded", [False, True], ids=["plain", "codes"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_id_goes_where_its_text_goes(kind: pa.DataType, encoded: bool, tmp_path: Path) -> None:
    numbers = [7, None, 99, 0, 7, 12, 5, 41]
    ids = pa.array(numbers).cast(kind)
    table = pa.table({"id": ids.dictionary_encode() if encoded else ids, "number": numbers})
    folders = ch.parts.cut({"rows": table.slice(1)}, 3, tmp_path, account="id")
    for place, folder in enumerate(folders):
        wanted = [each for each in numbers[1:] if (0 if each is None else part_of(str(each), 3)) == place]
        assert pa.ipc.open_file(folder / "rows.arrow").read_all()["number"].to_pylist() == wanted


def test_what_is_no_part_is_refused(tmp_path: Path) -> None:
    model, tables = world()
    with pytest.raises(ch.DataError, match="is no part of a whole"):
        ch.parts.fit(model, [tmp_path], AS_OFS, workers=1)
    with pytest.raises(ch.DataError, match="parts: expected a whole number above 0, got 0"):
        ch.parts.cut(tables, 0, tmp_path)
    with pytest.raises(ch.DataError, match="workers: expected a whole number above 0 or None, got 0"):
        ch.parts.fit(model, [tmp_path], AS_OFS, workers=0)
    with pytest.raises(ch.DataError, match="table 'a' has no column 'account_id' of accounts"):
        ch.parts.cut({"a": pa.table({"b": [1]})}, 2, tmp_path)
    with pytest.raises(ch.DataError, match=r"1\.5 is no id: a text or a whole number"):
        ch.parts.cut({"a": pa.table({"account_id": [1.5]})}, 2, tmp_path)
    with pytest.raises(ch.DataError, match="cannot be read piece by piece"):
        ch.parts.cut({"a": tmp_path / "nowhere.parquet"}, 2, tmp_path)
