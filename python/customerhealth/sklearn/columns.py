"""Which columns of a panel are features, and what they look like as a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import DataError, unknown
from ..io.columns import decoded, plain
from ..loaded import Loaded
from ..model import Model
from ..validation.measures import apart, leaves_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Feature", "columns_of", "features_of", "given_tables", "kind_of", "matrix_of", "settled"]

_POINTS = "points:"
NUMBER, TEXT, INSTANT = "a number", "a text", "an instant"


class Feature(NamedTuple):
    """A column of X."""

    name: str
    score: str | None
    """The score whose measure it is, where it is the points of one."""
    is_named: bool
    """By itself: not by a word that stands for many."""


def features_of(model: Model, columns: object) -> list[Feature]:
    """What is asked for, in that order, each once."""
    given: object = [columns] if isinstance(columns, str) else columns
    asked: list[Any] = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(each, str) for each in asked):
        raise DataError(f"columns: expected 'metrics', 'scores', 'points:SCORE', names or a list, got {columns!r}")
    found: dict[str, Feature] = {}
    for each in asked:
        for feature in _named(model, each):
            found.setdefault(feature.name, feature)
    if not found:
        raise DataError(f"columns: the model has none of {asked!r}")
    return list(found.values())


def _named(model: Model, word: str) -> list[Feature]:
    if word == "metrics":
        metrics = model.to_dict().get("metrics", {})
        return [Feature(name, None, False) for name in model.columns if name.partition(".")[0] in metrics]
    if word == "scores":
        return [Feature(name, None, False) for name in model.scores]
    if word.startswith(_POINTS):
        score = word.removeprefix(_POINTS)
        if score not in model.scores:
            raise unknown("columns: the model has no score", score, model.scores)
        return [Feature(f"{score}.{leaf.part}", score, False) for leaf in leaves_of(model, score)]
    if word not in model.columns:
        raise unknown("columns: a panel of this model has no column", word, ["metrics", "scores", *model.columns])
    return [Feature(word, None, True)]


def given_tables(loaded: Loaded) -> list[str]:
    """The tables that are there, even if they have no rows."""
    found = loaded.quality()
    pairs = zip(found["table"].to_pylist(), found["check"].to_pylist(), strict=True)
    absent = {table for table, check in pairs if check == "table_not_given"}
    return [name for name in loaded.model.tables if name not in absent]


def columns_of(
    loaded: Loaded, features: Sequence[Feature], as_ofs: npt.NDArray[np.datetime64]
) -> tuple[pa.Table, dict[str, pa.ChunkedArray]]:
    """Whose the rows are and of when, and the features by their names."""
    names = [feature.name for feature in features if feature.score is None]
    keys = loaded.score_part(as_ofs, columns=names, progress=False).table
    found = {name: keys[name] for name in names}
    for score in dict.fromkeys(feature.score for feature in features if feature.score is not None):
        leaves = leaves_of(loaded.model, score)
        taken = apart(loaded, leaves, ())
        points = taken.loaded.score_part(as_ofs, columns=taken.points, progress=False).table
        found |= {f"{score}.{leaf.part}": points[name] for leaf, name in zip(leaves, taken.points, strict=True)}
    return keys.select(["account_id", "as_of"]), {feature.name: found[feature.name] for feature in features}


def kind_of(column: pa.ChunkedArray) -> str:
    """As a person calls what a column holds; flags count as numbers."""
    import pyarrow as pa

    kind = plain(column.type)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return INSTANT
    return NUMBER if pa.types.is_boolean(kind) or pa.types.is_floating(kind) or pa.types.is_integer(kind) else TEXT


def settled(features: Sequence[Feature], kinds: Mapping[str, str]) -> tuple[list[str], list[Feature]]:
    """Names of what a word stands for and no number is, and the features that are left."""
    left_out, kept = [], []
    for feature in features:
        kind = kinds[feature.name]
        if feature.is_named and kind == INSTANT:
            raise DataError(
                f"columns: '{feature.name}' is an instant, and no number: write a metric of the days since",
                column=feature.name,
            )
        if feature.is_named or kind == NUMBER:
            kept.append(feature)
        else:
            left_out.append(feature.name)
    if not kept:
        raise DataError(f"columns: none is a number: {', '.join(left_out)}")
    return left_out, kept


def matrix_of(keys: pa.Table, columns: Mapping[str, pa.ChunkedArray], kinds: Mapping[str, str], container: str) -> Any:
    """The columns as a NumPy array, or as a frame of pandas or polars."""
    import pyarrow as pa

    numbers = {name: _numbers(column) for name, column in columns.items() if kinds[name] == NUMBER}
    texts = {name: decoded(column).cast(pa.string()) for name, column in columns.items() if name not in numbers}
    if container == "default":
        if not texts:
            return np.column_stack(list(numbers.values()))
        objects = {name: np.array(column.to_pylist(), dtype=object) for name, column in texts.items()}
        return np.column_stack([(objects | numbers)[name].astype(object) for name in columns])
    arrays = texts | {name: pa.array(values) for name, values in numbers.items()}
    table = pa.table({name: arrays[name] for name in columns})
    try:
        frames = import_module(container)
    except ImportError as error:
        raise ImportError(
            f"set_output(transform='{container}') needs it ({error}): pip install 'customerhealth[{container}]'",
            name=container,
        ) from error
    if container == "polars":
        return frames.from_arrow(table)
    index = frames.MultiIndex.from_frame(keys.select(["account_id", "as_of"]).to_pandas())
    return table.to_pandas().set_axis(index, axis=0)


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    import pyarrow as pa

    if not pa.types.is_floating(column.type):
        column = column.cast(pa.float64())
    values: npt.NDArray[np.float64] = column.fill_null(np.nan).to_numpy()
    return values
