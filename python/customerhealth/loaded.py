"""A model and its tables in the core: the value under a :class:`Portfolio`, and what questions over time are put to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from . import _core
from ._version import __version__
from .errors import DataError, unknown
from .io.inputs import open_tables
from .io.instants import AsOfs, to_micros
from .io.layout import layouts_of
from .io.producers import Producers
from .io.results import as_table
from .io.roles import Roles, derived_of, roles_of
from .io.text_files import Given
from .model import Model
from .peers import Peers
from .progress import Progress, reported
from .scored import Origin, Scored

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Loaded"]

_MOST_THREADS = 2**31 - 1
_STRICTNESS = {False: "no", True: "rows", "all": "all"}


class Loaded:
    """Tables that the core holds for a model.

    Attributes
    ----------
    core : _core.Portfolio
        The tables.
    model : Model
        What reads them.
    threads : int
        How many threads calls may use; 0: as many as the process may.
    with_whom : Peers, optional
        Whom accounts are compared with where a call says nothing; None: with each other.
    """

    def __init__(
        self,
        core: _core.Portfolio,
        model: Model,
        threads: int = 0,
        given: Given | None = None,
        with_whom: Peers | None = None,
    ) -> None:
        self.core, self.model, self.threads, self.with_whom = core, model, threads, with_whom
        self.given = given or Given()  # what the cells of text files decided
        self.appends = 0

    @classmethod
    def open(
        cls,
        model: Model,
        tables: Mapping[str, object] | None,
        frames: Mapping[str, object],
        *,
        roles: Mapping[str, Roles] | None = None,
        strict: bool | Literal["all"] = False,
        threads: int | None = None,
        progress: Progress = None,
    ) -> Loaded:
        """Read the tables; the arguments are those of :class:`Portfolio`.

        `roles` are those of the columns, where the model's formulas do not say them.
        """
        if not isinstance(model, Model):
            raise TypeError(f"a portfolio needs a Model, not a {type(model).__name__}; Model.load(path) makes one")
        if strict not in _STRICTNESS:
            raise ValueError(f"strict: expected False, True or 'all', got {strict!r}")
        count = _thread_count(threads)
        given, producers = Given(layouts=layouts_of(model)), Producers()
        opened = _open_all(model, tables, frames, given, producers, roles)
        with reported(progress, "loading") as report, producers.heard():
            core = _core.Portfolio(model.core, opened, _STRICTNESS[strict], count, report)
        return cls(core, model, count, given)

    @staticmethod
    def strictness(strict: bool | Literal["all"]) -> str:
        """How the core calls what :class:`Portfolio` was asked for."""
        return _STRICTNESS[strict]

    @staticmethod
    def count_of(threads: int | None) -> int:
        """How many threads were asked for; 0: as many as the process may use."""
        return _thread_count(threads)

    def read_more(
        self, tables: Mapping[str, object] | None, frames: Mapping[str, object]
    ) -> tuple[list[tuple[str, pa.Table]], Given]:
        """Rows that are to be appended, in memory, with the columns that the model reads; and what their cells said."""
        given, producers = self.given.of_more(self.accounts), Producers()
        opened = _open_all(self.model, tables, frames, given, producers)
        wanted = self.model.tables
        with producers.heard():
            return [(name, _whole(source, name, wanted[name])) for name, source in opened], given

    def append(
        self, tables: Mapping[str, object] | None, frames: Mapping[str, object], progress: Progress = None
    ) -> None:
        """See :meth:`Portfolio.append`."""
        given, producers = self.given.of_more(self.accounts), Producers()
        opened = _open_all(self.model, tables, frames, given, producers)
        with reported(progress, "appending") as report, producers.heard():
            self.core.append(opened, self.threads, report)
        self.appends += 1
        self.given.add(given)

    @property
    def accounts(self) -> pa.Array:
        """See :attr:`Portfolio.accounts`."""
        return as_table(self.core.accounts()).column(0).combine_chunks()

    def quality(self) -> pa.Table:
        """See :meth:`Portfolio.quality`."""
        import pyarrow as pa

        found = as_table(self.core.quality())
        columns = [(table, column) for table, columns in self.model.tables.items() for column in columns]
        notes = [
            {
                "table": table,
                "check": "read_by_cells",
                "rows": rows,
                "example": f"{column} as {kind}",
                "meaning": f"the model leaves open what {column} holds, so its cells told; `types` settles it",
            }
            for table, column, kind, rows in sorted(self.given.notes, key=lambda note: columns.index(note[:2]))
        ]
        return pa.concat_tables([found, pa.Table.from_pylist(notes, schema=found.schema)]) if notes else found

    @property
    def provenance(self) -> dict[str, str]:
        """What the schemas of results bear, where they are not made by the core."""
        names = ("model", self.model.name), ("model_digest", self.model.digest), ("version", __version__)
        return {f"customerhealth.{key}": value for key, value in names}

    def score(
        self, as_ofs: AsOfs, *, peers: Peers | None = None, threads: int | None = None, progress: Progress = None
    ) -> Scored:
        """See :meth:`Portfolio.score`."""
        micros = to_micros(as_ofs)
        count = self._threads_for(threads)
        with reported(progress, "scoring") as report:
            whom = self.with_whom if peers is None else peers
            core = self.core.score(micros, count, report, _core_of(whom))
        return Scored(core, self.model, count, Origin(self, self.appends, micros.tolist(), whom))

    def score_part(
        self, as_ofs: AsOfs, *, columns: Sequence[str] = (), plays: Sequence[str] = (), progress: Progress = None
    ) -> Scored:
        """Some columns of the panel, the moves in their journeys, and some plays, with the values of the whole.

        Nothing is worked out that these do not need, and nothing is explained.
        """
        micros = to_micros(as_ofs)
        with reported(progress, "scoring") as report:
            whom = _core_of(self.with_whom)
            part = self.core.score_part(micros, columns, plays, self.threads, report, whom)
            return Scored(part, self.model, self.threads)

    def peers(
        self,
        as_ofs: AsOfs,
        *,
        given: Peers | None = None,
        over_time: bool = False,
        threads: int | None = None,
        progress: Progress = None,
    ) -> Peers:
        """See :meth:`Portfolio.peers`."""
        micros = to_micros(as_ofs)
        count = self._threads_for(threads)
        with reported(progress, "comparing") as report:
            return Peers(self.core.peers(micros, _core_of(given), over_time, count, report))

    def with_plays(self, plays: Mapping[str, Mapping[str, Any]], *, progress: Progress = None) -> Loaded:
        """The same tables, which are not copied, under a model that has these plays in place of its own.

        Raises
        ------
        ModelError
            If a play cannot be used.
        """
        document = self.model.to_dict() | {"plays": plays}
        return self.under(_core.Model.for_tables_of(json.dumps(document), self.model.core), progress=progress)

    def under(self, core: _core.Model, *, progress: Progress = None) -> Loaded:
        """The same tables, which are not copied, under a model that was made for them.

        Raises
        ------
        ModelError
            If its formulas do not fit the tables.
        """
        with reported(progress, "binding") as report:
            bound = self.core.with_model(core, self.threads, report)
        return Loaded(bound, Model(core), self.threads, self.given, self.with_whom)

    def compared_with(self, peers: Peers | None) -> Loaded:
        """The same tables, whose accounts are compared with these; None: as they are.

        Raises
        ------
        TypeError
            If they are no Peers.
        """
        _core_of(peers)
        return self if peers is None else Loaded(self.core, self.model, self.threads, self.given, peers)

    def _threads_for(self, threads: int | None) -> int:
        return self.threads if threads is None else _thread_count(threads)


def _whole(source: Any, name: str, wanted: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    if not isinstance(source, pa.Table):
        if not hasattr(source, "__arrow_c_stream__") and not hasattr(source, "__arrow_c_array__"):
            raise DataError(f"table '{name}': expected an object with __arrow_c_stream__, got {type(source)}", name)
        streams = hasattr(source, "__arrow_c_stream__")
        source = pa.RecordBatchReader.from_stream(source).read_all() if streams else pa.table(source)
    if set(wanted) <= set(source.column_names):  # else a path goes into a column of another name
        source = source.select(list(dict.fromkeys(wanted)))
    return source.replace_schema_metadata(None)


def _core_of(peers: Peers | None) -> _core.Peers | None:
    if peers is None or isinstance(peers, Peers):
        return None if peers is None else peers.core
    raise TypeError(f"expected Peers or None, not a {type(peers).__name__}; Portfolio.peers() makes them")


def _thread_count(threads: int | None) -> int:
    if threads is None:
        return 0
    if isinstance(threads, bool) or not hasattr(threads, "__index__") or threads.__index__() < 1:
        raise ValueError(f"threads: expected a whole number above 0 or None, got {threads!r}")
    if threads.__index__() > _MOST_THREADS:
        raise ValueError(f"threads: expected a whole number up to {_MOST_THREADS:,}, got {threads!r}")
    return threads.__index__()


def _open_all(
    model: Model,
    tables: Mapping[str, object] | None,
    frames: Mapping[str, object],
    given: Given,
    producers: Producers,
    roles: Mapping[str, Roles] | None = None,
) -> Sequence[tuple[str, object]]:
    roles = roles_of(model) if roles is None else roles
    sources: dict[str, object] = {}
    if tables is not None and not isinstance(tables, Mapping):
        raise DataError(f"tables: expected a dict of tables by their names, not a {type(tables).__name__}")
    for name, source in [*(tables or {}).items(), *frames.items()]:
        if name in sources:
            raise DataError(f"table '{name}' is given twice, in tables= and by its name", name)
        if name not in roles:
            raise unknown("the model has no table", name, roles, table=name, column="")
        sources[name] = source
    return [(name, producers.kept(opened)) for name, opened in open_tables(sources, roles, given, derived_of(model))]
