"""Results as files: Parquet, CSV, JSON lines, Arrow."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KINDS", "write"]

KINDS = (".parquet", ".csv", ".jsonl", ".arrow", ".feather", ".ipc")


def write(table: object, path: str | os.PathLike[str]) -> None:
    r"""Write a result to a file, of the kind that its name ends with.

    Parameters
    ----------
    table : table
        A pyarrow.Table, a :class:`Panel`, or anything else with ``__arrow_c_stream__``.
    path : path-like
        ``.parquet``, ``.csv``, ``.jsonl`` (a JSON object a line, UTF-8, instants as ISO texts) or ``.arrow``
        (``.feather`` and ``.ipc`` too; not compressed, so that it can be mapped). Missing folders are made, and a file
        that is there is replaced in one step: nobody reads half of it.

    Raises
    ------
    DataError
        If the name ends with none of these, or JSON cannot hold a value.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import customerhealth as ch, pyarrow as pa, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "plays.jsonl"
    >>> ch.write(pa.table({"id": ["a1"], "account_id": ["acme"]}), path)
    >>> path.read_text()
    '{"id": "a1", "account_id": "acme"}\n'
    """
    import pyarrow as pa

    place = Path(path)
    kind = place.suffix.lower()
    if kind not in KINDS:
        raise DataError(f"expected a .parquet, .csv, .jsonl or .arrow file, got {place}")
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part-{os.getpid()}")
    try:
        _write(table if isinstance(table, pa.Table) else pa.table(table), part, kind)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _write(table: pa.Table, path: Path, kind: str) -> None:
    if kind == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, path)
    elif kind == ".csv":
        from pyarrow import csv

        csv.write_csv(table, path)
    elif kind == ".jsonl":
        with path.open("w", encoding="utf-8", newline="\n") as lines:
            for batch in table.to_batches():
                for row in batch.to_pylist():
                    lines.write(json.dumps(row, ensure_ascii=False, default=_iso) + "\n")
    else:
        from pyarrow import feather

        feather.write_feather(table, path, compression="uncompressed")


def _iso(value: object) -> str:
    if not hasattr(value, "isoformat"):
        raise DataError(f"a value of type {type(value).__name__} is nothing that JSON can hold")
    return str(value.isoformat()).replace("+00:00", "Z")
