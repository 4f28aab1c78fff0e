"""A sensor that waits for a table's feed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

try:
    from airflow.sdk import BaseSensorOperator, PokeReturnValue
    from airflow.sdk.configuration import conf
except ImportError:  # Airflow 2
    from airflow.configuration import conf
    from airflow.sensors.base import BaseSensorOperator, PokeReturnValue

from .changes import signature_of
from .tasks import as_of_in, final_errors, path_of, timeout

__all__ = ["WaitForFreshTable"]


class WaitForFreshTable(BaseSensorOperator):
    """Wait until a table's newest row is as new as the model's ``stale_after`` wants it at the run's as-of.

    Without it a run that comes before its data scores nothing of that table: its metrics are missing, ``stale``.

    Parameters
    ----------
    model : path, str or dict
        As for :class:`ScorePortfolioOperator`.
    table : str
        The name of a table of the model, of kind events, intervals or states.
    source : path or list of paths
        What is read for it, as in ``tables`` of :class:`ScorePortfolioOperator`. One that is not there is waited for.
    as_of : date-like, optional
        As for :class:`ScorePortfolioOperator`.
    max_age : str, optional
        A length such as ``2d``, in the place of the model's ``stale_after``.
    deferrable : bool, optional
        Give the worker's slot back while waiting. The triggerer then looks at the files every `poke_interval` seconds,
        and the table is read again when they changed. Default: ``[operators] default_deferrable`` of Airflow.
    **kwargs
        Those of every sensor.

    Notes
    -----
    It returns a small dict: ``table``, ``as_of``, ``as_of_from``, ``newest`` (the time of the newest row that was
    known) and ``stale_after``.
    """

    template_fields: Sequence[str] = ("model", "table", "source", "as_of", "max_age")
    template_ext: Sequence[str] = ()
    ui_color = "#e6f1f2"

    def __init__(
        self,
        *,
        model: Any,
        table: str,
        source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        as_of: Any = None,
        max_age: str | None = None,
        deferrable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.model, self.table, self.as_of, self.max_age = path_of(model), table, as_of, max_age
        self.source = [path_of(each) for each in source] if isinstance(source, list | tuple) else path_of(source)
        if deferrable is None:
            deferrable = conf.getboolean("operators", "default_deferrable", fallback=False)
        self.deferrable = deferrable

    def poke(self, context: Any) -> Any:
        """Whether the table is fresh now."""
        from ..errors import DataError
        from .freshness import freshness_of
        from .inputs import model_of

        as_of = as_of_in(self.as_of, context, self.log)
        if signature_of(self.source) == signature_of([]):
            self.log.info("table %s: there is nothing at %s yet", self.table, self.source)
            return False
        try:
            with final_errors():
                seen = freshness_of(model_of(self.model), self.table, self.source, as_of.micros, self.max_age)
        except DataError as error:  # such as a file that is being written
            self.log.warning("table %s: looked at again: %s", self.table, error)
            return False
        newest = seen.newest or "not there"
        self.log.info("table %s: the newest row is %s, to be within %s", self.table, newest, seen.stale_after)
        summary = {"table": self.table, "as_of": as_of.shown, "as_of_from": as_of.source}
        return PokeReturnValue(seen.fresh, summary | {"newest": seen.newest, "stale_after": seen.stale_after})

    def execute(self, context: Any) -> Any:
        """Wait, in this process or deferred."""
        if not self.deferrable:
            return super().execute(context)
        return self._wait(context, time.time() + self.timeout)

    def look_again(self, context: Any, event: Mapping[str, Any], deadline: float | None = None) -> Any:
        """Go on when the trigger has fired; a test of a DAG, which runs triggers itself, forgets the deadline."""
        del event
        return self._wait(context, time.time() + self.timeout if deadline is None else deadline)

    def _wait(self, context: Any, deadline: float) -> Any:
        from .triggers import TableChangedTrigger

        seen = signature_of(self.source)  # before the look: what changes meanwhile is looked at again
        found = self.poke(context)
        if found:
            return found.xcom_value
        left = deadline - time.time()
        if left <= 0:
            raise timeout(f"table {self.table} was not fresh within {self.timeout:,.0f} seconds", skip=self.soft_fail)
        self.defer(
            trigger=TableChangedTrigger(self.source, seen, self.poke_interval),
            method_name="look_again",
            kwargs={"deadline": deadline},
            timeout=timedelta(seconds=left),
        )
        raise AssertionError("defer does not return")
