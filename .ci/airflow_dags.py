"""DAGs that check_airflow.py runs, a file of a dags folder beside the example. They write to $CUSTOMERHEALTH_CHECKS."""

import os
from datetime import datetime, timezone
from pathlib import Path

try:
    from airflow.sdk import DAG, Asset, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task

import customerhealth
from customerhealth.airflow import AppendPortfolioOperator, ScorePortfolioOperator, WaitForFreshTable

DAYS = ["2026-07-30", "2026-07-31", "2026-08-01"]
DEMO = Path(customerhealth.__file__).parent / "datasets" / "data" / "activity.parquet"
OUT = Path(os.environ["CUSTOMERHEALTH_CHECKS"])
MODEL = {
    "format": 1,
    "tables": {"work": {"kind": "events", "account": "project", "time": "created_at", "stale_after": "2d"}},
    "metrics": {"done": {"from": "work", "agg": "count"}},
}


def dag_of(name):
    return DAG(name, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc))


with dag_of("expanded") as expanded:
    ScorePortfolioOperator.partial(
        task_id="score", model="oss-projects", tables={"activity": str(DEMO)}, output=str(OUT / "expanded")
    ).expand(as_of=DAYS)

with dag_of("appended") as appended:
    append = AppendPortfolioOperator(
        task_id="append",
        portfolio=str(OUT / "kept"),
        tables={"activity": str(DEMO)},
        key="{{ data_interval_end | ds }}",
        model="oss-projects",
    )
    append >> ScorePortfolioOperator(
        task_id="score", portfolio="{{ ti.xcom_pull('append')['portfolio'] }}", output=str(OUT / "appended")
    )

with dag_of("failing") as failing:
    ScorePortfolioOperator(
        task_id="score",
        model=MODEL,
        tables={"work": str(OUT / "broken.csv")},
        output=str(OUT / "failing"),
        as_of="{{ '2026-07-02' }}",
        fail_on="work.null_account>=1",
        retries=3,
    )

with dag_of("decorated") as decorated:

    @task.customerhealth(
        model="oss-projects", output=str(OUT / "decorated"), outlets=[Asset("customerhealth://scores")]
    )
    def score(ds=None):
        import pyarrow.parquet as pq

        assert ds == DAYS[-1]
        return {"activity": pq.read_table(DEMO)}

    score()


def waiting_dag(name, deferrable):
    with dag_of(name) as dag:
        WaitForFreshTable(
            task_id="wait",
            model=MODEL,
            table="work",
            source=str(OUT / f"{name}.csv"),
            as_of="2026-07-02",
            deferrable=deferrable,
            poke_interval=0.2,
            timeout=120,
        )
    return dag


waiting, deferred = waiting_dag("waiting", False), waiting_dag("deferred", True)
