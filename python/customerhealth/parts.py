"""Data in parts of whole accounts: for data larger than memory, and for many processes.

:func:`cut` brings the rows of each account into one of some folders, :func:`fit` learns from the parts what crosses
accounts, and :func:`score` scores each part as if it were the whole. What was done is kept: a run that was killed goes
on where it was.
"""

from __future__ import annotations

import glob
import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from . import _core
from .errors import DataError
from .io.instants import AsOfs, to_micros
from .io.replacing import replacing
from .model import Model
from .peers import Peers
from .portfolio import Portfolio
from .progress import Progress, reported

if TYPE_CHECKING:
    import os

    import pyarrow as pa
    import pyarrow.dataset as ds

__all__ = ["cut", "files_of", "fit", "rows_in", "score"]

_ROWS = 200_000  # that are cut at a time
_WITHOUT_READING_AHEAD: dict[str, Any] = {"use_threads": False, "batch_readahead": 0, "fragment_readahead": 0}
_DONE = "cut"  # the file in a part's folder that says that it is whole
_T = TypeVar("_T")


def cut(
    tables: Mapping[str, Any],
    parts: int,
    folder: str | os.PathLike[str],
    *,
    account: str | Mapping[str, str] = "account_id",
    progress: Progress = None,
) -> list[Path]:
    """Write tables as parts, each of whole accounts, in the order of their rows.

    Parameters
    ----------
    tables : mapping of str to table
        By the names that a model gives them: whatever speaks Arrow as a stream is read piece by piece, as are Parquet
        and Arrow files, folders of them, and patterns.
    parts : int
        How many.
    folder : path
        Where: ``part-0000``, ``part-0001`` and so on come to lie in it. Parts that are there are replaced.
    account : str or mapping of str to str
        The column of accounts, the same in all tables, or by table. Ids are texts or whole numbers.
    progress : bool or callable, optional
        As for :class:`Portfolio`.

    Returns
    -------
    list of Path
        The folders of the parts, for :func:`fit` and :func:`score`. A part without rows of a table has an empty one.

    Raises
    ------
    DataError
        If a table lacks its column, or an id is neither a text nor a whole number.

    Examples
    --------
    >>> import customerhealth as ch, tempfile
    >>> model = ch.Model.preset("b2b-saas")
    >>> company = ch.datasets.simulate(40, "2025-01-01", "2026-07-01").select(model)
    >>> folders = ch.parts.cut(company, 3, tempfile.mkdtemp())
    >>> table = ch.parts.score(model, folders, "2026-07-01", workers=1)
    >>> table.equals(ch.Portfolio(model, tables=company).score("2026-07-01").table)
    True
    """
    import pyarrow as pa

    _check_whole("parts", "a whole number above 0", parts)
    folders = [Path(folder) / f"part-{number:04}" for number in range(int(parts))]
    for each in folders:
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)
    with reported(progress, "cutting") as report:
        for done, (name, source) in enumerate(tables.items()):
            column = account if isinstance(account, str) else account[name]
            reader = _without_views(_reader(name, source))
            if column not in reader.schema.names:
                raise DataError(f"table '{name}' has no column '{column}' of accounts", name, column)
            with ExitStack() as open_files:
                writers = [
                    open_files.enter_context(pa.ipc.new_file(each / f"{name}.arrow", reader.schema)) for each in folders
                ]
                for batch in reader:
                    for place, rows in _by_part(name, batch, column, len(folders)):
                        writers[place].write_batch(rows)
            if report is not None:
                report((done + 1) / len(tables))
    for each in folders:
        (each / _DONE).touch()
    return folders


