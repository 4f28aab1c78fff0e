"""Scores that compare accounts with each other: worked by hand, in parts, through bytes, with any threads."""

from __future__ import annotations

import pickle
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch

AS_OF = "2026-07-01"
Row = tuple[str, float | None, str | None]  # account, value, segment


def ranked(measure: dict[str, Any], **score: Any) -> ch.Model:
    """One measure of an account's `value`; `rows` is 2 for everybody."""
    return ch.Model.parse(
        {
            "format": 1,
            "tables": {"accounts": {"kind": "accounts", "account": "id"}},
            "metrics": {"v": {"formula": "accounts.value"}, "n": {"formula": "accounts.rows"}},
            "scores": {"s": {"measures": {"m": {"value": "v", **measure}}, **score}},
        }
    )


def accounts(rows: Sequence[Row], counts: Sequence[float] = ()) -> pa.Table:
    ids, values, segments = zip(*rows, strict=True)
    return pa.table(
        {
            "id": pa.array(ids),
            "value": pa.array(values, pa.float64()),
            "segment": pa.array(segments, pa.string()),
            "rows": pa.array(counts or [2.0] * len(rows), pa.float64()),
        }
    )


def scores(measure: dict[str, Any], rows: Sequence[Row], **score: Any) -> list[float | None]:
    portfolio = ch.Portfolio(ranked(measure, **score), accounts=accounts(rows))
    return portfolio.score(AS_OF).table["s"].to_pylist()


def plain(*values: float | None) -> list[Row]:
    return [(f"account {i:03}", value, "all") for i, value in enumerate(values)]


def why(measure: dict[str, Any], rows: Sequence[Row]) -> list[str]:
    portfolio = ch.Portfolio(ranked({**measure, "missing": "fail"}), accounts=accounts(rows))
    reasons = portfolio.score(AS_OF).reasons().to_pylist()
    return [row["reason"] for row in reasons if row["metric"] == "s"]


# ---- by hand


@pytest.mark.parametrize(
    ("rank", "descending", "expected"),
    [
        ("mid", False, [12.5, 50.0, 50.0, 87.5]),
        ("below", False, [0.0, 25.0, 25.0, 75.0]),
        ("at_most", False, [25.0, 75.0, 75.0, 100.0]),
        ("mid", True, [87.5, 50.0, 50.0, 12.5]),
        ("below", True, [75.0, 25.0, 25.0, 0.0]),
        ("at_most", True, [100.0, 75.0, 75.0, 25.0]),
    ],
)
def test_a_percentile_is_the_share_of_peers_passed(rank: str, descending: bool, expected: list[float]) -> None:
    assert scores({"percentile": {"rank": rank}, "descending": descending}, plain(1, 2, 2, 3)) == expected


def test_a_zscore_counts_deviations_from_the_mean_up_to_its_limit() -> None:
    # mean 2, deviation 1
    assert scores({"zscore": {"limit": 2}}, plain(1, 2, 3)) == [25, 50, 75]
    assert scores({"zscore": {"limit": 0.5}}, plain(1, 2, 3)) == [0, 50, 100]
    assert scores({"zscore": {"limit": 2}, "descending": True}, plain(1, 2, 3)) == [75, 50, 25]
    assert scores({"zscore": {}}, plain(1, 2, 3), scale=[-1, 1]) == pytest.approx([-1 / 3, 0, 1 / 3])


def test_equal_values_and_a_group_of_one_are_in_the_middle() -> None:
    assert scores({"percentile": {}}, plain(5, 5, 5)) == [50, 50, 50]
    assert scores({"percentile": {}}, plain(5)) == [50]
    assert scores({"zscore": {}}, plain(5, 5, 5)) == [50, 50, 50]
    assert scores({"zscore": {"least": 1}}, plain(5)) == [50]
    assert scores({"zscore": {}}, plain(5)) == [None]  # by default it wants two


def test_too_few_peers_are_a_reason() -> None:
    assert why({"percentile": {"least": 3}}, plain(1, 2, None)) == ["few_peers", "few_peers", "silent"]
    assert why({"zscore": {}}, plain(5)) == ["few_peers"]


def test_peers_are_those_of_the_same_segment_and_nobody_without_one() -> None:
    rows: list[Row] = [("a", 1, "x"), ("b", 5, "y"), ("c", 2, "x"), ("d", 3, None), ("e", 4, "y")]
    measure = {"percentile": {"within": "accounts.segment"}}
    assert scores(measure, rows) == [25, 75, 75, None, 25]
    assert why(measure, rows) == ["few_peers"]


