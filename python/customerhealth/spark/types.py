"""Arrow's types as Spark's, and Spark's as Arrow's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

__all__ = ["arrow_type", "need_pyspark", "plain", "plain_schema", "spark_schema"]


def need_pyspark() -> Any:
    """The module `pyspark.sql`. Raises ImportError that names the extra, or a version that is too old."""
    try:
        from pyspark import sql
    except ImportError as error:
        raise ImportError(
            f"customerhealth.spark needs PySpark ({error}): pip install 'customerhealth[spark]'", name="pyspark"
        ) from error
    if not hasattr(sql.DataFrame, "repartitionById"):
        from pyspark import __version__

        raise ImportError(
            f"customerhealth.spark needs PySpark 4.1 or later, not {__version__}: pip install 'customerhealth[spark]'",
            name="pyspark",
        )
    return sql


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The same without dictionaries, which Spark does not have, and without metadata."""
    import pyarrow as pa

    kinds = (each.type.value_type if pa.types.is_dictionary(each.type) else each.type for each in schema)
    return pa.schema([pa.field(name, kind) for name, kind in zip(schema.names, kinds, strict=True)])


def plain(table: pa.Table) -> pa.Table:
    """A table of :func:`plain_schema`."""
    return table.replace_schema_metadata(None).cast(plain_schema(table.schema))


def spark_schema(schema: pa.Schema) -> StructType:
    """What Spark calls it. An instant is Spark's TIMESTAMP whatever the session takes the word for."""
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(each.name, _spark_type(each.type)) for each in plain_schema(schema)])


def _spark_type(kind: pa.DataType) -> Any:
    import pyarrow as pa
    from pyspark.sql import types

    if pa.types.is_list(kind):
        return types.ArrayType(_spark_type(kind.value_type))
    known = {
        pa.string(): types.StringType(),
        pa.int64(): types.LongType(),
        pa.int32(): types.IntegerType(),
        pa.float64(): types.DoubleType(),
        pa.bool_(): types.BooleanType(),
        pa.binary(): types.BinaryType(),
        pa.timestamp("us", "UTC"): types.TimestampType(),
    }
    if kind not in known:
        raise DataError(f"spark: a column of Arrow's type {kind} has no type in Spark")
    return known[kind]


_PLAIN = {
    "string": "string", "char": "string", "varchar": "string", "byte": "int8", "short": "int16", "integer": "int32",
    "long": "int64", "float": "float32", "double": "float64", "boolean": "bool_", "date": "date32", "binary": "binary",
    "void": "null",
}  # fmt: skip


def arrow_type(kind: Any) -> pa.DataType | None:
    """What workers get of a type of Spark, with instants in UTC; None: nothing that a model reads."""
    import pyarrow as pa

    name = kind.typeName()
    if name in _PLAIN:
        found = getattr(pa, _PLAIN[name])()
        return found if isinstance(found, pa.DataType) else None
    if name in ("timestamp", "timestamp_ntz"):
        return pa.timestamp("us", "UTC" if name == "timestamp" else None)
    if name == "decimal":
        return pa.decimal128(kind.precision, kind.scale)
    inner = [kind.elementType] if name == "array" else [kind.keyType, kind.valueType] if name == "map" else []
    inner = [each.dataType for each in kind.fields] if name == "struct" else inner
    kinds = [arrow_type(each) for each in inner]
    if None in kinds or name not in ("array", "map", "struct"):
        return None
    if name == "struct":
        return pa.struct(list(zip(kind.names, kinds, strict=True)))
    return pa.list_(kinds[0]) if name == "array" else pa.map_(*kinds)
