"""What the DAG wrote is what a notebook would have got, and reading the DAG's file costs the scheduler nothing.

check_airflow.py EXAMPLES SCORES
"""

import sys
from pathlib import Path

examples, scores = map(Path, sys.argv[1:])

sys.path.insert(0, str(examples))
import airflow_daily_scores  # noqa: E402

if "customerhealth" in sys.modules:
    raise SystemExit(f"{airflow_daily_scores.__name__} imports customerhealth when it is read")

import pyarrow.parquet as pq  # noqa: E402

import customerhealth as ch  # noqa: E402
from customerhealth.demo import DATA  # noqa: E402

panel = ch.Portfolio(ch.Model.preset("oss-projects"), activity=DATA).score("2026-08-01")
for name, table in {"panel": panel.table, "reasons": panel.reasons()}.items():
    written = pq.read_table(scores / f"{name}-2026-08-01.parquet")
    if not written.equals(table.cast(written.schema)):
        raise SystemExit(f"{name}: the DAG wrote another table than the package gives here")
