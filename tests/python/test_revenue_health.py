"""Revenue joined to health: by grade, transitions, survival, renewals, what if."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone

import pandas as pd
import pyarrow as pa
import pytest

import customerhealth as ch
from books import MOVES, contracts

GRADES = pa.table(
    {
        "account_id": ["a", "b", "c", "a", "b", "c"],
        "as_of": pa.array([datetime(2026, 1, 10)] * 3 + [datetime(2026, 2, 10)] * 3, pa.timestamp("us", "UTC")),
        "grade": ["green", "red", "red", "red", "red", "green"],
    }
)
GRADED = contracts(
    ("a", "2026-01-01", None, 60),
    ("b", "2026-01-01", "2026-01-20", 20),
    ("c", "2026-01-01", None, 20),
    ("d", "2026-01-01", None, 5),
)


def test_revenue_by_grade_adds_up_to_all_revenue() -> None:
    rows = ch.Revenue(GRADED).exposure("2026-01-15", "grade", labels=GRADES).to_pylist()
    assert [(r["by"], r["accounts"], r["mrr"]) for r in rows] == [("green", 1, 60.0), ("red", 2, 40.0), (None, 1, 5.0)]
    assert sum(r["share"] for r in rows) == pytest.approx(1)


def test_transitions_between_grades_are_the_waterfall_split() -> None:
    revenue, dates = ch.Revenue(GRADED), ["2026-01-15", "2026-02-15"]
    table = revenue.transitions(dates, "grade", labels=GRADES)
    whole = revenue.movements(dates).to_pandas()
    parts = table.to_pandas()
    for column in ("start", *MOVES, "end"):
        assert parts[column].sum() == whole[column].sum()
    pairs = {(r["by_from"], r["by_to"]): r["start"] for r in table.to_pylist()}
    assert pairs == {("green", "red"): 60.0, ("red", "red"): 20.0, ("red", "green"): 20.0, (None, None): 5.0}


def test_survival_and_spend_by_grade_are_those_of_the_literature() -> None:
    """74 of 100 of the best and 43 of 100 of the worst are left after 12 months; the best spent 2.4 times as much."""
    rows = [(f"g{i}", "2025-01-01", None if i < 74 else "2025-06-01", 24.0) for i in range(100)]
    rows += [(f"r{i}", "2025-01-01", None if i < 43 else "2025-06-01", 10.0) for i in range(100)]
    labels = pa.table(
        {"account_id": [r[0] for r in rows], "grade": ["green" if r[0][0] == "g" else "red" for r in rows]}
    )
    table = ch.Revenue(contracts(*rows)).survival("2025-02-01", "grade", labels=labels, until="2026-02-01").to_pylist()
    assert [(r["by"], r["survival"]) for r in table] == [("green", 0.74), ("red", 0.43)]
    assert [r["spend_ratio"] for r in table] == [2.4, 1.0]
    assert table[0]["survival_ratio"] == pytest.approx(0.74 / 0.43)
    unknown = ("x", "2025-01-01", "2025-06-01", 1.0)  # without a grade: not the worst one
    beside = (
        ch.Revenue(contracts(*rows, unknown))
        .survival("2025-02-01", "grade", labels=labels, until="2026-02-01")
        .to_pylist()
    )
    assert [(r["by"], r["spend_ratio"]) for r in beside] == [("green", 2.4), ("red", 1.0), (None, 0.1)]
    assert beside[0]["survival_ratio"] == table[0]["survival_ratio"]


LIVES = [
    ("a", "2025-01-05", "2025-09-01", 60),
    ("b", "2025-01-05", "2026-01-05", 20),
    ("c", "2025-06-10", "2026-06-10", 20),
]
TIERS = pa.table({"account_id": ["a", "b", "c"], "tier": ["x", "x", "y"]})
MICROSECOND = timedelta(microseconds=1)


def survived(
    book: pa.Table, date: str, after: str, until: str | None = None, **roles: str
) -> tuple[set[datetime], dict[str, int]]:
    rows = ch.Revenue(book, **roles).survival(date, "tier", after=after, labels=TIERS, until=until).to_pylist()  # type: ignore[arg-type]
    return {row["to"] for row in rows}, {row["by"]: row["survived"] for row in rows}


def test_ends_after_all_that_the_table_tells_have_not_come() -> None:
    """All three contracts were written by 10 June 2025, when nobody had left."""
    last = datetime(2025, 6, 10, tzinfo=timezone.utc) + MICROSECOND
    assert survived(contracts(*LIVES), "2025-07-01", "12mo") == (
        {datetime(2025, 7, 1, tzinfo=timezone.utc)},
        {"x": 2, "y": 1},
    )
    assert survived(contracts(*LIVES), "2025-03-01", "12mo") == ({last}, {"x": 2})
    with_end = survived(contracts(*LIVES), "2025-03-01", "12mo", "2025-12-01")
    assert with_end == ({datetime(2025, 12, 1, tzinfo=timezone.utc)}, {"x": 1})
    assert survived(contracts(*LIVES), "2025-03-01", "12mo", "2027-01-01")[1] == {"x": 0}
    assert survived(contracts(*LIVES), "2025-03-01", "12mo", "2025-02-01")[1] == {"x": 2}  # not followed at all


def test_what_was_known_later_is_followed_up_to_then() -> None:
    told = [(*row, day) for row, day in zip(LIVES, ("2025-09-01", "2025-01-05", "2025-06-10"), strict=True)]
    book = contracts(("a", "2025-01-05", None, 60, "2025-01-05"), *told, columns="account_id start end mrr known")
    to, left = survived(book, "2025-03-01", "12mo", known="known", key="account_id")
    assert (to, left) == ({datetime(2025, 9, 1, tzinfo=timezone.utc) + MICROSECOND}, {"x": 1})


@pytest.mark.parametrize("of", ["a", 7])
def test_labels_of_no_account_with_a_contract_are_refused(of: str | int) -> None:
    revenue = ch.Revenue(contracts((of, "2026-01-01", None, 60)))
    other = pa.table({"account_id": ["A"] if of == "a" else [8], "tier": ["x"]})
    words = r"labels.account_id: none of its accounts has a contract, so that by='tier' would split nothing"
    with pytest.raises(ch.DataError, match=words) as refused:
        revenue.exposure("2026-02-01", "tier", labels=other)
    assert (refused.value.table, refused.value.column, refused.value.row) == ("labels", "account_id", 0)
    for call in (revenue.retention, revenue.survival):
        with pytest.raises(ch.DataError, match=words):
            call("2026-02-01", by="tier", labels=other)
    with pytest.raises(ch.DataError, match=words):
        revenue.what_if("2026-02-01", by="tier", labels=other, renewal={"x": 0.1})
    one_of_two = pa.concat_tables([other, pa.table({"account_id": [of], "tier": ["y"]})])
    assert revenue.exposure("2026-02-01", "tier", labels=one_of_two)["by"].to_pylist() == ["y"]
    assert revenue.exposure("2026-02-01", "tier", labels=other.slice(0, 0))["by"].to_pylist() == [None]
    assert (
        ch.Revenue(contracts((of, "2026-01-01", None, 60)).slice(0, 0))
        .exposure("2026-02-01", "tier", labels=other)
        .num_rows
        == 0
    )


def test_a_near_spelling_of_an_account_is_named() -> None:
    with pytest.raises(ch.DataError, match=r"of 'ACME', for example: did you mean 'acme'\?"):
        ch.Revenue(contracts(("acme", "2026-01-01", None, 60))).retention(
            "2026-02-01", by="tier", labels=pa.table({"account_id": ["ACME"], "tier": ["x"]})
        )


def test_what_is_given_by_label_is_spelled_as_the_labels_are() -> None:
    revenue, dates = ch.Revenue(GRADED), ["2026-01-15", "2026-02-15"]
    words = r"no account has the label 'Red' of by='grade'; did you mean 'red'\?"
    for name in ("renewal", "expansion", "new"):
        with pytest.raises(ch.DataError, match=f"^{name}: {words}"):
            revenue.what_if("2026-01-15", periods=1, by="grade", labels=GRADES, **{name: {"Red": 0.1}})  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=f"^{name}= is given by label; by= says which column"):
            revenue.what_if("2026-01-15", periods=1, **{name: {"red": 0.1}})  # type: ignore[arg-type]
    with pytest.raises(ch.DataError, match=f"^probability: {words}"):
        revenue.renewals(dates, "grade", labels=GRADES, probability={"Red": 0.1})
    with pytest.raises(ValueError, match=r"^probability= is given by label"):
        revenue.renewals(dates, probability={"red": 0.1})
    nobody_now = revenue.what_if("2026-01-15", periods=1, by="grade", labels=GRADES, renewal={"amber": 0.1})
    assert set(nobody_now["difference"].to_pylist()) == {0.0}


def test_renewals_are_forecast_by_grade() -> None:
    book = contracts(
        ("a", "2026-01-01", "2026-02-20", 60), ("b", "2026-01-01", "2026-02-20", 40), ("b", "2026-02-20", None, 45)
    )
    dates = ["2026-02-15", "2026-03-15"]
    rows = ch.Revenue(book).renewals(dates, "grade", labels=GRADES, probability={"red": 0.5}).to_pylist()
    assert [(r["by"], r["due"], r["due_mrr"], r["renewed"], r["forecast_mrr"]) for r in rows] == [
        ("red", 2, 100.0, 1, 50.0)
    ]
    with pytest.raises(ch.DataError, match="probability: expected 0 to 1, got 2"):
        ch.Revenue(book).renewals(dates, "grade", labels=GRADES, probability=2)


def test_renewing_ten_points_more_of_a_base_of_400_million_is_40_million_more() -> None:
    rows = [
        ("a", "2024-01-01", None, 400e6 / 12 * 0.8),
        ("b", "2024-01-01", "2025-03-01", 400e6 / 12 * 0.2),
        ("c", "2025-01-01", None, 400e6 / 12 * 0.2),
    ]
    table = ch.Revenue(contracts(*rows)).what_if("2026-01-01", periods=1, renewal=0.1)
    assert table["arr"][0].as_py() == pytest.approx(400e6)
    assert table["difference"].to_pylist() == [0.0, pytest.approx(40e6)]
    assert table["arr"][1].as_py() == pytest.approx(320e6)  # the curve: the cohort of 2024 kept 80 % in its first year


def test_at_the_first_of_a_month_an_account_has_the_age_of_the_month_before() -> None:
    """Ten accounts since January lose 4 in their second month and 2 in their third; one is there since March."""
    ends = ["2026-02-20"] * 4 + ["2026-03-15"] * 2 + [None] * 4
    rows = [(f"a{place}", "2026-01-10", end, 100.0) for place, end in enumerate(ends)]
    book = ch.Revenue(contracts(*rows, ("late", "2026-03-05", None, 1000.0)))
    arr = book.what_if("2026-04-01", periods=2, every="1mo")["arr"].to_pylist()
    first, second = 0.6, 2 / 3  # kept in a second month, and in a third and any later one
    assert arr[0] == 12 * 1400
    assert arr[1] == pytest.approx(12 * (1000 * first + 400 * second))
    assert arr[2] == pytest.approx(12 * (1000 * first + 400 * second) * second)


def test_a_rate_that_falls_below_0_keeps_nothing() -> None:
    book = contracts(("a", "2026-01-01", None, 100.0), ("b", "2026-01-01", "2026-02-01", 100.0))
    table = ch.Revenue(book).what_if("2026-04-01", periods=2, renewal=-1.5)
    assert table["arr"].to_pylist() == [1200.0, 1200.0, 1200.0]
    assert table["arr_if"].to_pylist() == [1200.0, 0.0, 0.0]


@pytest.mark.parametrize("every", ["1mo", "1q", "1y"])
def test_what_if_is_split_by_label_and_adds_up(every: str) -> None:
    revenue = ch.Revenue(GRADED)
    whole = revenue.what_if("2026-02-15", periods=2, every=every, renewal=-0.1)
    split = revenue.what_if(
        "2026-02-15", periods=2, every=every, renewal={"red": -0.1, "green": -0.1}, by="grade", labels=GRADES
    ).to_pandas()
    assert set(split["by"].dropna()) == {"red", "green"}
    reds = split[split["by"] == "red"]
    assert reds["arr"].tolist()[0] == 12 * 60.0
    assert reds["difference"].tolist()[1] == pytest.approx(-0.1 * 12 * 60.0)
    for column in ("arr",):
        assert split.groupby("period")[column].sum().tolist() == pytest.approx(whole[column].to_pylist())
    won = revenue.what_if(
        "2026-02-15", periods=1, every=every, new={"green": 7.0}, by="grade", labels=GRADES
    ).to_pandas()
    assert won.loc[won["period"] == 1, "difference"].dropna().sum() == pytest.approx(12 * 7.0)


@pytest.mark.parametrize("gap", [None, "20d", "1mo"])
def test_renewals_are_those_that_a_comparison_of_all_pairs_finds(gap: str | None) -> None:
    rng = random.Random(8)
    rows = []
    for _ in range(400):
        begun = date(2026, 1, 1) + timedelta(rng.randrange(300))
        ended = [row for row in rows if row[2] is not None]
        if ended and rng.random() < 0.3:  # right after another
            who, _, last, _, product = rng.choice(ended)
            rows.append((who, last, None, 1, product))
            continue
        end = None if rng.random() < 0.1 else str(begun + timedelta(rng.randrange(1, 90)))
        rows.append((f"a{rng.randrange(60)}", str(begun), end, 1, rng.choice("xy")))
    revenue = ch.Revenue(contracts(*rows, columns="account_id start end mrr product"), product="product", gap=gap)
    found = revenue.renewals(["2026-02-01", "2026-06-01"]).to_pylist()[0]
    after = {None: timedelta(0), "20d": timedelta(20), "1mo": None}[gap]
    due = renewed = 0
    for who, _, end, _, product in rows:
        if end is None or not "2026-02-01" <= end < "2026-06-01":
            continue
        limit = (pd.Timestamp(end) + (pd.DateOffset(months=1) if after is None else after)).date()
        due += 1
        renewed += any(
            w == who and p == product and date.fromisoformat(end) <= date.fromisoformat(b) <= limit
            for w, b, _, _, p in rows
        )
    assert (found["due"], found["renewed"]) == (due, renewed)
    assert 0 < renewed < due


def test_grades_come_from_the_portfolio_itself() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"contracts": {"kind": "intervals", "account": "account_id", "start": "start", "end": "end"}},
            "metrics": {"mrr": {"from": "contracts", "agg": "sum", "of": "mrr"}},
            "scores": {
                "health": {
                    "measures": {"size": {"value": "mrr", "curve": [[0, 0], [100, 100]]}},
                    "grades": [{"name": "red"}, {"name": "green", "from": 50}],
                }
            },
        }
    )
    rows = ch.Portfolio(model, contracts=GRADED).revenue().retention("2026-02-15", over="1mo", by="health_grade")
    assert rows.select(["by", "start", "nrr"]).to_pylist() == [
        {"by": "green", "start": 60.0, "nrr": 1.0},
        {"by": "red", "start": 45.0, "nrr": 25 / 45},
    ]
