"""What a result will look like, before there is a row: typed empty tables are scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import DataError, unknown
from .io.results import as_table
from .loaded import Loaded
from .model import Model, above

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["output_schema"]

_AT = "2000-01-01"
_TABLES = ("panel", "reasons", "plays", "quality")


def output_schema(model: Model, tables: Mapping[str, Any], what: Any) -> pa.Schema:
    """See :meth:`Model.output_schema`."""
    empty = {name: _schema_of(name, given).empty_table() for name, given in tables.items()}
    loaded = Loaded.open(model, empty, {}, threads=1, progress=False)
    if what == "quality":
        return loaded.quality().schema
    scored = loaded.score(_AT, progress=False)
    if what == "panel":
        return scored.table.schema
    if what == "reasons":
        return as_table(scored.core.reasons()).schema
    if what == "plays":
        return as_table(scored.core.plays()).schema
    score, deep = _contributions(what)
    scored.check_score(score)
    return as_table(scored.core.contributions(score, deep)).schema


def _contributions(what: Any) -> tuple[str, bool]:
    if isinstance(what, str):
        raise unknown("what: there is no result", what, _TABLES)
    if not isinstance(what, tuple | list) or len(what) not in (2, 3) or what[0] != "contributions":
        raise DataError(f"what: expected one of {', '.join(_TABLES)} or ('contributions', score, deep), got {what!r}")
    score, deep = what[1], what[2] if len(what) == 3 else False
    if not isinstance(score, str) or not isinstance(deep, bool):
        raise DataError(f"what: expected ('contributions', the name of a score, True or False), got {what!r}")
    return score, deep


def _schema_of(name: str, given: Any) -> pa.Schema:
    import pyarrow as pa

    if isinstance(given, pa.Schema):
        return given
    schema = getattr(given, "schema", given)
    if isinstance(schema, pa.Schema):
        return schema
    if hasattr(schema, "__arrow_c_schema__"):
        return pa.schema(schema)
    raise DataError(
        f"table '{name}': expected an Arrow schema or a table that has one, not a {type(given).__name__}", name
    )


above.output_schema = output_schema
