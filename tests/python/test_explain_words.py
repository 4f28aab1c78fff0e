"""Explanations to the letter: what people read, and its skeleton in HTML."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
import small
from customerhealth import colours

READ = (
    "share × points = what a part adds; all parts add up to the score. "
    "pull = share × (points − score): + lifts the score, − holds it down."
)
DIGEST = small.model().digest[:12]

BETA = f"""\
beta as of 2026-07-01 (all that happened and was known before)

health: 28.4 of 100, red
  part          value  points                         share    adds    pull
  activity       31.2    31.2  ██████░░░░░░░░░░░░░░     75%    23.4    +2.1
  size              2    20.0  ████░░░░░░░░░░░░░░░░     25%     5.0    -2.1
  What would lift it to yellow, each alone:
    activity.volume: 3 (now 1), adds 21.6; 33% of accounts are there

activity: 31.2 of 100
  part        value  points                         share    adds    pull
  volume          1    25.0  █████░░░░░░░░░░░░░░░     75%    18.8    -4.7  Things done in four weeks.
  people          1    50.0  ██████████░░░░░░░░░░     25%    12.5    +4.7

{READ}
model small {DIGEST}"""

ZETA = f"""\
zeta as of 2026-07-01 (all that happened and was known before)

health: 0.0 of 100, red (judged by 75% of the weight)
  part          value  points                         share    adds    pull
  activity          0     0.0  ░░░░░░░░░░░░░░░░░░░░    100%     0.0     0.0
  size              –       –  the account has data, but none of it counts here
  What would lift it to yellow, each alone:
    activity.volume: 3 (now 0), adds 50.0; 33% of accounts are there

activity: 0.0 of 100
  part        value  points                         share    adds    pull
  volume          0     0.0  ░░░░░░░░░░░░░░░░░░░░     75%     0.0     0.0  Things done in four weeks.
  people          0     0.0  ░░░░░░░░░░░░░░░░░░░░     25%     0.0     0.0

Not known:
  per_user       cannot be computed, as in a division by zero
  mean_quantity  the account has data, but none of it counts here

