"""Random portfolios and questions about them, on a coarse grid of instants so that edges and ties are common."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from hypothesis import assume
from hypothesis import strategies as st

import customerhealth as ch
from arrow_tables import as_arrow
from oracle.foresight import Foresight, Question
from oracle.instants import DAY, Instant, add_months, parse_instant, shift
from oracle.outcomes import Churn, Contraction, Downgrade, Given, Kind, Silence, expansion
from strategies import chance, moment, pick

AT = pa.timestamp("us", "UTC")
BEGIN = parse_instant("2024-01-31")
MONTHS = [Instant(add_months(BEGIN, k)) for k in range(-4, 12)]
LENGTHS = ["2mo", "1q", "60d", "1mo", "4mo", "90d", "30d", "12h"]
LEADS = ["0d", "0d", "0d", "0d", "0d", "14d", "1d", "1mo"]
STEPS = [0, 0, 0, 0, 0, DAY, -DAY, 1, -1, 14 * DAY, -14 * DAY]
PLANS = ["gold", "lead", "tin"]
METRICS: dict[str, Any] = {
    "money": {"from": "contracts", "agg": "sum", "of": "mrr"},
    "uses": {"from": "usage", "agg": "count", "window": "31d"},
    "idle": {"from": "usage", "agg": "days_since_last"},
    "age": {"from": "contracts", "agg": "days_since_first", "rows": "started"},
}
PLAN = {"from": "plans", "agg": "last", "of": "plan"}
SCORES: dict[str, Any] = {
    "health": {
        "measures": {
            "use": {"value": "uses", "weight": 3, "curve": [[0, 0], [4, 100]], "missing": 0},
            "money": {"value": "money", "weight": 1, "curve": [[0, 0], [4, 100]]},
        },
        "grades": [{"name": "red"}, {"name": "yellow", "from": 25}, {"name": "green", "above": 50}],
    },
    "busy": {
        "measures": {"use": {"value": "uses", "curve": [[0, 0], [4, 100]], "missing": "fail"}},
        "grades": [{"name": "low"}, {"name": "high", "from": 25}],
    },
}
AMONG = ["age >= 0 or idle >= 0", "money > 0", "age > 20", "uses > 0 or money > 0"]


@dataclass
class Asked:
    """A portfolio and a question about it."""

    model: dict[str, Any]
    schemas: dict[str, dict[str, pa.DataType]]
    rows: dict[str, list[dict[str, Any]]]
    question: Question
    kinds: list[str] = field(default_factory=list)

    def loaded(self, **options: Any) -> ch.Portfolio:
        tables = {name: as_arrow(rows, self.schemas[name]) for name, rows in self.rows.items()}
        return ch.Portfolio(ch.Model.parse(self.model), tables=tables, **options)

    def slowly(self) -> Foresight:
        return Foresight(self.model, self.rows, self.question)

    def keys(self) -> dict[str, Any]:
        """The arguments of validate that ask the same."""
        asked = self.question
        found: dict[str, Any] = {
            "as_ofs": [moment(as_of) for as_of in asked.as_ofs],
            "outcome": as_outcome(asked.outcome),
            "horizon": asked.horizon,
            "lead": asked.lead,
            "capacity": asked.capacity,
        }
        if asked.among is not None:
            found["among"] = asked.among
        if asked.observed is not None:
            found["observed"] = moment(asked.observed)
        return found

    def validate(self, *, threads: int | None = None, **more: Any) -> Any:
        return self.loaded(threads=threads).validate(self.question.scores, **{"rounds": 20, **self.keys(), **more})

    def asking(self, **changes: Any) -> Asked:
        return replace(self, question=replace(self.question, **changes))


def as_outcome(kinds: dict[str, Kind]) -> Any:
    found = {name: as_helper(kind) for name, kind in kinds.items()}
    return found if len(found) > 1 else next(iter(found.values()))


def as_helper(kind: Kind) -> Any:
    if isinstance(kind, Churn):
        return ch.outcomes.churn(kind.table, gap=kind.gap, where=kind.where)
    if isinstance(kind, Contraction):
        make = ch.outcomes.contraction if kind.sign == 1 else ch.outcomes.expansion
        return make(kind.table, mrr=kind.mrr, by=kind.by)
    if isinstance(kind, Downgrade):
        return ch.outcomes.downgrade(kind.table, of=kind.column, order=list(kind.order))
    if isinstance(kind, Silence):
        return ch.outcomes.silence(kind.table, kind.length)
    assert isinstance(kind, Given)
    accounts, at, ended = zip(*kind.rows, strict=True) if kind.rows else ((), (), ())
    columns = {"account_id": pa.array(accounts, pa.string()), "at": as_instants(at), "ended": as_instants(ended)}
    return pa.table(columns)


def as_instants(values: Any) -> pa.Array:
    return pa.array([None if value is None else int(value) for value in values], pa.int64()).cast(AT)


# --- rows -------------------------------------------------------------------------------------------------------------


def instant(draw: Any, months: list[Instant] = MONTHS) -> Instant:
    return Instant(pick(draw, months) + pick(draw, STEPS))


def contract(draw: Any, account: str, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    start = instant(draw, MONTHS[:6])
    ends = [row["end"] for row in earlier if row["account"] == account and row["end"] is not None]
    if ends and not chance(draw, 3):  # a renewal, in time or late
        start = Instant(pick(draw, ends) + pick(draw, [0, 0, 0, -45 * DAY, 14 * DAY, 15 * DAY, -DAY, 1]))
    length = pick(draw, ["2mo", "1mo", "1q", "45d", "4mo", "5mo", None])
    end = None if length is None else Instant(shift(start, length, 1) + pick(draw, [0, 0, 0, 1, -1]))
    if chance(draw, 12):
        end = Instant(start - pick(draw, [0, DAY]))
    return {
        "account": account,
        "start": start,
        "end": end,
        "mrr": pick(draw, [2.0, 4.0, 1.0, 3.0, 0.0, None]),
        "known": Instant(start + pick(draw, [0, 0, -20 * DAY, 20 * DAY, 1])),
        "id": pick(draw, ["i", "j", "k", None]),
        "gone": chance(draw, 8),
    }


def event(draw: Any, account: str) -> dict[str, Any]:
    at = instant(draw)
    return {"account": account, "at": at, "known": Instant(at + pick(draw, [0, 0, DAY, 20 * DAY]))}


def given(draw: Any, accounts: list[str]) -> Given:
    rows: list[tuple[Any, int, int | None]] = []
    for account in accounts:
        if chance(draw, 2):
            at = instant(draw)
            rows.append((account, at, pick(draw, [at, None, Instant(at + 45 * DAY)])))
    return Given(rows)


def one_kind(draw: Any, name: str, accounts: list[str]) -> Kind:
    if name == "churn":
        return Churn("contracts", pick(draw, ["0d", "0d", "14d", "1mo"]), pick(draw, [None, None, "mrr > 0"]))
    if name == "contraction":
        return Contraction("contracts", "mrr", pick(draw, [0.0, 0.25, 0.5]))
    if name == "expansion":
        return expansion("contracts", "mrr", pick(draw, [0.0, 0.25, 0.5]))
    if name == "downgrade":
        return Downgrade("plans", "plan", PLANS)
    if name == "silence":
        return Silence("usage", pick(draw, ["31d", "1mo", "60d", "1d"]))
    return given(draw, accounts)


def schemas(draw: Any) -> tuple[dict[str, Any], dict[str, dict[str, pa.DataType]]]:
    specs: dict[str, Any] = {
        "contracts": {"kind": "intervals", "account": "account", "start": "start", "end": "end"},
        "usage": {"kind": "events", "account": "account", "time": "at"},
        "plans": {"kind": "states", "account": "account", "time": "at"},
    }
    columns: dict[str, dict[str, pa.DataType]] = {
        "contracts": {"account": pa.string(), "start": AT, "end": AT, "mrr": pa.float64()},
        "usage": {"account": pa.string(), "at": AT},
        "plans": {"account": pa.string(), "at": AT, "plan": pa.string()},
    }
    for name in ("contracts", "usage"):
        if chance(draw, 2):
            specs[name]["known"], columns[name]["known"] = "known", AT
    if "known" in specs["contracts"] and chance(draw, 2):
        specs["contracts"]["key"], columns["contracts"]["id"] = "id", pa.string()
        if chance(draw, 2):
            specs["contracts"]["deleted"], columns["contracts"]["gone"] = "gone", pa.bool_()
    if chance(draw, 3):  # accounts that come, and leave the table
        specs["accounts"] = {"kind": "accounts", "account": "account", "known": "known", "deleted": "gone"}
        columns["accounts"] = {"account": pa.string(), "known": AT, "gone": pa.bool_()}
    return specs, columns


def rows_of(draw: Any, columns: dict[str, dict[str, pa.DataType]], accounts: list[str]) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in columns}
    for account in accounts:
        for _ in range(pick(draw, [2, 3, 4, 1, 0])):
            found["contracts"].append(contract(draw, account, found["contracts"]))
        found["usage"] += [event(draw, account) for _ in range(draw(st.integers(0, 4)))]
        for _ in range(pick(draw, [2, 3, 1, 0])):
            at = instant(draw, MONTHS[2:12])
            found["plans"].append({"account": account, "at": at, "plan": pick(draw, [*PLANS, *PLANS, None])})
        if "accounts" in found and not chance(draw, 5):
            found["accounts"].append({"account": account, "known": pick(draw, [None, MONTHS[2]]), "gone": False})
            if chance(draw, 4):
                found["accounts"].append({"account": account, "known": pick(draw, MONTHS[5:]), "gone": True})
    return {name: [{key: row[key] for key in columns[name]} for row in rows] for name, rows in found.items()}


@st.composite
def questions(
    draw: Any,
    *,
    kinds: tuple[str, ...] = ("churn", "churn", "contraction", "expansion", "downgrade", "silence", "given"),
) -> Asked:
    specs, columns = schemas(draw)
    accounts = [f"a{k}" for k in range(pick(draw, [4, 3, 5, 6, 2, 8]))]
    rows = rows_of(draw, columns, accounts)
    names = list(dict.fromkeys(pick(draw, kinds) for _ in range(2 if chance(draw, 5) else 1)))
    as_ofs = sorted(
        {int(pick(draw, MONTHS[4:9]) + pick(draw, [0, 0, 0, 0, 1, DAY])) for _ in range(draw(st.integers(1, 5)))}
    )
    late = pick(draw, MONTHS[-3:])
    question = Question(
        scores=pick(draw, [["health", "busy"], ["health", "-idle", "busy"], ["busy", "uses", "health"]]),
        as_ofs=as_ofs,
        outcome={name: one_kind(draw, name, accounts) for name in names},
        horizon=pick(draw, LENGTHS),
        lead=pick(draw, LEADS),
        among=pick(draw, AMONG) if chance(draw, 4) else None,
        observed=max(late, as_ofs[-1]) if not chance(draw, 4) else Instant(as_ofs[-1] + pick(draw, [31, 45, 60]) * DAY),
        capacity=pick(draw, [(1,), (1, 2), (2, 10)]),
    )
    model = {"format": 1, "tables": specs, "metrics": {**METRICS, "plan": PLAN}, "scores": SCORES}
    asked = Asked(model, columns, rows, question, names)
    known = set(asked.loaded().accounts.to_pylist())
    for kind in question.outcome.values():  # a table that names nobody of the portfolio is refused
        assume(not isinstance(kind, Given) or not kind.rows or any(row[0] in known for row in kind.rows))
    return asked
