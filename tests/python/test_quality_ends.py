"""Ends that miss the next start by a moment or a day: what quality() says, and where it is silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import customerhealth as ch
from findings import findings, model_of

HISTORY = {"kind": "intervals", "account": "id", "start": "start", "end": "end"}
NEW_YEAR = datetime(2026, 1, 1)
MOMENT = "history: end_moment_before_start"
DAY = "history: end_day_before_start"


def history(*spans: tuple[str, datetime, datetime | None]) -> pa.Table:
    ids, starts, ends = zip(*spans, strict=True)
    return pa.table(
        {"id": ids, "start": pa.array(starts, pa.timestamp("us")), "end": pa.array(ends, pa.timestamp("us"))}
    )


def versions(gap: timedelta, *starts: datetime, account: str = "acme") -> list[tuple[str, datetime, datetime | None]]:
    """Each ends a gap before the next starts."""
    nexts = [start - gap for start in starts[1:]]
    return [(account, start, end) for start, end in zip(starts, [*nexts, None], strict=True)]


def on(month: int, day: int = 1, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, 17 if hour else 0)


def found(*spans: tuple[str, datetime, datetime | None], **keys: str) -> dict[str, dict[str, Any]]:
    return findings(model_of(history=HISTORY | keys), history=history(*spans))


@pytest.mark.parametrize(
    ("gap", "by"),
    [
        (timedelta(microseconds=1), "0.001 ms"),
        (timedelta(milliseconds=1), "1 ms"),
        (timedelta(seconds=1), "1 second"),
    ],
)
def test_ends_a_moment_before_the_next_start_are_told(gap: timedelta, by: str) -> None:
    spans = versions(gap, on(1), on(3, 5, 11), on(6), account="acme") + versions(gap, on(2), account="zeta")
    row = found(*spans)[MOMENT]
    assert (row["rows"], row["first_row"]) == (2, 0)
    assert row["example"].startswith("account acme, end 2026-03-05T11:16:")
    assert row["meaning"].startswith(
        f"2 of 2 ends that the account's next start follows within a month miss it by {by}: "
    )
    assert '`end_is`: "inclusive"' in row["meaning"]
    assert "last_day" not in row["meaning"]
    midnights = found(*versions(gap, on(1), on(3), on(6)))[MOMENT]
    assert midnights["meaning"].endswith('since all of these starts are at midnight, "last_day" fits as well')


@pytest.mark.parametrize("gap", [timedelta(0), timedelta(seconds=1, microseconds=1), timedelta(hours=5)])
def test_ends_that_touch_or_leave_more_are_not_told(gap: timedelta) -> None:
    assert found(*versions(gap, on(1), on(3, 5, 11), on(6))) == {}


def test_ends_a_day_before_the_next_start_are_told() -> None:
    row = found(*versions(timedelta(days=1), on(1), on(3, 5), on(6)))[DAY]
    assert (row["rows"], row["first_row"]) == (2, 0)
    assert row["example"] == "account acme, end 2026-03-04, the next start 2026-03-05"
    assert row["meaning"].endswith('one day: nothing holds on it; if an end is the last day, say `end_is`: "last_day"')


@pytest.mark.parametrize("gap", [timedelta(days=2), timedelta(days=1, microseconds=1), timedelta(hours=23)])
def test_a_day_is_exactly_one(gap: timedelta) -> None:
    assert found(*versions(gap, on(1), on(3), on(6))) == {}


def test_what_end_is_says_closes_the_gap() -> None:
    spans = versions(timedelta(days=1), on(1), on(3), on(6))
    assert found(*spans, end_is="last_day") == {}
    moments = history(*versions(timedelta(milliseconds=1), on(1), on(3, 4, 9), on(6)))
    inclusive = model_of(history=HISTORY | {"end_is": "inclusive"})
    in_millis = moments.set_column(2, "end", moments["end"].cast(pa.timestamp("ms")))
    assert findings(inclusive, history=in_millis) == {}
    assert "must be 0.999 ms then" in findings(inclusive, history=moments)[MOMENT]["meaning"]


def test_days_that_are_taken_for_last_moments_are_told(tmp_path: Path) -> None:
    """A text file has no days of its own: its times are microseconds, whatever they are written as."""
    (tmp_path / "history.csv").write_text(
        "id,start,end\nacme,2026-01-01,2026-02-28\nacme,2026-03-01,2026-05-31\nacme,2026-06-01,\n"
    )
    inclusive = model_of(history=HISTORY | {"end_is": "inclusive"})
    row = {r["check"]: r for r in ch.Portfolio(inclusive, history=tmp_path / "history.csv").quality().to_pylist()}[
        "end_day_before_start"
    ]
    assert (row["rows"], row["first_row"]) == (2, 0)
    assert row["meaning"].endswith('one day: nothing holds on it; if an end is the last day, say `end_is`: "last_day"')
    days = history(*versions(timedelta(days=1), on(1), on(3), on(6)))
    as_dates = days.set_column(2, "end", days["end"].cast(pa.date32()))
    assert findings(inclusive, history=as_dates) == {}
    assert ch.Portfolio(inclusive, history=as_dates.to_pandas(date_as_object=True)).quality().num_rows == 0
    contracts = as_dates.append_column("mrr", pa.array([1.0, 2.0, 3.0]))
    assert ch.Revenue(contracts, account="id", end_is="inclusive").quality().num_rows == 0
    late = contracts.set_column(2, "end", pc.add(days["end"], timedelta(0)))
    checks = ch.Revenue(late, account="id", end_is="inclusive").quality()["check"].to_pylist()
    assert checks == ["end_day_before_start"]


@pytest.mark.parametrize("end_is", ["exclusive", "inclusive"])
def test_ends_at_the_last_minute_of_a_day_are_told(end_is: str) -> None:
    spans = versions(timedelta(minutes=1), on(1), on(3), on(6))
    row = found(*spans, end_is=end_is)[DAY]
    assert row["rows"] == 2
    assert row["meaning"].endswith(
        'one minute: nothing holds in it; if an end is the last day, say `end_is`: "last_day"'
    )
    assert found(*spans, end_is="last_day") == {}
    assert found(*versions(timedelta(minutes=1), on(1), on(3, 5, 11), on(6, 5, 11))) == {}
    assert found(*versions(timedelta(seconds=40), on(1), on(3), on(6))) == {}


def test_gaps_that_come_by_chance_are_not_told() -> None:
    day, spans = timedelta(days=1), []
    for k in range(60):  # tickets of days: most are opened on the day on which another is closed, or days after
        start = NEW_YEAR + k * 5 * day
        spans.append(("acme", start, start + (k % 5 + 1) * day))
    assert found(*spans) == {}
    second, tickets = timedelta(seconds=1), []
    for k in range(400):
        start = NEW_YEAR + k * 40 * second
        tickets.append(("acme", start, start + (k * 7 % 40 + 1) * second))
    assert found(*tickets) == {}


def test_one_miss_among_many_that_touch_is_not_told() -> None:
    touching = versions(timedelta(0), *[NEW_YEAR + timedelta(days=7 * k) for k in range(15)])
    missing = versions(timedelta(days=1), on(1), on(3), account="zeta")
    assert found(*touching, *missing) == {}


def test_other_accounts_and_rows_that_run_on_do_not_matter() -> None:
    spans = [("acme", on(1), datetime(2026, 2, 28)), ("zeta", on(3), None)]
    assert found(*spans) == {}
    beside = [("acme", on(1), None), *versions(timedelta(days=1), on(2), on(3), on(4))]
    assert found(*beside)[DAY]["rows"] == 2


def test_rows_that_take_back_do_not_matter() -> None:
    spans = history(*versions(timedelta(days=1), on(1), on(3), on(6)))
    spans = spans.append_column("key", pa.array(["x", "y", "z"]))
    roles = model_of(history=HISTORY | {"key": "key", "deleted": "gone"})
    kept = spans.append_column("gone", pa.array([False, False, False]))
    assert findings(roles, history=kept)[DAY]["rows"] == 2
    assert findings(roles, history=spans.append_column("gone", pa.array([True, True, False]))) == {}


def test_revenue_tells_each_end_once() -> None:
    for gap, check in ((timedelta(milliseconds=1), "moment"), (timedelta(days=1), "day")):
        starts = (on(1), on(3, 5, 11 if check == "moment" else 0), on(6))
        contracts = history(*versions(gap, *starts)).append_column("mrr", pa.array([1.0, 2.0, 3.0]))
        quality = ch.Revenue(contracts, account="id").quality().to_pylist()
        assert [(row["check"], row["rows"], row["first_row"]) for row in quality] == [
            (f"end_{check}_before_start", 2, 0)
        ]
        model = ch.Model.parse(
            {
                "format": 1,
                "tables": {"contracts": HISTORY},
                "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
            }
        )
        portfolio = ch.Portfolio(model, contracts=contracts)
        assert [row["check"] for row in portfolio.quality().to_pylist()] == [f"end_{check}_before_start"]
        assert portfolio.revenue().quality()["check"].to_pylist() == [f"end_{check}_before_start"]


def test_a_gap_bridges_moments_in_revenue() -> None:
    contracts = history(*versions(timedelta(milliseconds=1), on(1), on(3, 5, 11), on(6)))
    contracts = contracts.append_column("mrr", pa.array([1.0, 2.0, 3.0]))
    assert ch.Revenue(contracts, account="id", gap="1h").quality().num_rows == 0


def test_moments_before_midnight_are_last_days_unless_others_are_not() -> None:
    millisecond = timedelta(milliseconds=1)

    def check(*starts: datetime) -> list[str]:
        contracts = history(*versions(millisecond, *starts)).append_column("mrr", pa.array([1.0] * len(starts)))
        found: list[str] = ch.Revenue(contracts, account="id").quality()["check"].to_pylist()
        return found

    assert check(on(1), on(3), on(6)) == ["end_day_before_start"]
    assert check(on(1), on(3), on(6, 2, 5)) == ["end_moment_before_start"]
