"""Buckets of whole accounts in Spark: packed, shuffled once, loaded once, and asked."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, Literal

from ..loaded import Loaded
from ..model import Model
from ..peers import Peers
from .questions import Question
from .sources import BUCKET, Source
from .tasks import Ask, Fit, Load, Merge, Pack, Whom, kept_schema, packed_schema
from .types import spark_schema

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

__all__ = ["Buckets"]

_ROWS = 2_000_000  # of a bucket, where nobody says how many there are
_FAN_IN = 8  # peers that are merged in one task, or at the driver
_BYTES_A_BATCH = "spark.sql.execution.arrow.maxBytesPerBatch"
_ROWS_A_BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"
_NO_LIMIT = str(2**31 - 1)  # for which Spark does not look at bytes


@contextmanager
def _batches_by_rows(conf: Any) -> Iterator[None]:
    """A batch for Python ends after a number of rows, 10,000 where nobody says another.

    By default it ends after some bytes too, for which Spark adds up all of its columns at every row: a third of the
    CPU of its tasks while rows are packed.
    """
    if int(conf.get(_ROWS_A_BATCH)) <= 0:  # bytes alone end it
        yield
        return
    before = conf.getAll.get(_BYTES_A_BATCH)
    conf.set(_BYTES_A_BATCH, _NO_LIMIT)
    try:
        yield
    finally:
        if before is None:
            conf.unset(_BYTES_A_BATCH)
        else:
            conf.set(_BYTES_A_BATCH, before)


class Buckets:
    """The tables of a model, spread over the machines of a session.

    Nothing runs before it is needed; what is loaded is kept until :meth:`unpersist`.
    """

    def __init__(
        self,
        model: Model,
        sources: Sequence[Source],
        as_ofs: list[int],
        strict: bool | Literal["all"],
        count: int | None,
    ) -> None:
        self.model, self.as_ofs = model, as_ofs
        self._sources, self._strict, self._count = sources, strict, count
        self._session = sources[0].frame.sparkSession
        self._fitted: dict[tuple[tuple[int, ...], bool], Peers] = {}
        self._first: list[Peers] | None = None
        self._rows: dict[str, int] = {}
        self._sent: list[Any] = []

    @cached_property
    def empty(self) -> Loaded:
        """A portfolio of the tables without rows."""
        tables = {each.name: each.empty for each in self._sources}
        return Loaded.open(self.model, tables, {}, strict=self._strict, threads=1, progress=False)

    @cached_property
    def count(self) -> int:
        """How many there are. The default counts rows, which runs a job."""
        if self._count is not None:
            return self._count
        counts = [each.frame.groupBy().count() for each in self._sources]
        rows: int = sum(row[0] for row in reduce(lambda one, other: one.union(other), counts).collect())
        return max(1, -(-rows // _ROWS), self._parallelism)

    @property
    def _parallelism(self) -> int:
        try:
            return int(self._session.sparkContext.defaultParallelism)
        except Exception:  # of Spark Connect, which has no context
            return int(str(self._session.conf.get("spark.sql.shuffle.partitions")))

    @cached_property
    def _loaded(self) -> DataFrame:
        schema = spark_schema(packed_schema())
        packed = [
            each.in_buckets(self.count).mapInArrow(Pack(each.name, each.schema.names, self.count), schema)
            for each in self._sources
        ]
        whole = reduce(lambda one, other: one.union(other), packed).repartitionById(self.count, BUCKET)
        empty = pickle.dumps({each.name: each.empty for each in self._sources})
        order = {each.name: each.order for each in self._sources if each.order is not None}
        load = Load(self.model.to_json(), empty, order, self._strict, self.as_ofs)
        return whole.mapInArrow(load, spark_schema(kept_schema())).persist()

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows by table. Loads what is not loaded."""
        self._load()
        return self._rows

    def _load(self) -> list[Peers]:
        """Load all buckets; the first level of their peers, of some buckets each. Raises what a bucket raised."""
        if self._first is not None:
            return self._first
        from pyspark.sql import functions as f

        few = self.count <= _FAN_IN
        kinds = ("rows", "error", "fitted") if few else ("rows", "error")
        asked = self._loaded.where(f.col("kind").isin(*kinds)).select(BUCKET, "kind", "data")
        with _batches_by_rows(self._session.conf):
            said = asked.collect()
        errors = sorted((row[0], bytes(row[2])) for row in said if row[1] == "error")
        if errors:
            self.unpersist()
            raise pickle.loads(errors[0][1])
        rows: dict[str, int] = {}
        for row in said:
            if row[1] == "rows":
                for name, count in json.loads(bytes(row[2])).items():
                    rows[name] = rows.get(name, 0) + count
        self._rows = rows
        if few:
            self._first = [Peers.from_bytes(bytes(row[2])) for row in said if row[1] == "fitted"]
        else:
            self._first = self._collected(self._loaded.where(f.col("kind") == "fitted"))
        return self._first

    def peers(self, as_ofs: list[int], over_time: bool) -> Peers:
        """What crosses accounts, fitted level by level over all buckets; once for the same dates."""
        import numpy as np

        key = (tuple(as_ofs), over_time)
        if key in self._fitted:
            return self._fitted[key]
        at, first = np.array(as_ofs, np.int64).astype("datetime64[us]"), self._load()
        peers: Peers | None = None
        while peers is None or not peers.complete:
            found = first if peers is None and not over_time and as_ofs == self.as_ofs else None
            if found is None:
                fit = Fit(self.model.to_json(), as_ofs, over_time, self.sent(peers))
                found = self._collected(self._loaded.mapInArrow(fit, spark_schema(kept_schema())))
            nobody = self.empty.peers(at, given=peers, over_time=over_time, progress=False)
            peers = Peers.merge([*found, nobody])
        self._fitted[key] = peers
        return peers

    def _collected(self, fitted: DataFrame) -> list[Peers]:
        """Peers of buckets, merged in a tree until they are few."""
        from pyspark.sql import functions as f

        count, columns = self.count, ("kind", "name", "data")
        while count > _FAN_IN:
            count = -(-count // _FAN_IN)
            by = fitted.select(f.floor(f.col(BUCKET) / _FAN_IN).cast("int").alias(BUCKET), *columns)
            fitted = by.repartitionById(count, BUCKET).mapInArrow(Merge(), spark_schema(kept_schema()))
        return [Peers.from_bytes(bytes(row[0])) for row in fitted.select("data").collect()]

    def sent(self, peers: Peers | None) -> Whom:
        """Peers where tasks find them."""
        data = None if peers is None else peers.to_bytes()
        try:
            context = self._session.sparkContext
        except Exception:  # of Spark Connect, which has no context: they travel with the question
            return Whom(data)
        self._sent.append(context.broadcast(data))
        return Whom(self._sent[-1])

    def ask(self, question: Question, whom: Whom, schema: pa.Schema, *, numbered: bool = False) -> DataFrame:
        """The answers of all buckets, worked out when the frame is."""
        ask = Ask(self.model.to_json(), question, whom, numbered)
        return self._loaded.mapInArrow(ask, spark_schema(schema))

    def session(self) -> Any:
        """Where all of it is."""
        return self._session

    def unpersist(self) -> None:
        """Let go of what is loaded, and of peers at the workers."""
        if "_loaded" in vars(self):
            self._loaded.unpersist()
        for each in self._sent:
            each.unpersist()