def fit(
    model: Model,
    folders: Iterable[str | os.PathLike[str]],
    as_ofs: AsOfs,
    *,
    over_time: bool = False,
    workers: int | None = None,
    progress: Progress = None,
) -> Peers:
    """What crosses accounts, learned from all parts.

    The tables of each part are saved in its folder as a portfolio when they are read first, so that each is read once.

    Parameters
    ----------
    model : Model
        The model.
    folders : iterable of path
        What :func:`cut` gave: all of them.
    as_ofs : date-like or a list of them
        As for :meth:`Portfolio.score`.
    over_time : bool
        As for :meth:`Portfolio.peers`.
    workers : int, optional
        Processes, each with one part and one thread at a time. Default: as many as there are CPUs to use. 1: this one.
    progress : bool or callable, optional
        As for :class:`Portfolio`.

    Returns
    -------
    Peers

    Raises
    ------
    DataError
        If a folder is no part, or the parts do not fit the model or each other.
    """
    paths = [Path(folder) for folder in folders]
    micros = to_micros(as_ofs)
    peers: Peers | None = None
    with _Pool(workers, len(paths)) as pool, reported(progress, "fitting") as report:
        while peers is None or not peers.complete:
            given = None if peers is None else peers.to_bytes()
            asked = [(model.to_json(), path, micros.tolist(), given, over_time) for path in paths]
            share = 0.0 if peers is None else peers.levels / peers.core.levels_wanted
            found = pool.map(_fit_part, asked, report, share)
            peers = Peers.merge(Peers.from_bytes(each) for each in found)
    return peers


def score(
    model: Model,
    folders: Iterable[str | os.PathLike[str]],
    as_ofs: AsOfs,
    *,
    out: str | os.PathLike[str] | None = None,
    peers: Peers | None = None,
    workers: int | None = None,
    progress: Progress = None,
) -> Any:
    """The panel of all parts, to the bit what the whole gives.

    Parameters
    ----------
    model, folders, as_ofs, workers, progress
        As for :func:`fit`.
    out : path, optional
        A folder for a Parquet file a part. One that was scored before with the same rows, model, peers and as-ofs stays
        as it is. Default: the panel is given back as one table.
    peers : Peers, optional
        What :func:`fit` gave. Default: it is asked.

    Returns
    -------
    pyarrow.Table or list of Path
        The panel in the order of a panel, or the files in `out`.

    Raises
    ------
    DataError
        As for :func:`fit`.
    """
    import pyarrow as pa

    paths, micros = [Path(folder) for folder in folders], to_micros(as_ofs)
    if peers is None:
        peers = fit(model, paths, micros.astype("datetime64[us]"), workers=workers, progress=progress)
    whom = peers.to_bytes()
    asked = [(model.to_json(), path, micros.tolist(), whom, None if out is None else Path(out)) for path in paths]
    with _Pool(workers, len(paths)) as pool, reported(progress, "scoring") as report:
        found = list(pool.map(_score_part, asked, report, 0.0))
    if out is not None:
        return [Path(path) for path in found]
    tables = [pa.ipc.open_stream(each).read_all() for each in found]
    return _in_panel_order(tables)


