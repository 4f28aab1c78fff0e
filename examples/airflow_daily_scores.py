"""An Airflow DAG that scores every account once a day and writes the panel and the reasons to Parquet.

Without configuration it scores the data that the package ships. For your own:

* ``CUSTOMERHEALTH_TABLES``: the tables, ``{"usage": "/data/usage.parquet", ...}`` (Parquet, CSV or Arrow)
* ``CUSTOMERHEALTH_MODEL``: a model's JSON file, or the name of a preset
* ``CUSTOMERHEALTH_OUT``: the folder to write to; a day's run writes ``panel-DAY.parquet`` and ``reasons-DAY.parquet``

Put this file into Airflow's dags folder, or run it: ``python airflow_daily_scores.py 2026-08-01``.
A run of a day sees what was known before that day began, so that running it again gives the same files.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task

log = logging.getLogger(__name__)


@task
def score(ds: str | None = None) -> dict[str, str | int]:
    """Score all accounts as of the day of the run; what is returned goes to the database, so it stays small."""
    import customerhealth as ch  # here: the scheduler reads this file often and needs none of it

    as_of = ds
    if as_of is None:  # Airflow 3, started by hand without a date
        as_of = datetime.now(timezone.utc).date().isoformat()
        log.warning("the run has no logical date: scoring as of today, %s", as_of)

    portfolio = ch.Portfolio(_model(), tables=_tables())
    for finding in portfolio.quality().to_pylist():
        log.warning("%(table)s: %(check)s in %(rows)s rows, such as row %(first_row)s: %(example)s", finding)

    panel = portfolio.score(as_of)
    out = Path(os.environ.get("CUSTOMERHEALTH_OUT", "customerhealth-scores"))
    files = {"panel": out / f"panel-{as_of}.parquet", "reasons": out / f"reasons-{as_of}.parquet"}
    _write(panel.table, files["panel"])
    _write(panel.reasons().table, files["reasons"])
    log.info("scored %d accounts as of %s: %s", len(panel), as_of, files["panel"])
    return {
        "as_of": as_of,
        "accounts": len(panel),
        "model": panel.digest,
        "version": panel.version,
        **{name: str(file) for name, file in files.items()},
    }


def _model():
    import customerhealth as ch

    name = os.environ.get("CUSTOMERHEALTH_MODEL", "oss-projects")
    return ch.Model.preset(name) if name in ch.Model.presets() else ch.Model.load(name)


def _tables() -> dict[str, str]:
    given = os.environ.get("CUSTOMERHEALTH_TABLES")
    if given:
        return json.loads(given)
    from customerhealth.demo import DATA

    return {"activity": str(DATA)}


def _write(table, file: Path) -> None:
    import pyarrow.parquet as pq

    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    pq.write_table(table, unfinished)
    unfinished.replace(file)  # readers see the old file or the new one, never half of one


@dag(
    dag_id="customerhealth_daily",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["customerhealth"],
)
def daily_scores():
    score()


daily = daily_scores()

if __name__ == "__main__":
    day = datetime.fromisoformat(sys.argv[1] if len(sys.argv) > 1 else "2026-08-01").replace(tzinfo=timezone.utc)
    try:
        run = daily.test(logical_date=day)
    except TypeError:  # Airflow 2
        run = daily.test(execution_date=day)
    sys.exit(0 if run is None or run.state == "success" else 1)