def test_peers_are_those_for_whom_the_score_is_meant() -> None:
    assert scores({"percentile": {}}, plain(1, 2, -5, -6), include="v > 0") == [25, 75, None, None]


def test_infinite_values_are_missing_and_nobodys_peers() -> None:
    assert scores({"percentile": {}}, plain(1, float("inf"), float("-inf"), float("nan"), 2)) == [
        25,
        None,
        None,
        None,
        75,
    ]
    near = [50 + 50 * 0.5**0.5 / 3, 50 - 50 * 0.5**0.5 / 3]
    assert scores({"zscore": {}}, plain(1.7e308, 1.6e308)) == pytest.approx(near)  # their sum is no double
    apart = plain(1.7e308, -1.7e308)
    assert scores({"zscore": {}}, apart) == [None, None]
    assert why({"zscore": {}}, apart) == ["undefined", "undefined"]  # their deviation is none


def test_few_rows_are_drawn_to_the_peers_mean_before_the_shape() -> None:
    model = ranked({"identity": True, "shrink": {"rows": "n", "strength": 2}})
    table = accounts(plain(1, 7), [2.0, 0.0])
    panel = ch.Portfolio(model, accounts=table).score(AS_OF)
    assert panel.table["s"].to_pylist() == [2.5, 4]  # the mean is 4
    assert panel.contributions("s")["value"].to_pylist() == [1, 7]
    # Shrunk, they are 2.5 and 4: mean 3.25, deviation 1.06.
    model = ranked({"zscore": {"limit": 1}, "shrink": {"rows": "n", "strength": 2}})
    assert ch.Portfolio(model, accounts=table).score(AS_OF).table["s"].to_pylist() == pytest.approx(
        [50 - 50 * 0.5**0.5, 50 + 50 * 0.5**0.5]
    )


def test_each_case_has_its_own_peers() -> None:
    measure = {
        "cases": [
            {"when": "accounts.segment = 'x'", "percentile": {"within": "accounts.segment"}},
            {"when": "accounts.segment = 'y'", "logistic": {"midpoint": 4, "slope": 1}},
            {"percentile": {"rank": "at_most"}},
        ]
    }
    rows: list[Row] = [("a", 1, "x"), ("b", 4, "y"), ("c", 2, "x"), ("d", 3, "z")]
    assert scores(measure, rows) == [25, 50, 75, 75]


def test_a_monotone_shape_never_falls_when_the_value_rises() -> None:
    for measure in ({"percentile": {}}, {"zscore": {}}, {"logistic": {"midpoint": 5, "slope": 0.5}}):
        last = -1.0
        for value in range(12):
            score = scores(measure, plain(3, 1, 4, 1, 5, 9, value))[-1]
            assert score is not None
            assert score >= last
            last = score


# ---- in parts

SEGMENTS = ["smb", "enterprise", "mid-market", None]
GRID = ch.dates("2026-01-05", "2026-03-30", every="2w")
START = datetime(2025, 10, 1)

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "tables": {
        "usage": {"kind": "events", "account": "id", "time": "at", "stale_after": "20d"},
        "tickets": {"kind": "events", "account": "id", "time": "at"},
        "accounts": {"kind": "accounts", "account": "id"},
    },
    "metrics": {
        "events": {"from": "usage", "agg": "count", "window": "28d"},
        "average": {"from": "usage", "agg": "mean", "of": "amount", "window": "56d"},
        "tickets": {"from": "tickets", "agg": "count"},
    },
    "scores": {
        "use": {
            "measures": {
                "events": {"value": "events", "percentile": {"within": "accounts.segment"}},
                "average": {
                    "value": "average",
                    "shrink": {"rows": "events", "strength": 3},
                    "zscore": {"within": "accounts.tier"},
                },
                "tickets": {"value": "tickets", "zscore": {"limit": 2}, "descending": True},
            },
            "include": "tickets < 6",
        },
        "health": {
            "measures": {
                "use": {"score": "use"},
                "standing": {"value": "use", "percentile": {"within": "accounts.segment", "least": 3}},
                "calls": {"value": "tickets", "logistic": {"midpoint": 2, "slope": -1}},
            },
            "grades": [{"name": "red"}, {"name": "green", "from": 50}],
        },
    },
}


