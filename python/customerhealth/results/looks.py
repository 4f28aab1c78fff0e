"""How a column wants to be shown: what its field's metadata say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PLAIN", "Look", "look_of", "with_looks"]

_KEY = b"customerhealth.look"


@dataclass(frozen=True)
class Look:
    """How to show a column. Attributes that are None are left to the values."""

    label: str | None = None
    """What stands at its head."""
    unit: str | None = None
    """``percent``: values are fractions; else the text behind a number."""
    digits: int | None = None
    """Decimals."""
    grades: tuple[str, ...] = ()
    """What the texts are, from the worst to the best."""


PLAIN = Look()


def look_of(field: pa.Field) -> Look:
    """What the field of a schema says."""
    said = (field.metadata or {}).get(_KEY)
    if said is None:
        return PLAIN
    found = json.loads(said)
    return Look(found["label"], found["unit"], found["digits"], tuple(found["grades"]))


def with_looks(table: pa.Table, looks: Mapping[str, Look]) -> pa.Table:
    """The table, whose columns of these names say how they want to be shown; the others say what they said."""
    schema = table.schema
    for place, field in enumerate(schema):
        look = looks.get(field.name, PLAIN)
        if look != PLAIN:
            said = json.dumps(asdict(look), ensure_ascii=False).encode()
            schema = schema.set(place, field.with_metadata({**(field.metadata or {}), _KEY: said}))
    return table.cast(schema)
