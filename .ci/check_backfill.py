"""A backfill of three days of the example's DAG, run twice by a scheduler whose tasks are forked, gives the same bytes.

check_backfill.py    the example is in the dags folder and in the database, and writes to $CUSTOMERHEALTH_OUT
"""

import hashlib
import os
import secrets
import socket
import subprocess
import time
from pathlib import Path

SCORES = Path(os.environ["CUSTOMERHEALTH_OUT"])
DAYS = ["2026-07-30", "2026-07-31", "2026-08-01"]
FILES = [SCORES / table / f"as_of={day}" / "part-0.parquet" for table in ("panel", "reasons") for day in DAYS]
MOST_SECONDS = 300


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def ask_for_backfill(*options):
    asked = ["airflow", "backfill", "create", "--dag-id", "customerhealth_daily", "--from-date", DAYS[0]]
    end = time.monotonic() + MOST_SECONDS
    while True:  # SQLite has one writer, the scheduler may be it; it ends the backfill before only every half minute
        done = subprocess.run([*asked, "--to-date", DAYS[-1], *options], capture_output=True, text=True)
        if done.returncode == 0:
            return
        if time.monotonic() > end:
            raise SystemExit(f"no backfill can be asked for: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        time.sleep(2)


def inodes():
    return [file.stat().st_ino if file.exists() else None for file in FILES]


def digests_beside(before):
    """Of the files, when all are there and none is the one of before."""
    end = time.monotonic() + MOST_SECONDS
    while any(now in (None, old) for now, old in zip(inodes(), before, strict=True)):
        if time.monotonic() > end:
            raise SystemExit(f"the backfill has not written {', '.join(map(str, FILES))} in {MOST_SECONDS} s")
        time.sleep(0.5)
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in FILES]


port = free_port()
os.environ |= {
    "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
}
server = ["airflow", "api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
nothing = inodes()
ask_for_backfill()
with open("backfill.log", "wb") as log:
    running = [subprocess.Popen(each, stdout=log, stderr=log) for each in (server, ["airflow", "scheduler"])]
    try:
        first = digests_beside(nothing)
        before = inodes()
        ask_for_backfill("--reprocess-behavior", "completed")
        second = digests_beside(before)
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait(timeout=60)
if first != second:
    raise SystemExit(f"the second backfill wrote other bytes: {first} and {second}")
print("a backfill of three days, run twice, has equal SHA-256: yes")