def world(seed: int = 3, count: int = 40) -> dict[str, pa.Table]:
    dice = random.Random(seed)
    ids = [f"account {i:02}" for i in range(count)]

    def events(rows: int) -> pa.Table:
        days = [START + timedelta(days=dice.randrange(120), hours=dice.randrange(24)) for _ in range(rows)]
        return pa.table(
            {
                "id": [dice.choice(ids) for _ in range(rows)],
                "at": pa.array(days, pa.timestamp("us", "UTC")),
                "amount": [dice.randrange(100) / 7 for _ in range(rows)],
            }
        )

    people = pa.table(
        {
            "id": ids,
            "segment": pa.array([dice.choice(SEGMENTS) for _ in ids], pa.string()),
            "tier": pa.array([dice.choice([1, 2, None]) for _ in ids], pa.int64()),
        }
    )
    return {"usage": events(20 * count), "tickets": events(2 * count), "accounts": people}


def part(tables: dict[str, pa.Table], ids: set[str]) -> dict[str, pa.Table]:
    return {name: table.filter([key in ids for key in table["id"].to_pylist()]) for name, table in tables.items()}


def portfolio(tables: dict[str, pa.Table], **options: Any) -> ch.Portfolio:
    return ch.Portfolio(ch.Model.parse(DOCUMENT), tables=tables, **options)


def fitted(parts: Sequence[ch.Portfolio], as_ofs: Any = GRID) -> ch.Peers:
    peers = None
    while peers is None or not peers.complete:
        fits = [one.peers(as_ofs, given=peers) for one in parts]
        peers = ch.Peers.merge(reversed(fits))
    return peers


def everything(panel: ch.Panel) -> list[pa.Table]:
    return [
        panel.table,
        panel.reasons(),
        *(panel.contributions(score, deep=deep) for score in ("use", "health") for deep in (False, True)),
    ]


def rows_of(tables: list[pa.Table], ids: set[str]) -> list[list[dict[str, Any]]]:
    return [[row for row in table.to_pylist() if row["account_id"] in ids] for table in tables]


@pytest.mark.parametrize("pieces", [1, 2, 5, 40])
def test_parts_fitted_apart_and_merged_score_as_the_whole_to_the_bit(pieces: int) -> None:
    tables = world()
    whole = everything(portfolio(tables).score(GRID))
    ids = tables["accounts"]["id"].to_pylist()
    cuts = [set(ids[i::pieces]) for i in range(pieces)]
    parts = [portfolio(part(tables, cut)) for cut in cuts]
    peers = fitted(parts)
    for one, cut in zip(parts, cuts, strict=True):
        assert rows_of(everything(one.score(GRID, peers=peers)), cut) == rows_of(whole, cut)
    assert peers == fitted([portfolio(tables)])
    assert peers.to_bytes() == fitted([portfolio(tables)]).to_bytes()


def test_peers_can_be_saved_and_applied_to_one_account_alone_at_one_as_of() -> None:
    tables = world(5)
    peers = ch.Peers.from_bytes(fitted([portfolio(tables)]).to_bytes())
    assert pickle.loads(pickle.dumps(peers)) == peers
    whole = everything(portfolio(tables).score(GRID[2]))
    for account in ("account 00", "account 17"):
        alone = portfolio(part(tables, {account})).score(GRID[2], peers=peers)
        assert rows_of(everything(alone), {account}) == rows_of(whole, {account})


def test_contributions_of_what_is_compared_sum_to_the_score() -> None:
    panel = portfolio(world()).score(GRID)
    for deep in (False, True):
        rows = panel.contributions("health", deep=deep).to_pandas()
        sums = rows.groupby(["account_id", "as_of"])["contribution"].sum(min_count=1)
        given = panel.to_pandas().set_index(["account_id", "as_of"])["health"]
        assert given.notna().sum() > 100
        assert sums[given.notna()].to_numpy() == pytest.approx(given.dropna().to_numpy(), abs=1e-9)


