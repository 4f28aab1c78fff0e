"""Revenue at the dates themselves: what an end, a start, a label or a window does exactly there, worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
from books import contracts

MICROSECOND = timedelta(microseconds=1)
# a comes back 14 days after its end, b leaves at the first of March, c begins there.
ROWS: list[tuple[Any, ...]] = [
    ("a", "2026-01-01", "2026-02-01", 10.0),
    ("a", "2026-02-15", None, 20.0),
    ("b", "2026-01-10", "2026-03-01", 30.0),
    ("c", "2026-03-01", None, 5.0),
]
BOOK = contracts(*ROWS)


def at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(list(columns or table.column_names)).to_pylist()]


# --- active periods ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2026-01-01", "2026-02-01", [("a", "2026-01-01", "2026-02-01"), ("b", "2026-01-10", None)]),
        ("2026-02-02", "2026-02-14", [("b", "2026-01-10", None)]),
        ("2026-02-02", "2026-02-15", [("a", "2026-02-15", None), ("b", "2026-01-10", None)]),
        (
            "2026-03-01",
            "2026-03-01",
            [("a", "2026-02-15", None), ("b", "2026-01-10", "2026-03-01"), ("c", "2026-03-01", None)],
        ),
        ("2026-03-02", "2026-03-02", [("a", "2026-02-15", None), ("c", "2026-03-01", None)]),
    ],
)
def test_stretches_that_end_at_either_date_are_listed(start: str, end: str, shown: list[tuple[Any, ...]]) -> None:
    found = rows(ch.Revenue(BOOK).active_periods(start, end))
    assert found == [(who, at(begun), at(over)) for who, begun, over in shown]


def test_a_stretch_goes_on_over_a_gap_of_just_so_many_days() -> None:
    joined = ch.Revenue(BOOK, gap="14d").active_periods("2026-01-01", "2026-02-20")
    assert rows(joined)[0] == ("a", at("2026-01-01"), None)
    apart = ch.Revenue(BOOK, gap="13d").active_periods("2026-01-01", "2026-02-20")
    assert rows(apart)[:2] == [("a", at("2026-01-01"), at("2026-02-01")), ("a", at("2026-02-15"), None)]


def test_events_need_a_gap_and_their_columns() -> None:
    events = pa.table({"account_id": ["a"], "time": [date(2026, 1, 1)]})
    with pytest.raises(ch.DataError, match="from_events needs a column 'at', the table has none") as caught:
        ch.Revenue.from_events(events, time="at", gap="7d")
    assert (caught.value.table, caught.value.column) == ("events", "at")
    with pytest.raises(ch.DataError, match="from_events needs a column 'who', the table has none"):
        ch.Revenue.from_events(events, account="who", gap="7d")
    for gap in ("soon", None):
        with pytest.raises(ch.DataError, match=f"gap={gap!r}: "):
            ch.Revenue.from_events(events, gap=gap)  # type: ignore[arg-type]


def test_an_event_counts_after_its_instant_and_up_to_a_gap_later() -> None:
    events = pa.table({"account_id": ["a"], "time": [datetime(2026, 1, 10)]})
    of = ch.Revenue.from_events(events, gap="7d")
    later = datetime(2026, 1, 17)
    dates = [datetime(2026, 1, 10), datetime(2026, 1, 10) + MICROSECOND, later, later + MICROSECOND]
    assert rows(of.exposure(dates, "size"), "as_of", "accounts") == [
        (when.replace(tzinfo=timezone.utc), 1) for when in dates[1:3]
    ]


def test_free_accounts_are_exposed_without_a_share_of_nothing() -> None:
    book = contracts(("a", "2026-01-01", None, 0.0), ("b", "2026-01-01", None, 0.0))
    assert ch.Revenue(book).exposure("2026-02-01", "size").num_rows == 0
    free = ch.Revenue(book, free="customers")
    assert rows(free.exposure("2026-02-01", "size"), "accounts", "mrr", "share") == [(2, 0.0, None)]


# --- renewals ---------------------------------------------------------------------------------------------------------


def test_a_contract_is_due_from_the_first_date_on_and_before_the_last() -> None:
    of = ch.Revenue(BOOK)
    shown = ("from", "to", "due", "due_mrr", "renewed", "renewed_mrr", "renewal_rate")
    assert rows(of.renewals(["2026-02-01", "2026-03-01", "2026-03-02"]), *shown) == [
        (at("2026-02-01"), at("2026-03-01"), 1, 10.0, 0, 0.0, 0.0),
        (at("2026-03-01"), at("2026-03-02"), 1, 30.0, 0, 0.0, 0.0),
    ]
    assert of.renewals(["2026-01-15", "2026-02-01"]).num_rows == 0
    assert of.renewals(["2026-03-02", "2026-04-01"]).num_rows == 0


def test_a_renewal_may_start_a_gap_after_the_end_and_no_later() -> None:
    for gap, renewed in (("14d", 1), ("13d", 0)):
        found = ch.Revenue(BOOK, gap=gap).renewals(["2026-02-01", "2026-03-01"])
        assert rows(found, "due", "renewed", "renewed_mrr") == [(1, renewed, 10.0 * renewed)]


def test_a_contract_that_ends_together_with_another_renews_nothing() -> None:
    def renewed(*more: tuple[Any, ...], **options: Any) -> list[Any]:
        book = contracts(
            ("a", "2026-01-01", "2026-02-01", 10.0, "x"), *more, columns="account_id start end mrr product"
        )
        return ch.Revenue(book, **options).renewals(["2026-02-01", "2026-02-02"])["renewed"].to_pylist()

    assert renewed(("a", "2026-01-20", "2026-02-01", 5.0, "x")) == [0]
    assert renewed(("a", "2026-01-20", "2026-02-02", 5.0, "x")) == [0]  # it ran on beside
    assert renewed(("a", "2026-02-01", "2026-03-01", 5.0, "x")) == [1]
    assert renewed(("a", "2026-02-02", "2026-03-01", 5.0, "x")) == [0]
    assert renewed(("b", "2026-02-01", "2026-03-01", 5.0, "x")) == [0]
    assert renewed(("a", "2026-02-01", "2026-03-01", 5.0, "y")) == [1]
    assert renewed(("a", "2026-02-01", "2026-03-01", 5.0, "y"), product="product") == [0]
    assert renewed(("a", "2026-02-01", "2026-03-01", 5.0, None), product="product") == [0]
    assert renewed(("a", "2026-02-01", "2026-03-01", 5.0, "x"), product="product") == [1]


def test_chances_reach_from_0_to_1() -> None:
    of = ch.Revenue(BOOK)
    dates = ["2026-02-01", "2026-03-02"]
    for chance, forecast in ((0, 0.0), (0.25, 10.0), (1, 40.0)):
        assert rows(of.renewals(dates, probability=chance), "forecast_mrr") == [(forecast,)]
    for chance in (1.01, -0.01):
        with pytest.raises(ch.DataError, match=f"probability: expected 0 to 1, got {chance}"):
            of.renewals(dates, probability=chance)
    labels = pa.table({"account_id": ["b", "a"], "grade": ["red", "amber"]})
    found = of.renewals(dates, "grade", labels=labels, probability={"red": 0.5})
    assert rows(found, "by", "due_mrr", "forecast_mrr") == [("amber", 10.0, None), ("red", 30.0, 15.0)]
    with pytest.raises(ch.DataError, match="by='size': renewals are split by a column of labels"):
        of.renewals(dates, "size")
    with pytest.raises(ch.DataError, match="renewals need two dates or more: revenue moves from one to the next"):
        of.renewals("2026-02-01")


def test_renewals_come_by_period_then_label() -> None:
    book = contracts(
        ("z", "2026-01-01", "2026-02-20", 1.0),
        ("y", "2026-01-01", "2026-03-20", 2.0),
        ("x", "2026-01-01", "2026-02-10", 4.0),
        ("w", "2026-01-01", "2026-03-10", 8.0),
    )
    labels = pa.table({"account_id": ["z", "y", "x", "w"], "grade": ["red", "red", "green", "green"]})
    found = ch.Revenue(book).renewals(["2026-02-01", "2026-03-01", "2026-04-01"], "grade", labels=labels)
    assert rows(found, "from", "by", "due_mrr") == [
        (at("2026-02-01"), "green", 4.0),
        (at("2026-02-01"), "red", 1.0),
        (at("2026-03-01"), "green", 8.0),
        (at("2026-03-01"), "red", 2.0),
    ]


# --- labels -----------------------------------------------------------------------------------------------------------

GRADES = pa.table(
    {
        "account_id": ["a", "a", "b"],
        "as_of": [date(2026, 2, 1), date(2026, 1, 1), date(2026, 1, 1)],  # in no order
        "grade": ["red", "green", "amber"],
    }
)


def test_a_label_counts_from_its_own_date_on_and_the_last_one_wins() -> None:
    of = ch.Revenue(BOOK)
    eve = datetime(2026, 2, 1) - MICROSECOND
    assert rows(of.exposure([eve, "2026-02-01"], "grade", labels=GRADES), "by", "accounts", "mrr", "share") == [
        ("amber", 1, 30.0, 0.75),
        ("green", 1, 10.0, 0.25),
        ("amber", 1, 30.0, 0.75),
        ("red", 1, 10.0, 0.25),
    ]
    early = contracts(("a", "2025-01-01", None, 10.0))
    before = ch.Revenue(early).exposure(datetime(2026, 1, 1) - MICROSECOND, "grade", labels=GRADES)
    assert rows(before, "by", "accounts") == [(None, 1)]
    moved = of.transitions(["2026-01-15", "2026-02-01", "2026-02-20"], "grade", labels=GRADES)
    assert rows(moved, "from", "by_from", "by_to", "expansion", "end") == [
        (at("2026-01-15"), "amber", "amber", 0.0, 30.0),
        (at("2026-01-15"), "green", "red", 0.0, 10.0),
        (at("2026-02-01"), "amber", "amber", 0.0, 30.0),
        (at("2026-02-01"), "red", "red", 10.0, 20.0),
    ]


def test_labels_that_cannot_be_used_say_why() -> None:
    of = ch.Revenue(BOOK)
    twice = pa.table({"account_id": ["a", "a", "b"], "grade": ["red", "green", None]})
    with pytest.raises(ch.DataError, match="by='grade': account a has more than one label") as caught:
        of.exposure("2026-02-01", "grade", labels=twice)
    assert (caught.value.table, caught.value.column) == ("labels", "grade")
    same = pa.table({"account_id": ["a", "a", "b"], "grade": ["red", "red", None]})
    assert rows(of.exposure("2026-02-01", "grade", labels=same), "by", "mrr") == [("red", 10.0), (None, 30.0)]
    with pytest.raises(ch.UnknownNameError, match="labels: by='grade' needs a column 'grade', the table has none"):
        of.exposure("2026-02-01", "grade", labels=pa.table({"account_id": ["a"], "colour": ["red"]}))
    with pytest.raises(ch.DataError, match="by='size': transitions need labels that change, as those of a panel"):
        of.transitions(["2026-02-01", "2026-03-01"], "size")
    with pytest.raises(ch.DataError, match="by='product': no column tells the product; name it with product="):
        of.waterfall(["2026-02-01", "2026-03-01"], by="product")
    for bands in ([], [5, 5], [9, 5]):
        with pytest.raises(ch.DataError, match="bands: expected edges that ascend, got "):
            of.waterfall(["2026-02-01", "2026-03-01"], by="size", bands=bands)


def test_bands_begin_at_their_edges_and_whole_numbers_may_be_labels() -> None:
    labels = pa.table({"account_id": ["a", "b", "c"], "score": [49.9, 50.0, 80.0], "tier": [2, 1, None]})
    of = ch.Revenue(contracts(*((name, "2026-01-01", None, 1.0) for name in "abcd")))
    found = of.exposure("2026-02-01", "score", labels=labels, bands=[50, 80])
    assert dict(rows(found, "by", "accounts")) == {"below 50": 1, "50 to 80": 1, "80 or more": 1, None: 1}
    assert rows(of.exposure("2026-02-01", "tier", labels=labels), "by", "accounts") == [("1", 1), ("2", 1), (None, 2)]


def test_survival_is_told_beside_the_lowest_with_a_label() -> None:
    names = {"red": "ab", "green": "cdef", None: "g"}
    gone = "ac"  # half of red, a quarter of green
    book = [
        (name, "2026-01-01", "2026-02-20" if name in gone else None, 10.0 if label == "red" else 30.0)
        for label, members in names.items()
        for name in members
    ]
    labels = pa.table({"account_id": list("abcdef"), "grade": ["red"] * 2 + ["green"] * 4})
    found = ch.Revenue(contracts(*book)).survival("2026-02-01", "grade", after="1mo", labels=labels, until="2026-03-01")
    shown = ("to", "by", "accounts", "survived", "survival", "spend", "survival_ratio", "spend_ratio")
    assert rows(found, *shown) == [
        (at("2026-03-01"), "green", 4, 3, 0.75, 30.0, 1.5, 3.0),
        (at("2026-03-01"), "red", 2, 1, 0.5, 10.0, 1.0, 1.0),
        (at("2026-03-01"), None, 1, 1, 1.0, 30.0, 2.0, 3.0),
    ]
    nobody = ch.Revenue(contracts(*book)).survival("2026-02-01", "grade", after="1d", labels=labels)
    assert set(nobody["survival"].to_pylist()) == {1.0}
    all_gone = contracts(("a", "2026-01-01", "2026-02-20", 0.0), ("c", "2026-01-01", None, 30.0))
    found = ch.Revenue(all_gone, free="customers").survival(
        "2026-02-01", "grade", after="1mo", labels=labels, until="2026-03-01"
    )
    assert rows(found, "by", "survival", "survival_ratio", "spend_ratio") == [
        ("green", 1.0, None, None),  # nothing is a multiple of none
        ("red", 0.0, None, None),
    ]
    with pytest.raises(ch.DataError, match="after=None: "):
        ch.Revenue(BOOK).survival("2026-02-01", "grade", after=None, labels=labels)  # type: ignore[arg-type]


# --- cohorts and outlook ----------------------------------------------------------------------------------------------


def test_a_period_of_a_triangle_is_over_at_its_end() -> None:
    of = ch.Revenue(BOOK)
    shown = ("cohort", "period", "mrr", "share", "retention")
    first = (at("2026-01-01"), 0, 40.0, 1.0, None)
    assert rows(of.cohorts(until="2026-03-01"), *shown) == [first, (at("2026-01-01"), 1, 50.0, 1.25, 1.25)]
    assert rows(of.cohorts(until=datetime(2026, 3, 1) - MICROSECOND), *shown) == [first]
    assert rows(of.cohorts(), *shown)[2:] == [
        (at("2026-01-01"), 2, 20.0, 0.5, 0.4),
        (at("2026-03-01"), 0, 5.0, 1.0, None),
    ]
    counted = of.cohorts(until="2026-04-01", measure="accounts")
    assert rows(counted, "period", "accounts", "share", "retention") == [
        (0, 2, 1.0, None),
        (1, 2, 1.0, 1.0),
        (2, 1, 0.5, 0.5),
        (0, 1, 1.0, None),
    ]
    with pytest.raises(ch.DataError, match="every='fortnight': 'fortnight' is no length"):
        of.cohorts(every="fortnight")
    with pytest.raises(ch.DataError, match="measure: expected 'mrr' or 'accounts', got 'arr'"):
        of.cohorts(measure="arr")


def test_a_triangle_has_no_more_than_ten_thousand_periods() -> None:
    long_ago = contracts(("a", "1190-01-01", None, 1.0), ("b", "2026-01-01", None, 1.0))
    with pytest.raises(ch.DataError, match="cohorts: more than 10,000 periods of 1mo; give until=, or a longer one"):
        ch.Revenue(long_ago).cohorts()
    assert ch.Revenue(long_ago).cohorts(every="1y")["period"].to_pylist()[-2:] == [836, 0]


def test_an_account_that_was_free_at_first_has_no_share_of_nothing() -> None:
    book = contracts(("a", "2026-01-01", "2026-02-10", 0.0), ("a", "2026-02-10", None, 30.0))
    paid = rows(ch.Revenue(book).cohorts(until="2026-04-01"), "cohort", "mrr", "share")
    assert paid == [(at("2026-02-01"), 30.0, 1.0), (at("2026-02-01"), 30.0, 1.0)]
    shown = rows(ch.Revenue(book, free="customers").cohorts(until="2026-04-01"), "mrr", "share", "retention")
    assert shown == [(0.0, None, None), (30.0, None, None), (30.0, None, 1.0)]


@pytest.mark.parametrize(
    ("every", "begun", "left", "newest", "as_of", "later"),
    [
        ("1q", "2025-10-01", "2026-01-20", "2026-06-30", "2026-07-01", 1.0),
        ("1q", "2025-12-31", "2026-01-20", "2026-06-30", "2026-07-01", 1.0),
        ("1y", "2024-12-31", "2025-01-20", "2025-12-31", "2026-01-01", 0.5),
        ("1mo", "2026-01-31", "2026-02-20", "2026-02-28", "2026-03-01", 0.5),
    ],
)
def test_an_age_is_a_number_of_calendar_periods(
    every: str, begun: str, left: str, newest: str, as_of: str, later: float
) -> None:
    """Of two accounts one leaves in its second period; a third begins in the last one and loses as much in its next.

    `later` is kept from there on: of quarters a third one is known.
    """
    book = contracts(("a", begun, None, 100.0), ("b", begun, left, 100.0), ("new", newest, None, 1000.0))
    arr = ch.Revenue(book).what_if(as_of, periods=1, every=every)["arr"].to_pylist()
    assert arr == pytest.approx([12 * 1100, 12 * (1000 * 0.5 + 100 * later)])


@pytest.mark.parametrize(
    ("every", "begun", "ends", "middle", "as_of"),
    [
        ("1q", "2025-07-10", ("2025-11-10", "2026-05-10", "2026-08-10"), "2026-04-10", "2026-10-01"),
        ("1y", "2020-07-10", ("2021-11-10", "2023-05-10", "2024-08-10"), "2023-04-10", "2025-01-01"),
        ("1mo", "2025-07-10", ("2025-08-10", "2025-10-10", "2025-11-10"), "2025-10-10", "2025-12-01"),
    ],
)
def test_each_age_is_kept_as_its_own_age_was(
    every: str, begun: str, ends: tuple[str, str, str], middle: str, as_of: str
) -> None:
    """Ten accounts become 5, 5, 4, 2; another is in its second period, in which all was kept."""
    lasts = [ends[0]] * 5 + [ends[1]] + [ends[2]] * 2 + [None] * 2
    book = contracts(*((f"a{k}", begun, end, 100.0) for k, end in enumerate(lasts)), ("b", middle, None, 1000.0))
    arr = ch.Revenue(book).what_if(as_of, periods=2, every=every)["arr"].to_pylist()
    assert arr == pytest.approx([12 * 1200, 12 * (200 * 0.5 + 1000), 12 * (200 * 0.25 + 1000 * 0.8)])


def test_changes_add_up_by_label_and_new_revenue_ages_like_the_rest() -> None:
    book = contracts(("a", "2026-01-01", None, 100.0), ("b", "2026-01-01", None, 50.0), ("c", "2026-01-01", None, 7.0))
    labels = pa.table({"account_id": ["a", "b"], "grade": ["red", "green"]})
    table = ch.Revenue(book).what_if(
        "2026-03-01", periods=2, every="1mo", by="grade", labels=labels,
        renewal={"red": -0.25}, expansion={"red": 0.05, "green": 0.1}, new={"red": 10.0},
    )  # fmt: skip
    assert table.column_names == ["period", "by", "arr", "arr_if", "difference"]
    assert rows(table, "period", "by", "arr") == [
        (period, label, 12 * mrr)
        for label, mrr in (("green", 50.0), ("red", 100.0), (None, 7.0))
        for period in range(3)
    ]
    assert table["arr_if"].to_pylist() == pytest.approx(
        [600, 660, 726, 1200, 12 * (80 + 10), 12 * (64 + 8 + 10), 84, 84, 84]
    )
    plain = ch.Revenue(book).what_if("2026-03-01", periods=1, every="1mo", renewal=-0.1, expansion=0.3, new=1.0)
    assert plain.column_names == ["period", "arr", "arr_if", "difference"]
    assert plain["arr_if"].to_pylist() == pytest.approx([12 * 157, 12 * (157 * 1.2 + 1)])


# --- reports ----------------------------------------------------------------------------------------------------------


def test_days_without_revenue_are_left_out_of_daily_churn() -> None:
    of = ch.Revenue(BOOK)
    assert str(of.daily_churn("2025-01-01", "2025-01-03")) == "nan"
    assert of.daily_churn("2026-01-31", "2026-02-02") == 0.25  # 10 of 40, on the first of February
    assert of.daily_churn("2025-12-30", "2026-02-02") == 0.25
    with pytest.raises(ch.DataError, match="daily_churn needs two dates or more"):
        of.daily_churn("2026-02-01", "2026-02-01")


def test_nothing_may_be_spent_and_a_single_cost_is_that_of_every_period() -> None:
    of = ch.Revenue(BOOK)
    dates = ["2026-02-01", "2026-03-01", "2026-04-01"]
    free = of.costs(dates, acquisition=0, retention=[20])
    assert rows(free, "accounts_new", "accounts_kept", "cost_per_new", "cost_per_kept") == [
        (0, 2, None, 10.0),
        (1, 1, 0.0, 20.0),
    ]
    grown = contracts(("a", "2026-01-01", None, 10.0), ("b", "2026-02-10", None, 5.0))
    kept = ch.Revenue(grown).costs(dates[:2], retention=30)
    assert rows(kept, "accounts_new", "accounts_kept", "kept_mrr", "cost_per_kept") == [(1, 1, 10.0, 30.0)]
    won = of.costs(dates, acquisition=[0, 30])
    assert rows(won, "new_mrr", "payback_months", "cost_of_new_arr", "cost_of_kept_arr")[1] == (5.0, 6.0, 0.5, None)
    empty = of.costs(["2025-01-01", "2025-02-01"], retention=1)
    assert rows(empty, "accounts_kept", "kept_mrr", "cost_per_kept") == [(0, 0.0, None)]
    with pytest.raises(ch.DataError, match=r"acquisition: expected costs of 0 or more, got -0\.5"):
        of.costs(dates, acquisition=[1, -0.5])


def test_periods_between_dates_are_those_in_order_each_once() -> None:
    shuffled = ch.Revenue(BOOK).waterfall(["2026-03-01", "2026-02-01", "2026-04-01", "2026-03-01"])
    assert shuffled.equals(ch.Revenue(BOOK).waterfall(["2026-02-01", "2026-03-01", "2026-04-01"]))
    assert rows(shuffled, "from", "start", "churn", "new", "end") == [
        (at("2026-02-01"), 40.0, 0.0, 0.0, 50.0),  # an end at the date itself still counts
        (at("2026-03-01"), 50.0, 30.0, 5.0, 25.0),
    ]


def test_restated_rates_have_no_share_where_a_report_begins_with_nothing() -> None:
    book = contracts(
        ("a", "2026-01-01", None, 100.0, "2026-02-20", 1), ("b", "2026-02-10", None, 10.0, "2026-02-10", 2),
        columns="account_id start end mrr known key",
    )  # fmt: skip
    of = ch.Revenue(book, known="known", key="key")
    shown = ("account_id", "start_then", "start_now", "start_difference", "end_difference", "nrr_difference")
    found = of.restated(["2026-02-01", "2026-03-01"], then="2026-02-15", now="2026-03-15")
    assert rows(found, *shown) == [("a", 0.0, 100.0, 100.0, 100.0, None)]
    assert of.restated(["2026-02-01", "2026-03-01"], then="2026-03-15", now="2026-03-15").num_rows == 0


def test_movements_that_are_not_given_are_0() -> None:
    rates = ch.revenue_rates(start=100)
    assert rates.pop("quick_ratio") != rates.get("quick_ratio")  # nothing to divide by
    assert rates == {
        "end": 100.0,
        "net_new": 0.0,
        "nrr": 1.0,
        "grr": 1.0,
        "gross_churn": 0.0,
        "net_churn": 0.0,
    }


def test_each_movement_counts_in_the_rates_that_are_made_of_it() -> None:
    rates = ch.revenue_rates(start=100, new=1, expansion=2, contraction=4, churn=8, reactivation=16)
    assert rates == {
        "end": 107.0,
        "net_new": 7.0,
        "nrr": 0.9,
        "grr": 0.88,
        "gross_churn": 0.12,
        "net_churn": -0.06,
        "quick_ratio": 19 / 12,
    }
    left_out = ch.revenue_rates(start=100, new=1, expansion=2, churn=8, reactivation=16, count_reactivation=False)
    assert left_out["quick_ratio"] == 3 / 8


def test_a_term_is_above_0_months() -> None:
    def book(*months: float | None) -> pa.Table:
        rows = [("a", "2026-01-01", None, 120.0, each) for each in months]
        return contracts(*rows, columns="account_id start end total term")

    of = ch.Revenue(book(1.0, 0.5), total="total", term="term")
    assert of.movements(["2026-02-01", "2026-03-01"])["start"].to_pylist() == [360.0]
    for bad in (0.0, -1.0):
        with pytest.raises(ch.DataError, match=r"contracts.term\[1\]: a term is above 0 months, got ") as caught:
            ch.Revenue(book(1.0, bad), total="total", term="term")
        assert (caught.value.table, caught.value.column, caught.value.row) == ("contracts", "term", 1)
    with pytest.raises(ch.DataError, match="contracts: the model needs a column 'months'"):
        ch.Revenue(book(1.0), total="total", term="months")
    for wrong in ({"total": "total"}, {"term": "term"}, {"total": "total", "term": "term", "mrr": "mrr"}):
        with pytest.raises(ValueError, match="give mrr, or both total and term"):
            ch.Revenue(book(1.0), **wrong)
