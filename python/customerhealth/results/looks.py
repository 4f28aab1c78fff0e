"""How a column wants to be shown: what its field's metadata say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PLAIN", "Look", "called", "look_of", "with_looks"]

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
    called: tuple[tuple[str, str], ...] = ()
    """What people call its texts, of those that are called otherwise."""

    def call(self, text: str) -> str:
        """What people call a text of the column."""
        return dict(self.called).get(text, text)


PLAIN = Look()


def look_of(field: pa.Field) -> Look:
    """What the field of a schema says."""
    said = (field.metadata or {}).get(_KEY)
    if said is None:
        return PLAIN
    found = json.loads(said)
    called = tuple((text, label) for text, label in found["called"])
    return Look(found["label"], found["unit"], found["digits"], tuple(found["grades"]), called)


def called(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Names that are called otherwise, with what they are called."""
    return tuple((name, label) for name, label in labels.items() if name != label)


def with_looks(table: pa.Table, looks: Mapping[str, Look]) -> pa.Table:
    """The table, whose columns of these names say how they want to be shown; the others say what they said."""
    schema, dressed = table.schema, False
    for place, field in enumerate(schema):
        look = looks.get(field.name, PLAIN)
        if look != PLAIN:
            dressed = True
            said = json.dumps(asdict(look), ensure_ascii=False).encode()
            schema = schema.set(place, field.with_metadata({**(field.metadata or {}), _KEY: said}))
    return table.cast(schema) if dressed else table
