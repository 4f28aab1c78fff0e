"""The model document: what to read, what to measure, how to score it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _core
from ._core import Model as CoreModel
from .errors import ModelError, unknown
from .model_columns import mapped
from .model_diff import diff
from .results import Table

if TYPE_CHECKING:
    import pyarrow as pa

    from ._core import _Table

__all__ = ["Model", "preset_text"]

_PRESETS = Path(__file__).with_name("presets")


class Above:
    """What models are asked and rooms above them answer, which put it here when the package is imported."""

    output_schema: Callable[[Model, Mapping[str, Any], Any], pa.Schema]


above = Above()


class Model:
    """A model document that was read and checked. Immutable; threads may share it.

    Make one with :meth:`load`, :meth:`parse` or :meth:`preset`. All errors of a document are reported together, as
    :class:`ModelError`.

    Examples
    --------
    >>> import customerhealth as ch
    >>> model = ch.Model.preset("b2b-saas")
    >>> model
    <Model 'b2b-saas': 6 tables, 39 metrics, 4 scores>
    """

    __slots__ = {"core": "The document as the core has read it: for the package itself."}
    core: CoreModel

    def __init__(self, core: CoreModel | None = None) -> None:
        if not isinstance(core, CoreModel):
            raise TypeError("make a Model with Model.load(path), Model.parse(text or dict) or Model.preset(name)")
        self.core = core

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Read a model from a JSON file.

        Parameters
        ----------
        path : path-like
            A JSON document in UTF-8.

        Raises
        ------
        ModelError
            With every problem of the document and its path in it.
        OSError
            If the file cannot be read.
        """
        return cls.parse(Path(path).read_bytes())

    @classmethod
    def parse(cls, document: str | bytes | Mapping[str, Any]) -> Model:
        """Read a model from JSON text or from a dict of what JSON would hold.

        Parameters
        ----------
        document : str, bytes or dict
            Bytes are UTF-8.

        Raises
        ------
        ModelError
            With every problem of the document and its path in it.

        Examples
        --------
        >>> import customerhealth as ch
        >>> ch.Model.parse('{"format": 1, "name": "empty"}').name
        'empty'
        """
        text: object = _to_json(document) if isinstance(document, Mapping) else document
        if isinstance(text, str):
            text = text.encode("utf-8", "surrogatepass")  # a lone half of a pair: the core says where
        if isinstance(text, bytes):
            return cls(_core.Model(text))
        kind = type(document).__name__
        raise TypeError(f"a model is JSON text, bytes or a dict, not a {kind}; load() takes a path")

    @classmethod
    def preset(cls, name: str) -> Model:
        """A model that ships with the package; :meth:`presets` lists them.

        Raises
        ------
        UnknownNameError
            If there is no preset of that name; it says which there are.
        """
        return cls.parse(preset_text(name))

    @staticmethod
    def presets() -> list[str]:
        """The names of the models that ship with the package.

        ``b2b-saas``, ``onboarding`` and ``person-class`` are our own, to start from; ``oss-projects`` is that of the
        demo; the others say in JSON what companies and vendors have published. Their :attr:`description` cites the
        source.

        Examples
        --------
        >>> import customerhealth as ch
        >>> [name for name in ch.Model.presets() if name.startswith("posthog")]
        ['posthog-2026', 'posthog-vitally']
        """
        return sorted(path.stem for path in _PRESETS.glob("*.json"))

    @staticmethod
    def schema() -> dict[str, Any]:
        """The JSON Schema (2020-12) of a model document, for editors and other tools.

        Examples
        --------
        >>> import customerhealth as ch
        >>> ch.Model.schema()["type"]
        'object'
        """
        schema: dict[str, Any] = json.loads(_core.model_schema())
        return schema

    @property
    def name(self) -> str:
        """The document's name."""
        return self.core.name

    @property
    def description(self) -> str:
        """What the document says that it is for."""
        return self.core.description

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal: the same for equal documents, however they are laid out."""
        return self.core.digest

    @property
    def tables(self) -> dict[str, list[str]]:
        """The tables that the model reads, each with the columns that it needs."""
        return {table["name"]: _columns_of(table) for table in self.core.tables}

    @property
    def columns(self) -> list[str]:
        """The columns of a panel after ``account_id`` and ``as_of``."""
        return self.core.columns

    @property
    def scores(self) -> list[str]:
        """The scores, in document order."""
        return [score["name"] for score in self.core.scores]

    @property
    def journeys(self) -> list[str]:
        """The journeys, in document order."""
        return self.core.journeys

    @property
    def cohorts(self) -> list[str]:
        """The cohorts, in document order."""
        return self.core.cohorts

    @property
    def plays(self) -> list[str]:
        """The plays, in document order."""
        return self.core.plays

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no white space, shortest numbers."""
        return self.core.to_json()

    def to_dict(self) -> dict[str, Any]:
        """The canonical document as a dict."""
        document: dict[str, Any] = json.loads(self.to_json())
        return document

    def with_columns(self, columns: Mapping[str, str]) -> Model:
        """The model for tables whose columns have other names.

        Parameters
        ----------
        columns : mapping of str to str
            From what the model calls a column, or a table and a column (``usage.account_id``), to its name in the
            tables.

        Returns
        -------
        Model
            With a column of that name in ``columns`` of each table that reads it, made of the one that is there.

        Raises
        ------
        UnknownNameError
            If no table has to have such a column: none reads it, or the model makes it of others.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "account_id", "time": "at"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count"}},
        ... })
        >>> own = model.with_columns({"account_id": "Kunde Nr.", "usage.at": "day"})
        >>> usage = pa.table({"Kunde Nr.": ["acme"], "day": [date(2026, 6, 1)]})
        >>> ch.Portfolio(own, usage=usage).score("2026-07-01").table["events"].to_pylist()
        [1.0]
        """
        return Model.parse(mapped(self.to_dict(), self.tables, columns))

    def diff(self, other: Model) -> Table:
        """What is different in another model, by path.

        The canonical documents are compared. Lists are compared place by place. An entry of a map that is in both at
        another place among those that are in both is ``moved``, where the order means something: columns of the panel
        are in document order, and of two measures the first decides a tie.

        Parameters
        ----------
        other : Model
            The later version.

        Returns
        -------
        Table
            ``path`` (``scores.health.measures.usage.weight``), ``change`` (``added``, ``removed``, ``changed`` or
            ``moved``), ``from`` and ``to``: JSON text of what stands there in this model and in the other, null where
            nothing does; of what moved, the name that stands before it (null: it is first). No rows: equal models.

        Examples
        --------
        >>> import customerhealth as ch
        >>> old = ch.Model.parse({"format": 1, "name": "a"})
        >>> new = ch.Model.parse({"format": 1, "name": "b"})
        >>> old.diff(new).to_pylist()
        [{'path': 'name', 'change': 'changed', 'from': '"a"', 'to': '"b"'}]
        """
        return Table(diff(self.to_dict(), other.to_dict()))

    def output_schema(self, tables: Mapping[str, Any], what: str | tuple[str, str, bool] = "panel") -> pa.Schema:
        """The schema of a result before anything is scored: for engines that want it in advance.

        Parameters
        ----------
        tables : mapping of str to pyarrow.Schema
            Of the tables that will be given, by name; whatever has an Arrow schema will do. A part of the data that has
            no row of a table should be given an empty one of the same schema: a table that is not there leaves types
            open.
        what : str or tuple
            ``"panel"``, ``"reasons"``, ``"plays"``, ``"quality"``, or ``("contributions", score, deep)``.

        Returns
        -------
        pyarrow.Schema
            With the metadata that results bear.

        Raises
        ------
        DataError
            If a table cannot be used.
        ModelError
            If formulas do not fit the types of columns.
        UnknownNameError
            If the model has no such table or score, or there is no such result.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "account_id", "time": "day"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count"}},
        ... })
        >>> schema = model.output_schema({"usage": pa.schema({"account_id": pa.int64(), "day": pa.date32()})})
        >>> [(field.name, str(field.type)) for field in schema]
        [('account_id', 'int64'), ('as_of', 'timestamp[us, tz=UTC]'), ('events', 'double')]
        """
        return above.output_schema(self, tables, what)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Model) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return Model.parse, (self.to_json(),)

    def __repr__(self) -> str:
        document = self.to_dict()
        counts = [f"{len(document.get(part, {}))} {part}" for part in ("tables", "metrics", "scores")]
        counts += [f"{len(document[part])} {part}" for part in ("journeys", "cohorts", "plays") if document.get(part)]
        return f"<Model {self.name!r}: {', '.join(counts)}>"

    def _repr_html_(self) -> str:
        document = self.to_dict()
        rows = "".join(_score_row(name, score) for name, score in document.get("scores", {}).items())
        tables = ", ".join(
            f"<b>{escape(name)}</b> ({escape(', '.join(columns))})" for name, columns in self.tables.items()
        )
        return (
            f"<div><div><b>{escape(self.name)}</b> <span style='color:#777'>{escape(self.digest[:12])}</span></div>"
            f"<div>{escape(self.description)}</div>"
            f"<div style='margin:4px 0'>reads {tables or 'no tables'}</div>"
            f"<table><thead><tr>{_heads('score', 'measures (weight)', 'grades')}</tr></thead>"
            f"<tbody>{rows}</tbody></table></div>"
        )


