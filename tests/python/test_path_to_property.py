"""Paths over random score models: what is said to reach does when it is put in and scored, and nothing nearer does.

Peers are held: trials are scored with the peers as they were fitted on the accounts themselves.
"""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from against_oracle import in_doubt
from oracle import evaluate
from oracle.instants import parse_instant
from score_strategies import COMBINE, Scores
from strategies import TEXTS, Case, Draw, Name, chance, examples, pick

AS_OF = "2026-07-01"
NUMBERS = [None, -3.0, -2.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 7.0, 16.0, 40.0, 64.0, 100.0]
HELD = {"h0": [None, 0.0, 1.0, 2.0, 60.0], "h1": [0.0, 1.0, 5.0], "yes": [None, True, False]}
FAR = [-1e6, -3.0, -2.5, -2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 40.0, 41.0, 1e6]


class World:
    """A model whose every measure reads an attribute of its own, and accounts with values of these."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.model: dict[str, Any] = {
            "format": 1,
            "tables": {"acc": {"kind": "accounts", "account": "id"}},
            "metrics": {"n": {"formula": "acc.h1"}, "m": {"formula": "acc.h0 - 3"}},
            "scores": {},
        }
        case = Case(self.model, {}, {}, [], exact=chance(draw, 2))
        case.names = [Name("acc.h0", "number", "whole"), Name("acc.h1", "number", "whole"), Name("acc.yes", "boolean")]
        self.builder, self.case = Scores(draw, case), case
        self.values: dict[str, list[Any]] = {}  # of each attribute of a measure, what accounts may have
        self.leaf: dict[tuple[str, str], str] = {}  # score, measure: its attribute
        names = ["first_score", "middle", "top"][: pick(draw, [1, 2, 3])]
        for index, name in enumerate(names):
            self.add(name, names[:index])
        self.top = names[-1]
        self.rows = [self.row(i) for i in range(draw(st.integers(1, 4)))]

    def __repr__(self) -> str:
        return f"World({self.model}, {self.rows})"

    def add(self, name: str, done: list[str]) -> None:
        builder, draw = self.builder, self.draw
        scale = pick(draw, builder.scales)
        spec: dict[str, Any] = {"scale": scale, "combine": pick(draw, ["mean", *COMBINE])}
        measures = {f"p{i}": self.measure(name, f"p{i}", scale, done) for i in range(pick(draw, [2, 3, 1]))}
        if done:
            measures["below"] = {"score": done[-1], "weight": pick(draw, [4, 1])}
        spec["measures"] = measures
        if chance(draw, 3):
            spec["least_coverage"] = pick(draw, [0.5, 0.25, 1])
        if chance(draw, 3):
            spec["caps"] = builder.caps(scale)
        if chance(draw, 4):
            spec["round"] = pick(draw, [0, 1, -1])
        if chance(draw, 8):
            spec["include"] = "acc.yes"
        spec["grades"] = builder.grades(scale)
        self.model["scores"][name] = spec

    def measure(self, score: str, name: str, scale: list[int], done: list[str]) -> dict[str, Any]:
        draw, builder = self.draw, self.builder
        spec: dict[str, Any] = {"weight": pick(draw, builder.weights)}
        if done and chance(draw, 5):
            return spec | {"score": pick(draw, done)}
        attribute = f"v{len(self.values)}"
        self.leaf[(score, name)] = attribute
        kind = pick(draw, ["number", "number", "number", "text", "boolean"])
        self.values[attribute] = {"number": NUMBERS, "text": [None, *TEXTS], "boolean": [None, True, False]}[kind]
        spec["value"] = f"acc.{attribute}"
        cased = kind == "number" and chance(draw, 3)
        curved = kind == "number" and not cased and chance(draw, 4)
        shape = {"logistic": {"midpoint": pick(draw, [2, -1.5]), "slope": pick(draw, [1, 0.25, -2])}} if curved else {}
        spec |= {"cases": builder.cases(scale)} if cased else shape or builder.shape(scale, kind)
        if kind == "number" and chance(draw, 2):
            spec = self.among_peers(spec)
        if chance(draw, 2):
            spec["missing"] = builder.policy(scale)
        return spec

    def among_peers(self, spec: dict[str, Any]) -> dict[str, Any]:
        """A shape among peers in the place of one that is none, or a value that is drawn to the peers' mean."""
        draw = self.draw
        shapes = {"bands", "curve", "identity", "logistic"}
        host = pick(draw, [case for case in spec.get("cases", [spec]) if shapes & case.keys()] or [None])
        if host is None:
            return spec
        form = pick(draw, ["percentile", "zscore", "shrink"])
        if form == "shrink":
            return spec | {"shrink": {"rows": pick(draw, ["n", "m"]), "strength": pick(draw, [1, 4, 0, 2.5])}}
        for key in shapes & host.keys():
            del host[key]
        host[form] = {"within": pick(draw, ["acc.h0", "acc.yes"])} if chance(draw, 3) else {}
        if form == "percentile":
            host[form]["rank"] = pick(draw, ["mid", "below", "at_most"])
        return spec | ({"descending": True} if chance(draw, 3) else {})

    def row(self, index: int) -> dict[str, Any]:
        columns = {**HELD, **self.values}
        return {"id": f"a{index}", **{name: pick(self.draw, options) for name, options in columns.items()}}

    def table(self, rows: list[dict[str, Any]]) -> pa.Table:
        kinds = {"number": pa.float64(), "text": pa.string(), "boolean": pa.bool_()}
        schema = {"id": pa.string(), "h0": pa.float64(), "h1": pa.float64(), "yes": pa.bool_()}
        for name, options in self.values.items():
            kind = "boolean" if True in options and False in options and len(options) == 3 else "number"
            schema[name] = kinds["text" if options[1] in TEXTS else kind]
        return pa.table({name: pa.array([row[name] for row in rows], type_) for name, type_ in schema.items()})

    def score(self, rows: list[dict[str, Any]]) -> ch.Panel:
        """Of some accounts among the peers of the world, who stay as they are."""
        model = ch.Model.parse(self.model)
        home, peers = ch.Portfolio(model, acc=self.table(self.rows)), None
        while peers is None or not peers.complete:
            peers = home.peers(AS_OF, given=peers)
        return ch.Portfolio(model, acc=self.table(rows)).score(AS_OF, peers=peers)

    def leaves(self) -> dict[str, tuple[str, str]]:
        """Deep names of the measures, each by the first way to it."""
        found: dict[str, tuple[str, str]] = {}
        seen: set[str] = set()

        def walk(score: str, prefix: str) -> None:
            seen.add(score)
            for name, spec in self.model["scores"][score]["measures"].items():
                if "value" in spec:
                    found[prefix + name] = (score, name)
                elif spec["score"] not in seen:
                    walk(spec["score"], f"{prefix}{name}.")

        walk(self.top, "")
        return found