{READ}
model small {DIGEST}"""


def skeleton(html: str) -> str:
    """HTML without its styles."""
    return re.sub(r" style='[^']*'", "", html)


def one(score: dict[str, Any], accounts: int = 1, **columns: list[Any]) -> ch.Explanation:
    """The first of some accounts with these attributes."""
    document = {
        "format": 1,
        "name": "one",
        "tables": {"a": {"kind": "accounts", "account": "id"}},
        "metrics": {"v": {"formula": "a.x"}} if "x" in columns else {},
        "scores": {"s": score},
    }
    table = pa.table({"id": [f"k{place}" for place in range(accounts)], **columns})
    return ch.Portfolio(ch.Model.parse(document), a=table).score("2026-07-01").explain("k0")


def test_a_whole_explanation_reads_so() -> None:
    assert str(small.panel().explain("beta")) == BETA
    assert str(small.panel().explain("zeta")) == ZETA


def test_the_skeleton_of_html_says_the_same() -> None:
    html = small.panel().explain("zeta").to_html()
    head = "<tr><th>part</th><th>value</th><th>points</th><th></th><th>share</th><th>adds</th><th>pull</th></tr>"
    bar = "<div><div></div></div>"
    assert skeleton(html) == (
        "<div><h3>zeta</h3><div>as of 2026-07-01: all that happened and was known before</div>"
        "<h4>health: 0.0 of 100, red (judged by 75% of the weight)</h4>"
        f"<table><thead>{head}</thead><tbody>"
        f"<tr><td>activity</td><td>0</td><td>0.0</td><td>{bar}</td><td>100%</td><td>0.0</td><td>0.0</td></tr>"
        "<tr><td>size</td><td>–</td><td colspan='5'>the account has data, but none of it counts here</td></tr>"
        "</tbody></table>"
        "<div>What would lift it to yellow, each alone:"
        "<ul><li>activity.volume: 3 (now 0), adds 50.0; 33% of accounts are there</li></ul></div>"
        "<h4>activity: 0.0 of 100</h4>"
        f"<table><thead>{head}</thead><tbody>"
        "<tr><td>volume<div>Things done in four weeks.</div></td>"
        f"<td>0</td><td>0.0</td><td>{bar}</td><td>75%</td><td>0.0</td><td>0.0</td></tr>"
        f"<tr><td>people</td><td>0</td><td>0.0</td><td>{bar}</td><td>25%</td><td>0.0</td><td>0.0</td></tr>"
        "</tbody></table>"
        "<h4>Not known</h4><table>"
        "<tr><td>per_user</td><td>cannot be computed, as in a division by zero</td></tr>"
        "<tr><td>mean_quantity</td><td>the account has data, but none of it counts here</td></tr></table>"
        f"<p>{READ}</p><div>model small {DIGEST}</div></div>"
    )


def bars(html: str) -> list[tuple[str, str]]:
    """The width and the colour of each bar."""
    return re.findall(r"<div style='width:(\d+)%;height:10px;background:(#\w+)'></div>", html)


def test_bars_are_as_long_as_the_points_and_coloured_by_the_grade_that_they_would_have() -> None:
    drawn = bars(small.panel().explain("beta").to_html())
    red, grey = colours.WORST, colours.NEUTRAL  # 31 and 20 of 100 are red in health; activity has no grades
    assert drawn == [("31", red), ("20", red), ("25", grey), ("50", grey)]


def test_a_good_part_of_a_bad_account_is_drawn_as_good_and_a_bad_part_of_a_good_one_as_bad() -> None:
    grades = [{"name": "low"}, {"name": "fair", "from": 50}, {"name": "high", "above": 75}]
    for combine in ("mean", "lowest", "highest"):
        measures = {name: {"value": f"a.{name}", "identity": True} for name in ("p", "q", "r", "s")}
        score = {"combine": combine, "grades": grades, "measures": measures}
        drawn = bars(one(score, p=[10.0], q=[50.0], r=[75.0], s=[75.5]).to_html())
        expected = (colours.WORST, colours.MIDDLE, colours.MIDDLE, colours.BEST)
        assert drawn == list(zip(("10", "50", "75", "76"), expected, strict=True)), combine


def test_points_of_a_sum_are_no_score_and_have_no_grade() -> None:
    grades = [{"name": "low"}, {"name": "high", "from": 50}]
    summed = one({"combine": "sum", "grades": grades, "measures": {"m": {"value": "a.x", "identity": True}}}, x=[40.0])
    assert bars(summed.to_html()) == [("40", colours.NEUTRAL)]


def test_points_at_the_ends_of_the_scale_fill_the_bar_or_leave_it_empty() -> None:
    score = {"scale": [-10, 10], "combine": "sum", "measures": {}}
    score["measures"] = {name: {"value": f"a.{name}", "curve": [[0, -10], [1, 10]]} for name in "abc"}
    lines = str(one(score, a=[0.0], b=[0.5], c=[1.0])).splitlines()
    assert [line.count("█") for line in lines[4:7]] == [0, 10, 20]
    assert [line.count("░") for line in lines[4:7]] == [20, 10, 0]


def test_a_sum_shows_weights_and_no_pull() -> None:
    score = {
        "description": "Points.", "scale": [0, 10], "combine": "sum",
        "measures": {
            "a": {"value": "a.x", "identity": True, "weight": 2, "description": "first"},
            "b": {"value": "a.y", "identity": True},
        },
    }  # fmt: skip
    told = one(score, x=[1.5], y=pa.array([None], pa.float64()))
    assert str(told).splitlines()[2:-1] == [
        "s: 3.0 of 10 (judged by 67% of the weight)",
        "  Points.",
        "  part      value  points                        weight    adds    pull",
        "  a        1.5     1.5  ███░░░░░░░░░░░░░░░░░       2     3.0       –  first",
        "  b          –       –  the account has data, but none of it counts here",
        "",
        "What the parts add sums to the score.",
    ]
    assert "<td>a<div>first</div></td><td>1.5</td><td>1.5</td>" in skeleton(told.to_html())
    assert "<td>2</td><td>3.0</td><td>–</td></tr>" in skeleton(told.to_html())


@pytest.mark.parametrize(("ways", "more"), [(4, []), (5, []), (6, ["    and 1 more"]), (8, ["    and 3 more"])])
def test_five_ways_are_shown_and_the_rest_counted(ways: int, more: list[str]) -> None:
    score = {
        "combine": "highest",
        "measures": {f"m{place}": {"value": f"a.x{place}", "identity": True} for place in range(ways)},
        "grades": [{"name": "red"}, {"name": "green", "from": 50}],
    }
    lines = str(one(score, **{f"x{place}": [float(place)] for place in range(ways)})).splitlines()
    begin = lines.index("  What would lift it to green, each alone:") + 1
    shown = lines[begin : lines.index("", begin)]
    top = ways - 1
    assert shown == [
        *(f"    m{m}: 50 (now {m}), adds {50 - top}.0; 0% of accounts are there" for m in range(min(ways, 5))),
        *more,
    ]


def test_what_no_single_change_does_is_said() -> None:
    grades = [{"name": "red"}, {"name": "green", "from": 75}]
    halves = {name: {"value": f"a.{name}", "curve": [[0, 0], [1, 100]]} for name in "xy"}
    told = str(one({"measures": halves, "grades": grades}, x=[0.0], y=[0.0]))
    assert "  No single change would lift it to green: it takes several at once.\n" in told
    caps = [{"name": "late", "when": "a.x < 5", "at_most": 20}]
    held = str(
        one({"measures": {"m": {"value": "a.y", "identity": True}}, "grades": grades, "caps": caps}, x=[0], y=[90.0])
    )
    assert "  What keeps it from green:\n" in held
    best = str(one({"measures": {"m": {"value": "a.y", "identity": True}}, "grades": grades}, y=[90.0]))
    assert "lift it to" not in best
    assert "keeps it from" not in best


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (7.0, "7"),
        (-3.0, "-3"),
        (0.00051239, "0.000512"),
        (12.345, "12.3"),
        (-12.345, "-12.3"),
        (999.0, "999"),
        (999.4, "999"),
        (999.5, "1,000"),
        (999.96, "1,000"),
        (-999.96, "-1,000"),
        (1000.0, "1,000"),
        (1000.4, "1,000"),
        (-1000.4, "-1,000"),
        (1234567.8, "1,234,568"),
        (True, "yes"),
        (False, "no"),
        ("gold", "gold"),
    ],
)
def test_a_value_has_at_most_the_figures_that_count(value: Any, shown: str) -> None:
    shape = {"labels": {str(value).lower() if isinstance(value, bool) else value: 50}}
    if isinstance(value, float):
        shape = {"curve": [[-2e6, 0], [2e6, 100]]}  # type: ignore[dict-item]
    told = one({"measures": {"m": {"value": "v", **shape}}}, x=[value])
    assert str(told).splitlines()[4].split()[1] == shown
    assert f"<td>{shown.replace('-', '−')}</td>" in skeleton(told.to_html())


def test_evidence_shows_numbers_texts_and_missing_ones() -> None:
    document = {
        "format": 1,
        "tables": {"a": {"kind": "accounts", "account": "id"}},
        "metrics": {name: {"formula": f"a.{name}"} for name in ("n", "text", "yes", "none", "at")},
        "plays": {"call": {"when": "n > 0", "evidence": ["n", "text", "yes", "none"]}},
    }
    table = pa.table(
        {
            "id": ["k"],
            "n": [1234.5],
            "text": ["gold"],
            "yes": [True],
            "none": pa.array([None], pa.float64()),
            "at": pa.array([datetime(2026, 5, 1, 12, tzinfo=timezone.utc)]),
        }
    )
    told = ch.Portfolio(ch.Model.parse(document), a=table).score("2026-07-01").explain("k")
    assert "    known then: n 1,234, text gold, yes yes, none –" in str(told)


@pytest.mark.parametrize(
    ("length", "words"),
    [("1h", "1 hour"), ("36h", "36 hours"), ("1d", "1 day"), ("11d", "11 days"), ("1w", "1 week"), ("2w", "2 weeks"),
     ("1mo", "1 month"), ("3mo", "3 months"), ("1q", "1 quarter"), ("2q", "2 quarters"), ("1y", "1 year"),
     ("10y", "10 years")],
)  # fmt: skip
def test_every_length_has_its_word(length: str, words: str) -> None:
    stages = [{"name": "new", "enter": "n > 0", "deadline": length}]
    document = {
        "format": 1,
        "tables": {"u": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"n": {"from": "u", "agg": "count"}},
        "journeys": {"way": {"stages": stages}},
    }
    usage = pa.table({"id": ["k"], "at": [date(2000, 1, 2)]})
    told = str(ch.Portfolio(ch.Model.parse(document), u=usage).score("2026-07-06").explain("k"))
    assert told.endswith("\n") is False
    assert f"; stalled: it may take {words}\n" in told


def test_a_day_is_one_and_no_days_are_several() -> None:
    document = {
        "format": 1,
        "tables": {"u": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {"n": {"from": "u", "agg": "count"}},
        "journeys": {"way": {"stages": [{"name": "new", "enter": "n > 0"}]}},
    }
    portfolio = ch.Portfolio(ch.Model.parse(document), u=pa.table({"id": ["k"], "at": [date(2026, 1, 1)]}))
    for as_of, days in (("2026-01-05", "0 days"), ("2026-01-06", "1 day"), ("2026-01-07", "2 days")):
        assert f"way: new since 2026-01-05 ({days})" in str(portfolio.score(as_of).explain("k"))


def test_a_trend_is_told_with_the_grade_of_then_where_it_was_another() -> None:
    score = {
        "measures": {"m": {"value": "v", "identity": True}},
        "grades": [{"name": "red"}, {"name": "green", "from": 50}],
        "trend": {"over": "7d"},
    }
    document = {
        "format": 1,
        "tables": {"given": {"kind": "states", "account": "id", "time": "at"}},
        "metrics": {"v": {"from": "given", "agg": "last", "of": "value"}},
        "scores": {"s": score},
    }
    days = [date(2026, 1, day) for day in (1, 8, 15)]

    def headline(*values: float) -> str:
        given = pa.table({"id": ["k"] * len(values), "at": days[: len(values)], "value": list(values)})
        panel = ch.Portfolio(ch.Model.parse(document), given=given).score(date(2026, 1, 2 + 7 * (len(values) - 1)))
        return str(panel.explain("k")).splitlines()[2]

    assert headline(40.0) == "s: 40.0 of 100, red, no score 7d before"
    assert headline(40.0, 62.5) == "s: 62.5 of 100, green, +22.5 over 7d, red then"
    assert headline(40.0, 62.5, 60.0) == "s: 60.0 of 100, green, -2.5 over 7d"
    assert headline(40.0, 62.5, 62.5) == "s: 62.5 of 100, green, 0.0 over 7d"


def test_accounts_that_are_not_there_are_told_by_name_and_kind() -> None:
    panel = small.panel()
    for account in (7, 7.5, None):
        with pytest.raises(ch.UnknownNameError, match="the panel has no account"):
            panel.explain(account)  # type: ignore[arg-type]
    with pytest.raises(
        ch.UnknownNameError, match=r"account 'acme' has no row as of 2026-06-30 in this panel: .*2026-07-01"
    ):
        panel.explain("acme", as_of="2026-06-30")
    both = small.portfolio().score(["2026-06-12", "2026-07-01"])
    assert [both.explain("zeta", at).as_of for at in ("2026-06-12", None)] == ["2026-06-12", "2026-07-01"]
    assert both.explain("acme", "2026-06-12").scores[0].since is None
    since = both.explain("acme").scores[0].since
    assert since is not None
    assert since.date == "2026-06-12"


GRADES = [{"name": "red"}, {"name": "green", "from": 75}]


def ways(told: ch.Explanation) -> list[str]:
    lift = told.scores[0].lift
    assert lift is not None
    return list(lift.ways or lift.held)


@pytest.mark.parametrize(
    ("bands", "now", "way"),
    [
        ([{"up_to": 5, "points": 0}, {"points": 100}], 3.0, "more than 5 (now 3), adds 100.0"),
        ([{"up_to": 5, "points": 0}, {"points": 100}], 5.0, "more than 5 (now 5), adds 100.0"),
        ([{"below": 5, "points": 0}, {"points": 100}], 3.0, "5 (now 3), adds 100.0"),
        ([{"below": 5, "points": 100}, {"points": 0}], 9.0, "less than 5 (now 9), adds 100.0"),
        ([{"below": 5, "points": 100}, {"points": 0}], 5.0, "less than 5 (now 5), adds 100.0"),
        ([{"up_to": 5, "points": 100}, {"points": 0}], 9.0, "5 (now 9), adds 100.0"),
        ([{"below": 0.1, "points": 0}, {"points": 100}], 0.05, "0.1 (now 0.05), adds 100.0"),
        ([{"below": 9999.5, "points": 0}, {"points": 100}], 1.0, "9999.5 (now 1), adds 100.0"),
        ([{"below": 10000.5, "points": 0}, {"points": 100}], 1.0, "10,000 (now 1), adds 100.0"),
        ([{"below": 2_000_000, "points": 0}, {"points": 100}], -10_000.0, "2,000,000 (now -10,000), adds 100.0"),
    ],
)
def test_a_wanted_value_is_told_by_its_edge(bands: list[dict[str, Any]], now: float, way: str) -> None:
    told = one({"measures": {"m": {"value": "v", "bands": bands}}, "grades": GRADES}, x=[now])
    assert ways(told) == [f"m: {way}; 0% of accounts are there"]


def test_a_wanted_label_and_a_value_that_is_not_known_are_told() -> None:
    labels = {"red": 0, "blue": 80}
    told = one({"measures": {"m": {"value": "v", "labels": labels}}, "grades": GRADES}, x=["red", "blue"], accounts=2)
    assert ways(told) == ["m: blue (now red), adds 80.0; 50% of accounts are there"]
    unknown = pa.array([None, "blue"], pa.string())
    told = one({"measures": {"m": {"value": "v", "labels": labels}}, "grades": GRADES}, x=unknown, accounts=2)
    assert ways(told) == ["m: blue (now not known); 100% of accounts are there"]  # of those whose value is known
    number = pa.array([None, 90.0], pa.float64())
    told = one({"measures": {"m": {"value": "v", "identity": True}}, "grades": GRADES}, x=number, accounts=2)
    assert ways(told) == ["m: 75 (now not known); 100% of accounts are there"]


def test_a_cap_that_holds_is_told_with_what_it_costs() -> None:
    caps = [{"name": "late", "when": "a.y > 0", "at_most": 20}]
    score = {"measures": {"m": {"value": "v", "identity": True}}, "grades": GRADES, "caps": caps}
    assert ways(one(score, x=[90.0], y=[1.0])) == [
        "the cap 'late' holds it at 20; without it the score would be 70.0 higher"
    ]


def test_a_part_is_told_by_its_own_words_or_those_of_what_it_measures() -> None:
    document = {
        "format": 1,
        "tables": {"a": {"kind": "accounts", "account": "id"}, "u": {"kind": "events", "account": "id", "time": "at"}},
        "metrics": {
            "v": {"formula": "a.x", "description": "Of the metric."},
            "uses": {
                "from": "u", "agg": "count", "by": {"column": "what", "values": ["p", "q"]},
                "description": "Of the split.",
            },
        },
        "scores": {
            "below": {"measures": {"m": {"value": "v", "identity": True}}, "description": "Of the score."},
            "top": {
                "measures": {
                    "own": {"value": "v", "identity": True, "description": "Its own."},
                    "metric": {"value": "v", "identity": True},
                    "score": {"score": "below"},
                    "parts": {"each": "uses", "curve": [[0, 0], [2, 100]]},
                    "silent": {"value": "a.x", "identity": True},
                },
                "caps": [
                    {"name": "always", "at_most": 50},
                    {"name": "rule", "when": "v < 90", "at_most": 40},
                    {"name": "words", "when": "v < 90", "at_most": 30, "description": "It is said so."},
                ],
            },
        },
    }  # fmt: skip
    usage = pa.table({"id": ["k"], "at": [date(2026, 6, 1)], "what": ["p"]})
    portfolio = ch.Portfolio(ch.Model.parse(document), a=pa.table({"id": ["k"], "x": [80.0]}), u=usage)
    (top, _) = portfolio.score("2026-07-01").explain("k").scores
    assert {part.name: part.about for part in top.parts} == {
        "own": "Its own.",
        "metric": "Of the metric.",
        "score": "Of the score.",
        "parts.p": "Of the split.",
        "parts.q": "Of the split.",
        "silent": "",
        "cap:always": "because always",
        "cap:rule": "because v < 90",
        "cap:words": "It is said so.",
    }


def test_every_reason_has_its_sentence() -> None:
    document = small.document()
    document["metrics"] = {
        "young": {"from": "usage", "agg": "count", "window": "28d", "full_window": True},
        "few": {"from": "usage", "agg": "mean", "of": "quantity", "min_rows": 9},
        "odd": {"formula": "1 / 0"},
        "none": {"from": "usage", "agg": "mean", "of": "quantity", "where": "user_id = 'x'"},
    }
    labels = {"value": "if(young is missing, 'x', 'y')", "labels": {"z": 5}}
    document["scores"] = {
        "outside": {"measures": {"m": labels}},
        "peers": {"measures": {"m": {"value": "3", "percentile": {"least": 9}}}},
        "apart": {"measures": {"m": {"value": "3", "identity": True}}, "include": "false"},
        "little": {
            "measures": {"m": {"value": "odd", "identity": True}, "n": {"value": "3", "identity": True}},
            "least_coverage": 0.9,
        },
    }
    portfolio = ch.Portfolio(ch.Model.parse(document), usage=small.usage())
    told = str(portfolio.score("2026-06-12").explain("acme")).splitlines()
    for line in (
        "  m          –       –  the value is outside all that the model names",
        "  m          –       –  too few accounts to compare with",
        "apart: no score (does not apply to this account)",
        "little: no score (too little is known about the account for a score)",
        "  young  not enough history yet",
        "  few    too few rows to judge by",
        "  odd    cannot be computed, as in a division by zero",
        "  none   the account has data, but none of it counts here",
    ):
        assert line in told