def preset_text(name: str) -> str:
    """A preset as it was written, with its layout: something to start from."""
    names = Model.presets()
    if name not in names:
        raise unknown("there is no preset", name, names, column="")
    return (_PRESETS / f"{name}.json").read_text(encoding="utf-8")


def _heads(*titles: str) -> str:
    return "".join(f"<th style='text-align:left'>{escape(title)}</th>" for title in titles)


def _score_row(name: str, score: Mapping[str, Any]) -> str:
    measures = ", ".join(f"{m} ({_weight(spec.get('weight', 1))})" for m, spec in score.get("measures", {}).items())
    grades = ", ".join(str(grade.get("name")) for grade in score.get("grades", []))
    cells = (name, measures, grades)
    return "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _weight(weight: object) -> str:
    return f"{weight:g}" if isinstance(weight, int | float) else "by value"


def _to_json(document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        path, words = _misfit(document, "", 0) or ("", str(error))
        message = f"{path}: {words}" if path else f"the dict cannot be written as JSON: {words}"
        raise ModelError(message, [(path, words, None)]) from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a numpy number
        return value.item()
    raise TypeError(f"a {type(value).__name__} is nothing that JSON can hold")


def _columns_of(table: _Table) -> list[str]:
    """The columns that a model reads of a table's source, with the one of whose elements each is a row."""
    columns, each = table["columns"], table["each"]
    return columns if each is None or each in columns else [*columns, each]


def _misfit(value: Any, path: str, depth: int) -> tuple[str, str] | None:
    """Where a dict holds something that JSON cannot."""
    if depth > 200:
        return path[:80] + "…", "nested too deeply"
    children: list[tuple[Any, str]] = []
    if isinstance(value, Mapping):
        children = [(child, f"{path}.{key}" if path else str(key)) for key, child in value.items()]
    elif isinstance(value, list | tuple):
        children = [(child, f"{path}[{i}]") for i, child in enumerate(value)]
    else:
        try:
            json.dumps(value, allow_nan=False, default=_plain)
        except (TypeError, ValueError):
            return path, f"{value!r} ({type(value).__name__}) is nothing that JSON can hold"
        return None
    return next((found for child, at in children if (found := _misfit(child, at, depth + 1))), None)