def test_threads_and_appends_change_no_bit() -> None:
    tables = world(6, 400)
    expected = everything(portfolio(tables, threads=1).score(GRID))
    for threads in (2, 7):
        assert everything(portfolio(tables, threads=threads).score(GRID)) == expected
    grown = portfolio({"accounts": tables["accounts"]})
    for begin in range(0, 8000, 1000):
        grown.append(usage=tables["usage"].slice(begin, 1000), tickets=tables["tickets"].slice(begin // 10, 100))
    assert everything(grown.score(GRID)) == expected


def test_an_as_of_alone_answers_as_among_others() -> None:
    grown = portfolio(world(7))
    together = grown.score(GRID).table.to_pylist()
    apart = [row for as_of in GRID for row in grown.score(as_of).table.to_pylist()]
    assert sorted(apart, key=str) == sorted(together, key=str)


def test_peers_tell_how_far_they_are() -> None:
    one = portfolio(world(8))
    first = one.peers(AS_OF)
    assert (first.levels, first.complete) == (1, False)
    second = one.peers(AS_OF, given=first)
    assert (second.levels, second.complete) == (2, False)
    whole = fitted([one], AS_OF)
    assert (whole.levels, whole.complete) == (4, True)
    assert one.peers(AS_OF, given=whole) == whole
    assert whole.as_ofs == [datetime.fromisoformat("2026-07-01T00:00:00+00:00")]
    assert whole.digest == one.model.digest
    assert repr(whole) == f"<Peers at 1 as-ofs, 4 of 4 levels, model digest {one.model.digest[:12]}>"


def test_a_model_that_compares_nobody_has_complete_peers_at_once() -> None:
    portfolio = ch.Portfolio(ranked({"identity": True}), accounts=accounts(plain(1, 2)))
    peers = portfolio.peers(AS_OF)
    assert peers.complete
    assert portfolio.score(AS_OF, peers=peers).table == portfolio.score(AS_OF).table


def test_freshness_of_the_whole_table_holds_for_a_part_without_new_rows() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"usage": {"kind": "events", "account": "id", "time": "at", "stale_after": "30d"}},
            "metrics": {"events": {"from": "usage", "agg": "count"}},
        }
    )
    old = pa.table({"id": ["a"], "at": [date(2026, 1, 1)]})
    new = pa.table({"id": ["b"], "at": [date(2026, 6, 30)]})
    parts = [ch.Portfolio(model, usage=table) for table in (old, new)]
    assert parts[0].score(AS_OF).table["events"].to_pylist() == [None]
    peers = ch.Peers.merge(one.peers(AS_OF) for one in parts)
    assert peers.complete
    assert parts[0].score(AS_OF, peers=peers).table["events"].to_pylist() == [1.0]


# ---- what cannot be


def test_peers_that_do_not_fit_are_refused() -> None:
    one = portfolio(world(9))
    peers = fitted([one], AS_OF)
    with pytest.raises(ch.DataError, match=r"not fitted at 2026-07-02; they are for 1 as-ofs from 2026-07-01"):
        one.score("2026-07-02", peers=peers)
    with pytest.raises(ch.DataError, match=r"they have 1 of 4 levels: fit the next"):
        one.score(AS_OF, peers=one.peers(AS_OF))
    with pytest.raises(ch.DataError, match=r"the levels before were fitted at other as-ofs"):
        one.peers("2026-07-02", given=peers)
    other = ch.Portfolio(ranked({"percentile": {}}), accounts=accounts(plain(1, 2)))
    with pytest.raises(ch.DataError, match=r"of another model, digest [0-9a-f]+; this model's is [0-9a-f]+"):
        other.score(AS_OF, peers=peers)
    with pytest.raises(ch.DataError, match=r"parts of different models cannot be merged"):
        ch.Peers.merge([other.peers(AS_OF), peers])
    with pytest.raises(ch.DataError, match=r"parts with 1 and 4 levels cannot be merged"):
        ch.Peers.merge([one.peers(AS_OF), peers])
    with pytest.raises(ch.DataError, match=r"fitted on different earlier levels"):
        ch.Peers.merge([peers, fitted([portfolio(world(10))], AS_OF)])
    with pytest.raises(ch.DataError, match=r"nothing to merge"):
        ch.Peers.merge([])
    with pytest.raises(TypeError, match=r"expected Peers or None, not a dict"):
        one.score(AS_OF, peers={})  # type: ignore[arg-type]


def test_hostile_bytes_are_refused_and_crash_nothing() -> None:
    one = portfolio(world(11))
    data = fitted([one], AS_OF).to_bytes()
    with pytest.raises(ch.DataError, match=r"they are not those of customerhealth's peers \(at byte 0 of 4\)"):
        ch.Peers.from_bytes(b"what")
    with pytest.raises(ch.DataError, match=r"they end too early|more than they hold"):
        ch.Peers.from_bytes(data[:-1])
    with pytest.raises(ch.DataError, match=r"something follows their end"):
        ch.Peers.from_bytes(data + b"\0")
    with pytest.raises(ch.DataError, match=r"they are of version 2; expected 3"):
        ch.Peers.from_bytes(data.replace(b"peers\n\3", b"peers\n\2", 1))
    with pytest.raises(TypeError, match=r"read from bytes, not from a str"):
        ch.Peers.from_bytes("text")  # type: ignore[arg-type]
    dice = random.Random(12)
    for _ in range(3000):
        changed = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            changed[dice.randrange(len(changed))] = dice.choice([0, 1, 2, 127, 128, 255, dice.randrange(256)])
        try:
            peers = ch.Peers.from_bytes(bytes(changed))
            one.score(AS_OF, peers=peers)
        except ch.DataError:
            continue
