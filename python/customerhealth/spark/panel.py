"""A panel of more accounts than one machine holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import DataError
from ..io.instants import AsOf, AsOfs, to_micros
from ..lifecycle.checks import range_of
from ..model import Model
from ..panel.filtered import rows_where
from ..peers import Peers
from .buckets import Buckets
from .questions import Memberships, Moves, OfPanel, Quality, Question
from .sources import ordered_model, sources_of
from .types import need_pyspark

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

__all__ = ["SparkPanel", "score"]

_MOST_BUCKETS = 1_000_000


def score(
    model: Model,
    tables: Mapping[str, DataFrame],
    as_ofs: AsOfs,
    *,
    buckets: int | None = None,
    order: Mapping[str, str] | None = None,
    peers: Peers | None = None,
    strict: bool | Literal["all"] = False,
    where: str | None = None,
) -> SparkPanel:
    """Score the accounts of Spark's tables, to the bit as one machine scores them.

    Nothing runs before a frame, or the peers, are asked for. Then the rows are brought together once, whole accounts
    in each bucket, and every bucket is loaded once by a Python worker with one thread; what crosses accounts is
    fitted level by level over all buckets.

    Parameters
    ----------
    model : Model
        What to read and what to work out.
    tables : mapping of str to pyspark.sql.DataFrame
        By the names that the model gives them. Only the columns that the model reads are touched; accounts are a column
        of texts or of whole numbers, in all tables alike.
    as_ofs : date-like or a list of them
        As for :meth:`Portfolio.score`. Instants are UTC, whatever the session's zone.
    buckets : int, optional
        In how many parts the accounts are scored, one Python worker at a time each; it changes no result. Default: one
        for two million rows, and at least the session's default parallelism; that counts the rows first.
    order : mapping of str to str, optional
        By table the column, of numbers or instants, that tells which of its rows came later, in place of the model's
        key `order`. Spark keeps no order of arrival, which ``first``, ``last`` and states ask for where two rows are
        of the same time; a warning names the tables that lack one.
    peers : Peers, optional
        Whom to compare with; default: the accounts of these tables, with each other.
    strict : bool or "all"
        As for :class:`Portfolio`.
    where : str, optional
        A formula over the panel's columns, as for :meth:`Panel.filter`: rows of the panel, and what is said of them,
        for which it is not true are left out by the workers.

    Returns
    -------
    SparkPanel

    Raises
    ------
    DataError
        If a table lacks a column, accounts are not of one type, or an argument does not fit: before anything runs. What
        is wrong with rows is raised when they are loaded.
    ImportError
        If PySpark is not installed, or older than 4.1.

    Warns
    -----
    UserWarning
        If the order of rows decides in a table that has none.
    """
    need_pyspark()
    if not isinstance(model, Model):
        raise TypeError(f"a model is needed, not a {type(model).__name__}; Model.load(path) makes one")
    if peers is not None and not isinstance(peers, Peers):
        raise TypeError(f"expected Peers or None, not a {type(peers).__name__}; Portfolio.peers() makes them")
    if buckets is not None:
        _check_buckets(buckets)
    micros = to_micros(as_ofs).tolist()
    sources = sources_of(model, tables, order)
    made = Buckets(ordered_model(model, order), sources, micros, strict, None if buckets is None else int(buckets))
    return SparkPanel(made, peers, where)


class SparkPanel:
    """The answers to :func:`score`: frames that Spark works out when they are used.

    Their rows are in no certain order. Texts are strings where other results have dictionaries, and instants are of
    Spark's type TIMESTAMP. A frame is worked out anew each time it is used, from buckets that stay loaded until
    :meth:`unpersist`; ``persist()`` or write what is used often.
    """

    def __init__(self, buckets: Buckets, peers: Peers | None, where: str | None) -> None:
        self._buckets, self._given, self._where = buckets, peers, where
        found = self._answer_of_nobody(self._of_panel("table")._replace(where=None))
        if where is not None:
            nothing = [_one_null(field.type) for field in found.schema]
            rows_where(_table(nothing, found.schema), where)

    @property
    def model(self) -> Model:
        """The model; without keys `order` where the order was given."""
        return self._buckets.model

    @property
    def buckets(self) -> int:
        """In how many parts the accounts are scored."""
        return self._buckets.count

    @property
    def peers(self) -> Peers:
        """Whom accounts are compared with: those that were given, or fitted when they are first asked for."""
        return self._peers(self._buckets.as_ofs, over_time=False)

    @property
    def table(self) -> DataFrame:
        """A row an (account, as-of), with the columns of :attr:`Panel.table`."""
        return self._frame(self._of_panel("table"))

    def reasons(self) -> DataFrame:
        """Why values are missing, as :meth:`Panel.reasons`."""
        return self._frame(self._of_panel("reasons"))

    def contributions(self, score: str, deep: bool = False) -> DataFrame:
        """What each part adds to a score, as :meth:`Panel.contributions`."""
        return self._frame(self._of_panel("contributions")._replace(score=score, deep=deep))

    def plays(self, closed: bool = False) -> DataFrame:
        """The plays that are open at each as-of, as :meth:`Panel.plays`."""
        return self._frame(self._of_panel("plays")._replace(closed=closed))

    def moves(self, journey: str, start: AsOf, end: AsOf) -> DataFrame:
        """The changes of stage in a journey between two dates, as :meth:`Portfolio.moves`; of all accounts."""
        after, until = range_of(start, end)
        return self._frame(Moves(journey, after, until), over_time_to=until)

    def memberships(self, start: AsOf, end: AsOf) -> DataFrame:
        """Who was in which cohort between two dates, as :meth:`Portfolio.memberships`; of all accounts."""
        after, until = range_of(start, end)
        return self._frame(Memberships(after, until), over_time_to=until)

    def quality(self) -> DataFrame:
        """What is odd about the tables, bucket by bucket.

        ``table``, ``check``, ``rows``, ``example`` and ``meaning`` are those of :meth:`Portfolio.quality`, ``bucket``
        is where it was found; null: it is said of the whole. Rows of one check may be added up. Checks that compare
        the rows of a table, such as ``where_never_true``, hold for the bucket's rows.
        """
        rows = self._buckets.rows
        found = self._buckets.empty.quality().to_pylist()
        whole = [row for row in found if row["check"] != "no_rows" or not rows.get(row["table"])]
        said = frozenset((row["table"], row["check"], row["example"]) for row in whole)
        frame = self._frame(Quality(said), peers_needed=False, numbered=True)
        cells = [tuple(row.get(name) for name in frame.columns) for row in whole]
        return frame.union(self._buckets.session().createDataFrame(cells, frame.schema)) if cells else frame

    def unpersist(self) -> None:
        """Let the workers' memory go. Frames that are used afterwards load their tables anew."""
        self._buckets.unpersist()

    def _of_panel(self, what: str) -> OfPanel:
        return OfPanel(what, self._buckets.as_ofs, self._where)

    def _answer_of_nobody(self, question: Question) -> pa.Table:
        """The answer of no rows, which raises what is wrong with a question, or with peers for it."""
        return next(iter(question(self._buckets.empty, self._given)))

    def _frame(
        self,
        question: Question,
        *,
        over_time_to: int | None = None,
        peers_needed: bool = True,
        numbered: bool = False,
    ) -> DataFrame:
        import pyarrow as pa

        schema = self._answer_of_nobody(question).schema
        if numbered:
            schema = schema.append(pa.field("bucket", pa.int32()))
        peers = None
        if peers_needed:
            as_ofs = self._buckets.as_ofs if over_time_to is None else [over_time_to]
            peers = self._peers(as_ofs, over_time=over_time_to is not None)
        return self._buckets.ask(question, self._buckets.sent(peers), schema, numbered=numbered)

    def _peers(self, as_ofs: list[int], *, over_time: bool) -> Peers:
        return self._buckets.peers(as_ofs, over_time) if self._given is None else self._given

    def __repr__(self) -> str:
        buckets = self._buckets
        return f"<SparkPanel of {len(buckets.as_ofs)} as-ofs, model {buckets.model.name!r}>"


def _check_buckets(buckets: Any) -> None:
    if isinstance(buckets, bool) or not isinstance(buckets, int | np.integer) or not 1 <= buckets <= _MOST_BUCKETS:
        raise DataError(f"buckets: expected a whole number from 1 to {_MOST_BUCKETS:,} or None, got {buckets!r}")


def _one_null(kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    return pa.nulls(1, kind.value_type if pa.types.is_dictionary(kind) else kind)


def _table(columns: list[pa.Array], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    return pa.table(dict(zip(schema.names, columns, strict=True)))
