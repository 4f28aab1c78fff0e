"""The tables of Spark that a model reads: checked before anything runs, and cut down to the columns that it names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DataError, unknown
from ..io.frames import AbsentError, TwiceError, in_own_words, present
from ..io.inputs import missing_column, refuse_derived, twice_there
from ..io.roles import Role, Roles, account_of, derived_of, roles_of
from ..io.text_files import Given
from ..model import Model
from .types import arrow_type

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

__all__ = ["BUCKET", "Source", "ordered_model", "sources_of", "utc"]

BUCKET = "bucket"
_ORDERS = ("first", "last")  # aggregations that ask which of two rows of one time came later


class Source(NamedTuple):
    """A table of the model, as Spark has it."""

    name: str
    frame: DataFrame
    """The columns that the model reads, and the one that orders rows."""
    account: str
    """The column of accounts."""
    schema: pa.Schema
    """Of the frame, with instants in UTC."""
    order: str | None
    """The column by which rows are put in order before they are loaded."""

    @property
    def empty(self) -> pa.Table:
        """The table without rows, with ids of the type that they will have."""
        import pyarrow as pa

        place = self.schema.get_field_index(self.account)
        kind = self.schema.field(place).type
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return self.schema.set(place, pa.field(self.account, pa.int64())).empty_table()
        return self.schema.empty_table()

    def in_buckets(self, count: int) -> DataFrame:
        """The rows behind the number of their bucket. 7, 7.0 and decimal 7 are one account, null is in bucket 0."""
        import pyarrow as pa
        from pyspark.sql import functions as f

        account = f.col(_quoted(self.account))
        if pa.types.is_floating(self.schema.field(self.account).type):
            account = account.try_cast("bigint")
        bucket = f.pmod(f.xxhash64(account.cast("string")), f.lit(count)).cast("int")
        # PySpark looks columns up by names that it does not quote, so that they go under numbers.
        columns = [f.col(_quoted(name)).alias(f"c{place}") for place, name in enumerate(self.schema.names)]
        return self.frame.select(bucket.alias(BUCKET), *columns)


def sources_of(model: Model, tables: Mapping[str, Any], order: Mapping[str, str] | None) -> list[Source]:
    """The tables, in the order of the model. Raises DataError for what cannot be scored, before a row is looked at."""
    if not isinstance(tables, Mapping):
        raise DataError(f"tables: expected a dict of Spark DataFrames by their names, not a {type(tables).__name__}")
    roles, orders = roles_of(model), _orders(order, tables)
    for name, frame in tables.items():
        if name not in roles:
            raise unknown("the model has no table", name, roles, table=name, column="")
        _check_frame(name, frame)
    if not tables:
        raise DataError(f"tables: no DataFrame was given; the model reads {', '.join(roles) or 'none'}")
    derived, written = derived_of(model), model.to_dict().get("tables", {})
    found = {}
    for name in roles:
        if name in tables:
            refuse_derived(tables[name], name, roles[name], derived.get(name, ()), Given())
            found[name] = _source(name, tables[name], written[name], roles[name], orders.get(name))
    _check_one_type({name: _account_type(each, roles[name]) for name, each in found.items()})
    _warn_of_ties(model, found)
    return list(found.values())


def ordered_model(model: Model, order: Mapping[str, str] | None) -> Model:
    """The model without keys `order` of its own in tables whose order is given."""
    if not order:
        return model
    document = model.to_dict()
    own = [name for name in order if "order" in document.get("tables", {}).get(name, {})]
    for name in own:
        del document["tables"][name]["order"]
    return Model.parse(document) if own else model


def utc(schema: pa.Schema) -> pa.Schema:
    """The same with instants in UTC, whatever zone the session shows them in. Naive ones stay naive."""
    import pyarrow as pa

    zoned = pa.timestamp("us", "UTC")
    kinds = [zoned if pa.types.is_timestamp(each.type) and each.type.tz else each.type for each in schema]
    return pa.schema([each.with_type(kind) for each, kind in zip(schema, kinds, strict=True)])


def _orders(order: Any, tables: Mapping[str, Any]) -> dict[str, str]:
    if order is None:
        return {}
    if not isinstance(order, Mapping) or not all(isinstance(each, str) for each in order.values()):
        raise DataError(f"order: expected a dict of columns by the names of tables, got {order!r}")
    for name in order:
        if name not in tables:
            raise unknown("order: there is no table", name, tables, table=str(name), column="")
    return dict(order)


def _check_frame(name: str, frame: Any) -> None:
    package = type(frame).__module__.partition(".")[0]
    if package != "pyspark" or not hasattr(frame, "mapInArrow"):
        raise DataError(
            f"table '{name}': expected a Spark DataFrame, got a {type(frame).__name__}; "
            "spark.createDataFrame or spark.read make one, and Portfolio reads others",
            name,
        )
    if frame.isStreaming:
        raise DataError(f"table '{name}': it is a stream without an end; score what has arrived, in foreachBatch", name)


def _source(name: str, frame: Any, table: Mapping[str, Any], roles: Roles, order: str | None) -> Source:
    account = account_of(roles) or _renamed(table)
    if account is None or account not in frame.columns:
        _refuse_account(name, account, frame.columns)
    assert account is not None
    if "through" in table:
        raise DataError(
            f"table '{name}': its accounts are found through the table '{table['through']['table']}', whose rows lie "
            "in other buckets; join the two in Spark and read the account from a column",
            name,
        )
    wanted = [*roles, *([order] if order is not None and order not in roles else [])]
    try:
        columns = present(frame.columns, wanted)
    except AbsentError as absent:
        needs = "order names" if absent.column == order else "the model needs"
        raise missing_column(name, absent.column, absent.there, needs) from None
    except TwiceError as twice:
        raise twice_there(name, twice.column) from None
    chosen = in_own_words(name, frame, lambda: frame.select(*(_quoted(column) for column in columns)))
    schema = _schema(name, chosen)
    if order is not None:
        _check_order(name, order, schema.field(order).type)
    return Source(name, chosen, account, schema, order)


def _renamed(table: Mapping[str, Any]) -> str | None:
    """The column of accounts, where a formula does no more than to give it another name."""
    formula = table.get("columns", {}).get(table["account"], "")
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", formula):
        return str(formula)
    quoted = re.fullmatch(r'"((?:[^"]|"")+)"', formula)
    return quoted[1].replace('""', '"') if quoted else None


def _schema(name: str, frame: Any) -> pa.Schema:
    import pyarrow as pa

    fields = []
    for field in frame.schema.fields:
        kind = arrow_type(field.dataType)
        if kind is None:
            what = f"values of Spark's type {field.dataType.simpleString()} are not read; cast it in Spark"
            raise DataError(f"table '{name}', column '{field.name}': {what}", name, field.name)
        fields.append(pa.field(field.name, kind))
    return pa.schema(fields)


def _quoted(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


def _refuse_account(name: str, account: str | None, there: list[str]) -> None:
    if account is None or "." in account or "[" in account:
        what = "a formula" if account is None else f"what lies inside of a column ('{account}')"
        raise DataError(
            f"table '{name}': its accounts are {what}, by which Spark cannot bring rows together; "
            "make a column of them in Spark (withColumn) and name it in the model",
            name,
        )
    raise missing_column(name, account, there)


def _check_order(name: str, order: str, kind: pa.DataType) -> None:
    import pyarrow as pa

    types = pa.types
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_temporal(kind)):
        raise DataError(f"table '{name}', column '{order}': an order is numbers or instants, not {kind}", name, order)


# ---- ids -------------------------------------------------------------------------------------------------------------


def _account_type(source: Source, roles: Roles) -> str:
    """Whether they are "text" or "number"; nothing where a column is of nulls alone."""
    import pyarrow as pa

    account = source.account
    kind, role = source.schema.field(account).type, roles[account]
    types = pa.types
    whole = types.is_integer(kind) or types.is_floating(kind) or (types.is_decimal(kind) and kind.scale == 0)
    found = "text" if types.is_string(kind) or types.is_large_string(kind) else "number" if whole else ""
    if not found and not types.is_null(kind):
        raise DataError(
            f"table '{source.name}', column '{account}': accounts are texts or whole numbers, not {kind}; "
            "cast it in Spark",
            source.name,
            account,
        )
    return _settled(source.name, account, role, found, types.is_integer(kind))


def _settled(name: str, account: str, role: Role, found: str, is_integer: bool) -> str:
    """What the model's `types` makes of it, where that is the same for Spark."""
    if not role.settled or not found or found in role.types:
        return found
    if "text" in role.types and is_integer:
        return "text"
    raise DataError(
        f"table '{name}', column '{account}': the model reads it as {role.types[0]} and Spark has it as {found}; "
        f"cast it in Spark",
        name,
        account,
    )


