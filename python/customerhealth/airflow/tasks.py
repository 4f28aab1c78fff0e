"""What the operators share: failing for good, and the as-of of a run in the task's log."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging

    from .as_of import RunAsOf

__all__ = ["as_of_in", "failure", "final_errors", "names_of", "path_of", "push_to_outlets", "timeout"]


def failure(message: str) -> Exception:
    """The exception that fails a task without another try."""
    try:
        from airflow.sdk.exceptions import AirflowFailException
    except ImportError:  # before 3.1
        from airflow.exceptions import AirflowFailException
    made: Exception = AirflowFailException(message)
    return made


def timeout(message: str, *, skip: bool) -> Exception:
    """The exception of a sensor whose time is up; `skip`: of one that shall be skipped then."""
    try:
        from airflow.sdk.exceptions import AirflowSensorTimeout, AirflowSkipException
    except ImportError:
        from airflow.exceptions import AirflowSensorTimeout, AirflowSkipException
    made: Exception = (AirflowSkipException if skip else AirflowSensorTimeout)(message)
    return made


@contextmanager
def final_errors() -> Iterator[None]:
    """Fail a task for good where trying again is no use; other errors go on as they are."""
    from .scoring import is_final

    try:
        yield
    except Exception as error:
        if is_final(error):
            raise failure(str(error)) from error
        raise


def as_of_in(given: object, context: Mapping[str, Any], log: logging.Logger) -> RunAsOf:
    """The as-of of a run; the log says where it was found. A run without one fails for good."""
    from ..errors import DataError
    from .as_of import as_of_of

    try:
        found = as_of_of(given, context)
    except DataError as error:
        raise failure(str(error)) from error
    log.info("as of %s, from %s", found.shown, found.source)
    return found


def push_to_outlets(outlets: Sequence[Any], context: Mapping[str, Any], extra: dict[str, Any]) -> None:
    """Give the event of each asset that the task updates what the task returns."""
    for outlet in outlets:
        if hasattr(outlet, "uri"):  # an asset, and not an alias or a note about lineage
            context["outlet_events"][outlet].extra = extra


def names_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several."""
    return (given,) if isinstance(given, str) else tuple(given)


def path_of(given: Any) -> Any:
    """A path as a text, which a template may be; what is neither, such as an upstream task's result, as it is."""
    return os.fspath(given) if isinstance(given, os.PathLike) else given
