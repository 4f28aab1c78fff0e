"""The as-of of a run: what it is and who said so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from .. import _core
from ..errors import DataError
from ..io.instants import one_instant

__all__ = ["RunAsOf", "as_of_of"]

_IN_CONTEXT = ("partition_date", "data_interval_end", "logical_date")
_RENDERED_TO_NOTHING = ("", "None")


class RunAsOf(NamedTuple):
    """An as-of and where it was found."""

    micros: int
    """UTC, since the epoch."""
    source: str
    """``as_of=``, ``dag_run.conf["as_of"]`` or the name in the context of the run."""

    @property
    def shown(self) -> str:
        """``2026-07-01`` at midnight UTC, else ``2026-07-01T06:00:00Z``."""
        return _core.show_instant(self.micros)


def as_of_of(given: object, context: Mapping[str, Any]) -> RunAsOf:
    """The as-of of a run, the first of these that there is.

    What the task was given; ``as_of`` in the run's configuration; the run's ``partition_date``, its
    ``data_interval_end``, its ``logical_date``. It is never the day on which the task happens to run, unless
    ``as_of="today"`` asks for the last midnight, UTC. ``ds`` is no choice: it is the start of the interval, a day
    before what is known when the run is due.

    Parameters
    ----------
    given : date-like or None
        The operator's `as_of`, rendered.
    context : mapping
        That of the task.

    Raises
    ------
    DataError
        If there is none of these, or it is no date.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> context = {"data_interval_end": datetime(2026, 7, 1, tzinfo=timezone.utc)}
    >>> as_of_of(None, context).shown, as_of_of("2026-06-01", context).source
    ('2026-07-01', 'as_of=')
    """
    if given is not None:
        return RunAsOf(_instant(given, "as_of="), "as_of=")
    conf = getattr(context.get("dag_run"), "conf", None) or {}
    if conf.get("as_of") is not None:
        source = 'dag_run.conf["as_of"]'
        return RunAsOf(_instant(conf["as_of"], source), source)
    for name in _IN_CONTEXT:
        found = context.get(name)
        if found is not None:
            return RunAsOf(_instant(found, name), name)
    raise DataError(
        "the run says no as-of: it has no partition_date, data_interval_end or logical_date; give the task as_of=, or "
        'trigger it with the configuration {"as_of": "2026-07-01"}; as_of="today" takes the last midnight, UTC'
    )


def _instant(value: object, source: str) -> int:
    if isinstance(value, str):
        if value.strip() in _RENDERED_TO_NOTHING:
            raise DataError(f"{source} is {value!r}: its template found nothing in this run")
        if value.strip() == "today":
            value = datetime.now(timezone.utc).date()
    try:
        return one_instant(value, source)  # type: ignore[arg-type]
    except DataError as error:
        raise DataError(f"{source}: {error}") from None