def _check_one_type(found: Mapping[str, str]) -> None:
    by_type = {kind: [name for name, each in found.items() if each == kind] for kind in ("text", "number")}
    if all(by_type.values()):
        texts, numbers = (" and ".join(f"'{name}'" for name in names) for names in by_type.values())
        raise DataError(
            f"accounts are texts in {texts} and numbers in {numbers}, so that no account is in both; "
            "cast one of them in Spark",
            by_type["number"][0],
        )


# ---- order -----------------------------------------------------------------------------------------------------------


def _warn_of_ties(model: Model, sources: Mapping[str, Source]) -> None:
    """Where the order in which rows arrive decides, which a shuffle does not keep."""
    document = model.to_dict()
    tables = document.get("tables", {})
    asked = {name for name, table in tables.items() if table.get("kind") == "states"}
    asked |= {each.get("from") for each in document.get("metrics", {}).values() if each.get("agg") in _ORDERS}
    loose = [
        name for name, each in sources.items() if name in asked and each.order is None and "order" not in tables[name]
    ]
    if loose:
        listed = ", ".join(loose)
        warnings.warn(
            f"{listed}: of rows of one account and time the one that arrives later counts, and Spark keeps no order; "
            f"name a column that tells, as in order={{{loose[0]!r}: 'updated_at'}}",
            UserWarning,
            stacklevel=4,
        )
