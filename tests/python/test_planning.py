"""Instants that are walked: each account from its own first row on, never more than a million, and Ctrl-C is heard."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pytest

import customerhealth as ch
from interrupts import seconds_to_stop

TS = pa.timestamp("us", "UTC")
HOUR = 3_600_000_000
START = 1_700_000_000_000_000


def model(every: str, **more: Any) -> ch.Model:
    return ch.Model.parse(
        {
            "format": 1,
            "clock": {"every": every},
            "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
            "metrics": {"n": {"from": "usage", "agg": "count", "window": "28d"}},
            "scores": {
                "health": {
                    "measures": {"n": {"value": "n", "percentile": {}}},
                    "grades": [{"name": "red"}, {"name": "green", "from": 50}],
                    "hysteresis": {"points": 5},
                    "trend": {"over": "28d"},
                }
            },
            "journeys": {
                "j": {"stages": [{"name": "a", "enter": "n > 0"}, {"name": "b", "enter": "health_grade = 'green'"}]}
            },
            "plays": {"call": {"when": "health_grade = 'red'"}},
        }
        | more
    )


def usage(accounts: int, rows: int) -> pa.Table:
    """Rows over two years; accounts begin one after the other."""
    place = np.arange(rows)
    ids = [f"a{k:05}" for k in (place * accounts // rows + place % 7) % accounts]
    return pa.table({"id": ids, "at": pa.array(START + place * (17_000 * HOUR // rows), TS)})


def one_row(at: int, account: str = "a00000") -> pa.Table:
    return pa.table({"id": [account], "at": pa.array([at], TS)})


def answers(portfolio: ch.Portfolio) -> list[Any]:
    """All that is told of accounts but the first."""
    panel = portfolio.score(["2024-06-01", "2025-09-01", "2025-09-03"])
    tables = [panel.table, panel.plays(closed=True), portfolio.moves("j", "2000-01-01", "2025-09-03")]
    return [[row for row in table.to_pylist() if row["account_id"] != "a00000"] for table in tables]


def test_an_account_is_walked_from_its_own_first_row_on_and_nothing_else_changes() -> None:
    """A row of 1970 is far outside of every window, so it changes no other account's answers."""
    rows = usage(400, 20_000)
    portfolios = [ch.Portfolio(model("1d"), usage=table) for table in (rows, pa.concat_tables([rows, one_row(0)]))]
    assert answers(portfolios[0]) == answers(portfolios[1])


def test_one_row_of_1970_costs_one_account_and_not_all() -> None:
    rows = usage(5_000, 50_000)
    took = []
    for table in (rows, pa.concat_tables([rows, one_row(0)])):
        portfolio = ch.Portfolio(model("1d"), usage=table)
        began = time.monotonic()
        portfolio.score("2025-09-01")
        took.append(time.monotonic() - began)
    assert took[1] < 3 * took[0] + 1, f"{took} s"
    assert "far_before_others" in portfolio.quality()["check"].to_pylist()


LIMITED = """
import sys, pyarrow as pa, customerhealth as ch
sys.path.insert(0, sys.argv[1])
import test_planning as t
portfolio = ch.Portfolio(t.model("1h"), usage=t.one_row(int(sys.argv[2])))
try:
    portfolio.score(sys.argv[3])
except ch.DataError as error:
    print(error)
# Not getrusage: its peak counts the memory that the tests' own process had when it started this one.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


@pytest.mark.parametrize(
    ("first", "as_of"), [(START, "9999-12-31"), (-62_135_596_800_000_000, "2026-01-01")], ids=["9999", "year 1"]
)
def test_too_many_instants_are_refused_at_once_and_with_the_clock(first: int, as_of: str) -> None:
    began = time.monotonic()
    run = [sys.executable, "-c", LIMITED, str(Path(__file__).parent), str(first), as_of]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    *said, megabytes = done.stdout.splitlines()
    if first == START:
        assert said[0].startswith("clock: every 1h there are more than 1,000,000 ticks from 2023-11-14T22:13:20Z")
    else:  # a clock has no tick before its anchor, which is 1970: half a million are walked
        assert said == []
    assert int(megabytes) < 1_500, megabytes
    assert time.monotonic() - began < 30


def test_a_clock_that_is_anchored_in_year_1_is_refused_for_a_row_of_year_1() -> None:
    early = ch.Portfolio(
        model("1h", clock={"every": "1h", "anchor": "0001-01-01"}), usage=one_row(-62_135_596_800_000_000)
    )
    began = time.monotonic()
    with pytest.raises(ch.DataError, match=r"clock: every 1h there are more than 1,000,000 ticks from 0001-01-01"):
        early.score("2026-01-01")
    assert time.monotonic() - began < 10


def test_trends_that_double_the_instants_are_refused_with_their_path() -> None:
    scores: dict[str, Any] = {}
    overs = [f"{2**k}h" for k in range(13)] + [f"{2**k}d" for k in range(9, 14)]
    for k, over in enumerate([*overs, "50y", "100y", "200y", "400y", "800y"]):
        value = f"s{k - 1}_change" if k else "n"
        scores[f"s{k}"] = {
            "measures": {"m": {"value": value, "identity": True}},
            "trend": {"over": over},
        }
    chained = ch.Portfolio(model("7d", scores=scores, journeys={}, plays={}), usage=one_row(START))
    began = time.monotonic()
    with pytest.raises(ch.DataError, match=r"scores\.s\d+\.trend: .* more than 1,000,000 instants"):
        chained.score("2026-01-01")
    assert time.monotonic() - began < 20


def test_ctrl_c_is_heard_while_one_account_is_walked() -> None:
    portfolio = ch.Portfolio(model("1h"), usage=pa.concat_tables([one_row(0), one_row(START, "b")]))
    took = [seconds_to_stop(lambda: portfolio.score("2080-01-01"), after) for after in (0.1, 0.3, 0.6)]
    assert min(took) < 0.2, f"{took} s"


def test_ctrl_c_is_heard_while_plays_are_listed() -> None:
    many = {f"p{k}": {"when": f"n > {k % 3}", "cooldown": "1d", "evidence": ["n"]} for k in range(5)}
    rows = usage(1_000, 60_000)
    panel = ch.Portfolio(model("7d", plays=many), usage=rows).score(ch.dates("2024-01-01", "2025-09-01", every="1d"))
    took = [seconds_to_stop(lambda: panel.plays(closed=True), 0.05) for _ in range(3)]
    assert min(took) < 0.2, f"{took} s"


def test_ctrl_c_is_heard_while_reasons_are_listed() -> None:
    metrics = {f"m{k}": {"from": "usage", "agg": "mean", "of": "x", "window": f"{k + 1}d"} for k in range(30)}
    document = {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": metrics,
    }
    rows = usage(1_000, 20_000).append_column("x", pa.nulls(20_000, pa.float64()))
    panel = ch.Portfolio(ch.Model.parse(document), usage=rows).score(ch.dates("2024-01-01", "2025-09-01", every="1d"))
    took = [seconds_to_stop(panel.reasons, 0.01) for _ in range(3)]
    assert min(took) < 0.2, f"{took} s"


def test_ctrl_c_is_heard_between_the_batches_of_a_producer_in_c() -> None:
    batch = pa.record_batch({"id": ["a"] * 2_000, "at": pa.array([START] * 2_000, TS)})
    dataset = pa.dataset.dataset(pa.Table.from_batches([batch] * 4_000))

    class Source:
        """Its capsule is not pyarrow's own reader, which Python reads."""

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return dataset.scanner(batch_size=200).to_reader().__arrow_c_stream__(requested_schema)

    took = [seconds_to_stop(lambda: ch.Portfolio(model("7d"), usage=Source()), 0.05) for _ in range(3)]
    assert min(took) < 0.2, f"{took} s"


