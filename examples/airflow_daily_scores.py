"""An Airflow DAG that scores every account once a day: a partition of Parquet a day, the same bytes on every rerun.

Without configuration it scores the data that the package ships. For your own:

* ``CUSTOMERHEALTH_TABLES``: the tables, ``{"usage": "/data/usage.parquet", ...}`` (Parquet, CSV or Arrow)
* ``CUSTOMERHEALTH_MODEL``: a model's JSON file, or the name of a preset
* ``CUSTOMERHEALTH_OUT``: the folder to write to; a day's run writes ``panel/as_of=DAY`` and ``reasons/as_of=DAY``

Put this file into Airflow's dags folder, or run it: ``python airflow_daily_scores.py 2026-08-01``.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

try:
    from airflow.sdk import dag
except ImportError:  # Airflow 2
    from airflow.decorators import dag

import customerhealth
from customerhealth.airflow import ScorePortfolioOperator

SHIPPED = Path(customerhealth.__file__).parent / "datasets" / "data" / "activity.parquet"


@dag(
    dag_id="customerhealth_daily",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    tags=["customerhealth"],
)
def daily_scores() -> None:
    ScorePortfolioOperator(
        task_id="score",
        model=os.environ.get("CUSTOMERHEALTH_MODEL", "oss-projects"),
        tables=json.loads(os.environ.get("CUSTOMERHEALTH_TABLES", "null")) or {"activity": str(SHIPPED)},
        output=os.environ.get("CUSTOMERHEALTH_OUT", "customerhealth-scores"),
        fail_on=["null_account", "null_time"],
    )


daily = daily_scores()

if __name__ == "__main__":
    day = datetime.fromisoformat(sys.argv[1] if len(sys.argv) > 1 else "2026-08-01").replace(tzinfo=timezone.utc)
    try:
        run = daily.test(logical_date=day)
    except TypeError:  # Airflow 2
        run = daily.test(execution_date=day)
    sys.exit(0 if run is None or run.state == "success" else 1)