@st.composite
def worlds(draw: Draw) -> World:
    return World(draw)


def nearer(now: float, wanted: float) -> list[float]:
    """Values nearer to `now` than `wanted` is: on its side, the nearest to it among them, and on the other."""
    shares = [now + (wanted - now) * part for part in (0.1, 0.5, 0.9, 0.999, -0.1, -0.5, -0.9, -0.999)]
    return [value for value in (math.nextafter(wanted, now), *shares) if value != wanted]


class Trials:
    """Accounts with one value replaced, to be scored all at once."""

    def __init__(self, world: World) -> None:
        self.world, self.rows, self.asked = world, list[dict[str, Any]](), list[tuple[bool, str, Any]]()

    def add(self, row: dict[str, Any], part: str, value: Any, reaches: bool) -> None:
        attribute = self.world.leaf[self.world.leaves()[part]]
        kind = self.world.values[attribute]
        if True in kind and False in kind and len(kind) == 3:  # of a column that is all null nobody knows the type
            value = value == "true" if isinstance(value, str) else bool(value)
        self.rows.append({**row, "id": f"t{len(self.rows):06}", attribute: value})
        self.asked.append((reaches, part, value))

    def check(self, grade: str) -> None:
        if not self.rows:
            return
        world, grades = self.world, [each["name"] for each in self.world.model["scores"][self.world.top]["grades"]]
        self.check_slowly(grades[grades.index(grade) :])
        panel = world.score(self.rows)
        got = {row["account_id"]: row[f"{world.top}_grade"] for row in panel.table.to_pylist()}
        parts = panel.contributions(world.top, deep=True).to_pylist()
        reasons = {(row["account_id"], row["part"]): row["reason"] for row in parts}
        for row, (reaches, part, value) in zip(self.rows, self.asked, strict=True):
            has = got[row["id"]] is not None and grades.index(got[row["id"]]) >= grades.index(grade)
            if reaches:
                assert has, (part, value, row)
            elif has:  # without points of its own a value is not asked for
                assert reasons[(row["id"], part)] is not None, (part, value, row)

    def check_slowly(self, enough: list[str]) -> None:
        """What is said to reach does by the slow evaluator too, among the same peers, where no last bit decides."""
        as_of, home = parse_instant(AS_OF), self.world.rows
        answer = evaluate(self.world.model, {"acc": home + self.rows}, [as_of], peers=[row["id"] for row in home])
        got = {row["account_id"]: row[f"{self.world.top}_grade"] for row in answer.rows}
        for row, (reaches, part, value) in zip(self.rows, self.asked, strict=True):
            if reaches and not in_doubt(self.world.case, answer, (row["id"], as_of)):
                assert got[row["id"]] in enough, (part, value, row)