def test_ctrl_c_is_heard_while_a_document_of_a_million_labels_is_read() -> None:
    score = {"measures": {"w": {"value": "w", "labels": {f"v{k}": 1 for k in range(1_000_000)}}}}
    metrics = {"w": {"from": "usage", "agg": "last", "of": "word"}}
    tables = {"usage": {"kind": "events", "account": "id", "time": "at"}}
    text = json.dumps({"format": 1, "tables": tables, "metrics": metrics, "scores": {"s": score}})
    took = [seconds_to_stop(lambda: ch.Model.parse(text), after) for after in (0.1, 0.5, 1.0)]
    assert min(took) < 0.2, f"{took} s"


def test_ctrl_c_is_heard_while_paths_are_sought() -> None:
    measures = {f"m{k}": {"value": f"n + {k}", "curve": [[0, 0], [3, 60], [9, 100]]} for k in range(2_000)}
    score = {"measures": measures, "grades": [{"name": "red"}, {"name": "green", "from": 99.99}]}
    document = {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"n": {"from": "usage", "agg": "count", "window": "28d"}},
        "scores": {"s": score},
    }
    panel = ch.Portfolio(ch.Model.parse(document), usage=usage(300, 3_000)).score("2025-06-01")
    took = [seconds_to_stop(lambda: panel.path_to("green", score="s"), 0.05) for _ in range(3)]
    assert min(took) < 0.2, f"{took} s"


@pytest.mark.parametrize("kind", ["labels", "caps", "grades", "roles"])
def test_a_document_four_times_as_long_takes_no_sixteen_times_the_time(kind: str) -> None:
    def seconds(count: int) -> float:
        score: dict[str, Any] = {"measures": {"n": {"value": "n", "identity": True}}}
        stage: dict[str, Any] = {"name": "a", "enter": "n > 0"}
        if kind == "labels":
            score["measures"]["w"] = {"value": "w", "labels": {f"v{k}": 1 for k in range(count)}}
        elif kind == "caps":
            score["caps"] = [{"name": f"c{k}", "when": "n > 3", "at_most": 50} for k in range(count)]
        elif kind == "grades":
            score["grades"] = [{"name": f"g{k}", "from": 50 * k / count} for k in range(count)]
        else:
            stage["roles"] = [f"r{k}" for k in range(count)]
        metrics = {
            "n": {"from": "usage", "agg": "count"},
            "w": {"from": "usage", "agg": "last", "of": "word"},
        }
        text = json.dumps(
            {
                "format": 1,
                "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
                "metrics": metrics,
                "scores": {"s": score},
                "journeys": {"j": {"stages": [stage]}},
            }
        )
        began = time.process_time()
        ch.Model.parse(text)
        return time.process_time() - began

    few = min(seconds(10_000) for _ in range(2))
    assert seconds(40_000) < 8 * few + 0.2


@pytest.mark.parametrize("deep", [True, False])
def test_more_parts_than_a_person_reads_are_refused_with_what_to_do(deep: bool) -> None:
    measures = {f"m{k}": {"value": "n", "identity": True} for k in range(100_001)}
    document = {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"n": {"from": "usage", "agg": "count"}},
        "scores": {"wide": {"measures": measures}, "top": {"measures": {"w": {"score": "wide"}}}},
    }
    panel = ch.Portfolio(ch.Model.parse(document), usage=one_row(START)).score("2026-01-01")
    what = "scores of their own" if not deep else "when its nested scores are taken apart; ask for one level"
    with pytest.raises(ch.Error, match=f"more than 100,000 parts.*{what}"):
        panel.contributions("top" if deep else "wide", deep=deep)