def _check_whole(what: str, expected: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise DataError(f"{what}: expected {expected}, got {value!r}")


# ---- cutting ---------------------------------------------------------------------------------------------------------


def _reader(name: str, source: Any) -> pa.RecordBatchReader:
    """A table piece by piece."""
    import pyarrow as pa

    if isinstance(source, pa.Table):
        return source.to_reader(_ROWS)
    if hasattr(source, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(source)
    dataset = _dataset(name, source)
    options: dict[str, Any] = dict(_WITHOUT_READING_AHEAD)
    if dataset.format.default_extname == "parquet":
        import pyarrow.dataset as ds

        # Of 10M rows, row groups of 1M: 1.1 GB with what pyarrow reads ahead by default, 0.3 GB and less CPU so.
        options["fragment_scan_options"] = ds.ParquetFragmentScanOptions(use_buffered_stream=True, pre_buffer=False)
    return dataset.scanner(batch_size=_ROWS, **options).to_reader()


def files_of(source: Any) -> list[str]:
    """The files that a path or a pattern stands for; of a folder all below it."""
    path = Path(str(source))
    if path.is_dir():
        return sorted(str(each) for each in path.rglob("*") if each.is_file() and not each.name.startswith((".", "_")))
    return [str(source)] if path.exists() else sorted(glob.glob(str(source), recursive=True))


def rows_in(name: str, source: Any) -> int:
    """How many rows the files of a table have, as they say without being read."""
    return int(_dataset(name, source).count_rows())


def _dataset(name: str, source: Any) -> ds.Dataset:
    import pyarrow as pa
    import pyarrow.dataset as ds

    files = files_of(source)
    kind = "ipc" if all(file.endswith((".arrow", ".feather", ".ipc")) for file in files) else "parquet"
    try:
        if not files:
            raise FileNotFoundError("there is no such file")
        return ds.dataset(files, format=kind)
    except (pa.ArrowException, OSError, TypeError) as error:
        raise DataError(f"table '{name}': {source!r} cannot be read piece by piece ({error})", name) from None


def _without_views(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Texts as polars hands them over, in the layout of which pyarrow can take rows."""
    import pyarrow as pa

    is_view = getattr(pa.types, "is_string_view", lambda _: False)  # pyarrow has views since 16
    schema = pa.schema([each.with_type(pa.large_string()) if is_view(each.type) else each for each in reader.schema])
    if schema.equals(reader.schema):
        return reader
    return pa.RecordBatchReader.from_batches(
        schema,
        (
            pa.RecordBatch.from_arrays(
                [old.cast(new.type) for old, new in zip(each.columns, schema, strict=True)], schema=schema
            )
            for each in reader
        ),
    )


def _by_part(name: str, batch: pa.RecordBatch, column: str, count: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of a batch for each part that has some, in their order. Rows without an account go to the first."""
    import pyarrow as pa

    ids = batch.column(batch.schema.get_field_index(column))
    if pa.types.is_dictionary(ids.type):
        of_id = np.append(_parts_of(name, column, ids.dictionary, count), 0)
        part = of_id[ids.indices.fill_null(len(ids.dictionary)).to_numpy(zero_copy_only=False)]
    else:
        part = _parts_of(name, column, ids, count)
    part = part.astype(np.min_scalar_type(count))  # of two bytes numpy sorts the fastest
    order = np.argsort(part, kind="stable")
    edges = np.searchsorted(part[order], np.arange(count + 1))
    rows = batch.take(pa.array(order))
    for place in range(count):
        if edges[place] < edges[place + 1]:
            yield place, rows.slice(edges[place], edges[place + 1] - edges[place])


def _parts_of(name: str, column: str, ids: pa.Array, count: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """The part of each id. Ids that are the same to a portfolio are the same text: 7, 7.0 and decimal 7 too."""
    import pyarrow as pa

    if pa.types.is_signed_integer(ids.type):
        found = _core.id_hashes(ids.cast(pa.int64()).fill_null(0).to_numpy())
    else:
        texts = _texts(name, column, ids)
        _, offsets, letters = texts.buffers()
        edges = np.frombuffer(offsets, np.int64)[texts.offset :][: len(ids) + 1] if len(ids) else np.zeros(1, np.int64)
        found = _core.id_hashes(edges, b"" if letters is None else letters)
    parts: np.ndarray[Any, np.dtype[np.uint64]] = found.view(np.uint64) % np.uint64(count)
    parts[ids.is_null().to_numpy(zero_copy_only=False)] = 0
    return parts


def _texts(name: str, column: str, ids: pa.Array) -> pa.Array:
    import pyarrow as pa

    kinds = pa.types
    if any(kind(ids.type) for kind in (kinds.is_string, kinds.is_large_string, kinds.is_integer)):
        return ids.cast(pa.large_string())
    for each in ids.drop_null().to_pylist():
        if isinstance(each, str | bool) or not hasattr(each, "__int__") or each != int(each):
            raise DataError(f"table '{name}', column '{column}': {each!r} is no id: a text or a whole number", name)
    return pa.array([None if each is None else str(int(each)) for each in ids.to_pylist()], pa.large_string())


# ---- parts at work ---------------------------------------------------------------------------------------------------


class _Pool:
    """Other processes, or this one."""

    def __init__(self, workers: int | None, tasks: int) -> None:
        import os

        if workers is not None:
            _check_whole("workers", "a whole number above 0 or None", workers)
        self._count = min(workers or len(os.sched_getaffinity(0)), max(tasks, 1))
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> _Pool:
        if self._count > 1:
            self._pool = ProcessPoolExecutor(self._count, get_context("spawn"))
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(
        self, work: Callable[[Any], _T], asked: Sequence[Any], report: Callable[[float], object] | None, share: float
    ) -> Iterator[_T]:
        """What each gives, in their order."""
        found = map(work, asked) if self._pool is None else self._pool.map(work, asked)
        for done, each in enumerate(found):
            if report is not None:
                report(share + (1 - share) * (done + 1) / len(asked))
            yield each


def _opened(text: str, folder: Path) -> tuple[Portfolio, str]:
    """A part, from what was saved when it was read first."""
    model = Model.parse(text)
    if not (folder / _DONE).exists():
        raise DataError(f"{folder} is no part of a whole: parts.cut makes them")
    saved = folder / f"loaded-{model.digest[:16]}"
    if not (saved / _DONE).exists():
        shutil.rmtree(saved, ignore_errors=True)
        names = {table["name"] for table in model.core.tables}
        tables = {path.stem: str(path) for path in sorted(folder.glob("*.arrow")) if path.stem in names}
        Portfolio(model, tables=tables, threads=1, progress=False).save(saved / "portfolio")
        (saved / _DONE).touch()
    return Portfolio.open(saved / "portfolio", threads=1), model.digest


def _fit_part(asked: tuple[str, Path, list[int], bytes | None, bool]) -> bytes:
    text, folder, micros, given, over_time = asked
    part, _ = _opened(text, folder)
    as_ofs = np.array(micros, np.int64).astype("datetime64[us]")
    before = None if given is None else Peers.from_bytes(given)
    return part.peers(as_ofs, given=before, over_time=over_time, progress=False).to_bytes()


def _score_part(asked: tuple[str, Path, list[int], bytes, Path | None]) -> Any:
    """The panel as an Arrow stream, or the name of its file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, folder, micros, whom, out = asked
    part, digest = _opened(text, folder)
    made = f"{part.versions()['written'].to_pylist()} {digest} {micros} {hashlib.sha256(whom).hexdigest()}"
    signature = hashlib.sha256(made.encode()).hexdigest().encode()
    file = None if out is None else out / f"{folder.name}.parquet"
    if file is not None and file.exists():
        metadata = pq.read_schema(file).metadata or {}
        if metadata.get(b"customerhealth.part") == signature:
            return str(file)
    as_ofs = np.array(micros, np.int64).astype("datetime64[us]")
    table = part.score(as_ofs, peers=Peers.from_bytes(whom), progress=False).table
    if file is not None:
        signed = {**(table.schema.metadata or {}), b"customerhealth.part": signature}
        with replacing(file) as path:
            pq.write_table(table.replace_schema_metadata(signed), path)
        return str(file)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _in_panel_order(tables: Sequence[pa.Table]) -> pa.Table:
    """Rows by account, then as-of; of texts each once, in the order that the whole has them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    schema, words = tables[0].schema, {}
    tables = [table for table in tables if table.num_rows] or tables[:1]  # an empty one has lost its dictionaries
    for place, field in enumerate(schema):
        if pa.types.is_dictionary(field.type):
            lists = [table.column(place).combine_chunks().dictionary.to_pylist() for table in tables]
            listed = (
                lists[0] if all(each == lists[0] for each in lists) else sorted({w for each in lists for w in each})
            )
            words[place] = pa.array(listed, pa.string())
            plain = [table.column(place).cast(pa.string()) for table in tables]
            tables = [t.set_column(place, field.name, each) for t, each in zip(tables, plain, strict=True)]
    whole = pa.concat_tables(tables)
    ids = whole["account_id"]
    keys = pa.table({"id": ids.cast(pa.binary()) if pa.types.is_string(ids.type) else ids, "at": whole["as_of"]})
    whole = whole.take(pc.sort_indices(keys, [("id", "ascending"), ("at", "ascending")])).combine_chunks()
    for place, listed in words.items():
        codes = pc.index_in(whole.column(place), value_set=listed).combine_chunks()
        whole = whole.set_column(place, schema.field(place), pa.DictionaryArray.from_arrays(codes, listed))
    return whole.replace_schema_metadata(schema.metadata)