def labels_below(spec: dict[str, Any], label: str) -> list[str]:
    points = spec.get("labels", {})
    return [other for other in points if points[other] < points[label]]


@examples(200)
@given(worlds(), st.data())
def test_what_reaches_does_and_nothing_nearer_does(world: World, data: st.DataObject) -> None:
    grade = data.draw(st.sampled_from([each["name"] for each in world.model["scores"][world.top]["grades"][1:]]))
    panel = world.score(world.rows)
    have = {row["account_id"]: row for row in panel.table.to_pylist()}
    trials = Trials(world)
    rows = {row["id"]: row for row in world.rows}
    gains: list[tuple[str, float | None]] = []
    for path in panel.path_to(grade, score=world.top).to_pylist():
        row, part = rows[path["account_id"]], path["part"]
        if path["status"] == "held_by_cap":
            continue
        score, measure = world.leaves()[part]
        spec = world.model["scores"][score]["measures"][measure]
        was = row[world.leaf[(score, measure)]]
        wanted = path["to"] if path["to_label"] is None else path["to_label"]
        assert was == (path["from"] if path["from_label"] is None else path["from_label"])
        if path["status"] == "reaches":
            gains.append((f"t{len(trials.rows):06}", path["gain"]))
            trials.add(row, part, wanted, reaches=True)
            if path["to_label"] is not None:
                for other in labels_below(spec, wanted):
                    trials.add(row, part, other, reaches=False)
            elif "labels" not in spec and was is not None:
                for value in nearer(was, wanted):
                    trials.add(row, part, value, reaches=False)
        else:
            assert (path["to"], path["to_label"], path["gain"], path["peer_share"]) == (None, None, None, None)
            others = list(spec["labels"]) if "labels" in spec else FAR
            is_boolean = "true" in others or "false" in others
            for value in [other == "true" for other in others] if is_boolean else others:
                trials.add(row, part, value, reaches=False)
    trials.check(grade)
    if gains:
        after = {row["account_id"]: row[world.top] for row in world.score(trials.rows).table.to_pylist()}
        by_trial = {row["id"]: row for row in trials.rows}
        for trial, gain in gains:
            before = [have[i][world.top] for i, row in rows.items() if same_but_one(row, by_trial[trial])]
            assert any(b is None if gain is None else b is not None and after[trial] - b == gain for b in before)


def same_but_one(row: dict[str, Any], trial: dict[str, Any]) -> bool:
    return sum(row[name] != trial[name] for name in row if name != "id") <= 1


@examples(200)
@given(worlds())
def test_a_cap_that_is_said_to_hold_leaves_no_measure_a_way(world: World) -> None:
    grade = world.model["scores"][world.top]["grades"][-1]["name"]
    panel = world.score(world.rows)
    trials = Trials(world)
    leaves = world.leaves()
    for path in panel.path_to(grade, score=world.top).to_pylist():
        if path["status"] != "held_by_cap" or not path["part"].startswith("cap:"):
            continue
        row = next(row for row in world.rows if row["id"] == path["account_id"])
        for part, (score, measure) in leaves.items():
            spec = world.model["scores"][score]["measures"][measure]
            if all(isinstance(value, (float, type(None))) for value in world.values[world.leaf[(score, measure)]]):
                for value in FAR:
                    trials.add(row, part, value, reaches=False)
            else:
                for label in spec["labels"]:
                    trials.add(row, part, label == "true" if label in ("true", "false") else label, reaches=False)
    trials.check(grade)
