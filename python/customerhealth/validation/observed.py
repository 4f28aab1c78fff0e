"""Up to when the tables of a portfolio know what happened."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from .. import _core
from ..errors import DataError
from ..io.columns import Ints, micros_of, months_of
from ..io.instants import AsOf, instant_of, one_instant
from ..io.results import as_table
from ..loaded import Loaded
from ..model import Model
from .ahead import after, checked_length

__all__ = ["last_known", "months_over"]

_MONTHS = 24

_FAR = "9999-12-31"  # after every row, and within what a calendar reaches


def months_over(loaded: Loaded, horizon: str, lead: str, observed: AsOf | None) -> Ints:
    """The beginnings of the last 24 months whose windows are over, from when all tables that have rows have some on."""
    last = last_known(loaded)[0] if observed is None else one_instant(observed, "observed")
    first = max(_firsts(loaded), default=last)
    months = np.arange(int(months_of(np.array([first]))[0]) + 1, int(months_of(np.array([last]))[0]) + 1)
    begins = months.astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
    ends = after(after(begins, checked_length("lead", lead, nothing=True)), checked_length("horizon", horizon))
    over = begins[ends <= last][-_MONTHS:]
    if not len(over):
        shown = [_core.show_instant(at) for at in (first, last)]
        span = f"the tables have rows from {shown[0]} to {shown[1]}"
        raise DataError(f"{span}: no window of {horizon} from a month on is over")
    return np.asarray(over, np.int64)


def _firsts(loaded: Loaded) -> list[int]:
    """When the first row of each table that has rows happened, or began."""
    seen = []
    for name, spec in loaded.model.to_dict().get("tables", {}).items():
        if spec["kind"] == "states":  # of which a metric sees the state in force alone
            rows = as_table(loaded.core.rows(name, instant_of(_FAR), loaded.threads, None))
            seen.append(micros_of(rows[spec["time"]].drop_null()))
        elif spec["kind"] in ("events", "intervals"):
            started = {"rows": "started"} if spec["kind"] == "intervals" else {}
            seen += _times(loaded, {"first": {"from": name, "agg": "first_time", **started}}).values()
    return [int(at.min()) for at in seen if len(at)]


def last_known(loaded: Loaded) -> tuple[int, str | None]:
    """When the last row of the tables became known; and a note where that is a start ahead of all else.

    A row without a time at which it became known is known when it starts, or happens: a contract that was signed ahead
    and does not say so starts after all that was seen, and up to then nobody can say what came.
    """
    metrics, accounts = _metrics(loaded), _accounts_known(loaded)
    if not metrics and not accounts:
        raise DataError("observed: no table of the model has times; say up to when outcomes are known")
    latest = {name: int(values.max()) for name, values in {**_times(loaded, metrics), **accounts}.items()}
    if not latest:
        raise DataError("observed: the tables have no row; say up to when outcomes are known")
    known = max((at for name, at in latest.items() if not name.startswith("ahead")), default=None)
    last = max(latest.values())
    if known is None or known == last:
        return last, None
    shown = [_core.show_instant(at) for at in (last, known)]
    return last, (
        f"outcomes are taken as known up to {shown[0]}, when a row starts that does not say when it became known; "
        f"nothing else is known after {shown[1]}: give observed={shown[1]!r} if it was signed ahead"
    )


def _accounts_known(loaded: Loaded) -> dict[str, Ints]:
    """When rows of the accounts table became known, where it says so."""
    for name, spec in loaded.model.to_dict().get("tables", {}).items():
        if spec["kind"] == "accounts" and "known" in spec:
            rows = as_table(loaded.core.rows(name, instant_of(_FAR), loaded.threads, None))
            at = micros_of(rows[spec["known"]].drop_null())
            return {name: at} if len(at) else {}
    return {}


def _times(loaded: Loaded, metrics: dict[str, dict[str, Any]]) -> dict[str, Ints]:
    """What metrics of times are of each account, in the far future; those without any are left out."""
    tables = loaded.model.to_dict()["tables"]
    fresh = {name: {key: value for key, value in spec.items() if key != "stale_after"} for name, spec in tables.items()}
    document = {"format": 1, "tables": fresh, "metrics": metrics}
    core = _core.Model.for_tables_of(json.dumps(document), loaded.model.core)
    bound = Loaded(loaded.core.with_model(core, loaded.threads, None), Model(core), loaded.threads)  # asks for no score
    far = np.array([instant_of(_FAR)]).astype("datetime64[us]")
    table = bound.score_part(far, columns=list(metrics)).table
    seen = {name: micros_of(table[name].drop_null()) for name in metrics}
    return {name: values for name, values in seen.items() if len(values)}


def _metrics(loaded: Loaded) -> dict[str, dict[str, Any]]:
    """When the last row of each table became known; of intervals that do not say it, called ahead, when it starts."""
    metrics: dict[str, dict[str, Any]] = {}
    for place, (name, spec) in enumerate(loaded.model.to_dict().get("tables", {}).items()):
        if spec["kind"] not in ("events", "states", "intervals"):
            continue
        is_interval, known = spec["kind"] == "intervals", spec.get("known")
        time = _quoted(spec["start" if is_interval else "time"])
        of = time if known is None else f"coalesce({_quoted(known)}, {time})"
        kind = "ahead" if is_interval and known is None else "seen"
        started = {"rows": "started"} if is_interval else {}
        metrics[f"{kind}_{place}"] = {"from": name, "agg": "max", "of": of, **started}
    return metrics


def _quoted(column: object) -> str:
    return '"' + str(column).replace('"', '""') + '"'
