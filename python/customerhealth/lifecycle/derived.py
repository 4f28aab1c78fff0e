"""The tables of a portfolio under another model: a part of its own, with cohorts and plays put in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._version import __version__
from ..errors import DataError, ModelError, UnknownNameError
from ..model import Model
from ..progress import Progress, reported

if TYPE_CHECKING:
    import pyarrow as pa

    from ..portfolio import Portfolio

__all__ = [
    "account_codes",
    "check_column",
    "chosen",
    "derived",
    "fits",
    "micros_of",
    "numbers_of",
    "plain",
    "provenance",
]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_MAPS = ("metrics", "scores", "journeys", "cohorts")
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def derived(
    portfolio: Portfolio,
    *,
    columns: Iterable[str] = (),
    plays: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress = None,
) -> Portfolio:
    """The same tables under a model that has these plays, some columns of the portfolio's own, and what they need."""
    from ..portfolio import Portfolio

    whole = portfolio.model.to_dict()
    document = dict(whole)
    kept = _needed(document, [*columns, *(plays or {}).values(), document.get("include", "")])
    for key in _MAPS:
        document[key] = {name: spec for name, spec in document.get(key, {}).items() if name in kept}
    own = portfolio.model._core
    try:
        core = _core.Model.for_tables_of(json.dumps(document | {"plays": plays or {}}), own)
    except ModelError:  # said again with all names there, among which the one that was meant may be
        _core.Model.for_tables_of(json.dumps(whole | {"plays": plays or {}}), own)
        raise
    with reported(progress, "binding") as report:
        bound = portfolio._core.with_model(core, portfolio._threads, report)
    return Portfolio._of(bound, Model._of(core), portfolio._threads)


def provenance(portfolio: Portfolio) -> dict[str, str]:
    """What the results of a portfolio bear, those that come from a derived one too."""
    model = portfolio.model
    names = ("model", model.name), ("model_digest", model.digest), ("version", __version__)
    return {f"customerhealth.{key}": value for key, value in names}


def _needed(document: Mapping[str, Any], roots: Iterable[object]) -> set[str]:
    """What the words of the roots name, and the words of that: rather too much than too little."""
    specs = {name: spec for key in _MAPS for name, spec in document.get(key, {}).items()}
    found, words = set[str](), set(_words(list(roots)))
    while words:
        named = {name for word in words for name in _names_of(word) if name in specs} - found
        found |= named
        words = set(_words([specs[name] for name in named]))
    return found


def _names_of(word: str) -> Iterator[str]:
    """The word, and what it may be a column of: adoption of adoption_since."""
    parts = word.split("_")
    yield from ("_".join(parts[:count]) for count in range(1, len(parts) + 1))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _WORD.findall(value)
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _words(key)
            yield from _words(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _words(child)


def chosen(kind: str, wanted: object, there: list[str]) -> list[str]:
    """Names that a model has, each once: all of them by default, one, or some."""
    if wanted is None:
        return there
    if not isinstance(wanted, Iterable):
        raise DataError(f"{kind}s: expected a name or a list of names, got {wanted!r}")
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in names:
        if name not in there:
            raise UnknownNameError(
                f"the model has no {kind} '{name}': {_core.suggestion(str(name), there)}", column=str(name)
            )
    if not names:
        raise DataError(f"{kind}s: expected one name or more, got none")
    return [name for name in there if name in names]


def check_column(portfolio: Portfolio, what: str, name: str) -> None:
    """Raises UnknownNameError when a panel has no such column."""
    if name not in portfolio.model.columns:
        words = _core.suggestion(str(name), portfolio.model.columns)
        raise UnknownNameError(f"{what}: a panel of this model has no column '{name}': {words}", column=str(name))


def numbers_of(table: pa.Table, what: str, name: str) -> Floats:
    """A column of numbers; NaN where it is missing. Raises DataError when it is of another type."""
    import pyarrow as pa

    column = table[name].combine_chunks()
    if not pa.types.is_floating(column.type):
        raise DataError(f"{what}: expected a column of numbers, '{name}' is of type {plain(column.type)}", column=name)
    values: Floats = column.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return values


def account_codes(column: pa.ChunkedArray, accounts: pa.Array) -> Ints:
    """Where each account stands in a list of them; -1: nowhere."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # of no chunks, with an old pyarrow
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    found = pc.index_in(array.cast(accounts.type), value_set=accounts).fill_null(-1)
    codes: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def micros_of(column: pa.ChunkedArray, missing: int = 0) -> Ints:
    """Instants as microseconds."""
    import pyarrow as pa

    cast = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).fill_null(missing)
    values: Ints = cast.to_numpy()
    return values


def plain(kind: pa.DataType) -> pa.DataType:
    """The type of a column's values where it is dictionary-encoded."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def fits(values: object, kind: str) -> pa.Array:
    """An Arrow array: instants from microseconds, or numbers whose NaN is null."""
    import pyarrow as pa

    if kind == "instant":
        return pa.array(values, pa.int64()).cast(pa.timestamp("us", "UTC"))
    return pa.array(values, pa.float64(), from_pandas=True)
