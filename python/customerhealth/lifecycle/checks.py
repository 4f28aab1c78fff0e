"""What is asked of a life cycle: names that the model has, and ranges of dates."""

from __future__ import annotations

from collections.abc import Iterable

from .. import _core
from ..errors import DataError, unknown
from ..io.instants import AsOf, to_micros
from ..model import Model

__all__ = ["check_column", "check_journey", "chosen", "range_of"]


def chosen(kind: str, wanted: object, there: list[str]) -> list[str]:
    """Names that a model has, each once: all of them by default, one, or some."""
    if wanted is None:
        return there
    if not isinstance(wanted, Iterable):
        raise DataError(f"{kind}s: expected a name or a list of names, got {wanted!r}")
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for name in names:
        if name not in there:
            raise unknown(f"the model has no {kind}", name, there)
    if not names:
        raise DataError(f"{kind}s: expected one name or more, got none")
    return [name for name in there if name in names]


def check_column(model: Model, what: str, name: str) -> None:
    """Raises UnknownNameError when a panel has no such column."""
    if name not in model.columns:
        raise unknown(f"{what}: a panel of this model has no column", name, model.columns)


def check_journey(model: Model, journey: str) -> None:
    """Raises UnknownNameError when the model has no such journey."""
    if journey not in model.journeys:
        raise unknown("the model has no journey", journey, model.journeys)


def range_of(start: AsOf, end: AsOf) -> tuple[int, int]:
    """Both dates in microseconds."""
    (after,), (until,) = to_micros(start).tolist(), to_micros(end).tolist()
    if until < after:
        shown = [_core.show_instant(at) for at in (until, after)]
        raise DataError(f"the end {shown[0]} is before the start {shown[1]}")
    return after, until
