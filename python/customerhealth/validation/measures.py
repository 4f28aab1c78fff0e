"""The measures whose weights are learned: found in a document, put apart as columns, and written back."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _core
from ..errors import DataError, unknown
from ..io.columns import Floats
from ..loaded import Loaded
from ..model import Model

__all__ = ["Apart", "Curve", "Leaf", "apart", "can_be_a_curve", "leaves_of", "rewritten", "scaled", "together"]

_COLUMN, _VALUE, _COPY = "learn_points_{}", "learn_value_{}", "learn_{}_{}"
_SHAPES = ("bands", "identity", "logistic", "curve")
_SAME = 1e-9
_STEPS = 100  # of a scale: points are written as whole ones of 0 to 100


@dataclass(frozen=True)
class Leaf:
    """A measure, or a nested score that stays as it is, with a weight of its own."""

    part: str
    """Its path below the score: ``engagement.recency``."""
    owner: str
    """The score whose measure it is."""
    name: str
    share: float
    """Of the whole score's weight, as the document has it."""
    scale: tuple[float, float]
    """Of its points."""


def leaves_of(model: Model, score: str) -> list[Leaf]:
    """The measures of a score and of those nested in it, with the shares of weight that the document gives them.

    A nested score is opened where it is a mean that has no other parent; else it is one measure, and stays as it is.
    """
    scores = model.to_dict().get("scores", {})
    if score not in scores:
        raise unknown("learn: the model has no score", score, model.scores)
    if scores[score].get("combine", "mean") != "mean":
        raise DataError(
            f"learn: '{score}' is combined by {scores[score]['combine']}; weights are learned where a score is a mean"
        )
    out: list[Leaf] = []
    _open(scores, score, "", 1.0, out)
    return out


def _open(scores: Mapping[str, Any], owner: str, path: str, share: float, out: list[Leaf]) -> None:
    measures = scores[owner]["measures"]
    weights = {name: _weight(owner, name, measure) for name, measure in measures.items()}
    total = sum(weights.values())
    for name, measure in measures.items():
        mine = share * weights[name] / total if total > 0 else 0.0
        nested = measure.get("score")
        if nested is not None and _opens(scores, nested):
            _open(scores, nested, f"{path}{name}.", mine, out)
            continue
        low, high = scores[nested if nested is not None else owner].get("scale", [0, 100])
        out.append(Leaf(f"{path}{name}", owner, name, mine, (float(low), float(high))))


def _opens(scores: Mapping[str, Any], nested: str) -> bool:
    """Whether a nested score's own weights may be learned."""
    parents = sum(m.get("score") == nested for other in scores.values() for m in other["measures"].values())
    return bool(parents == 1 and scores[nested].get("combine", "mean") == "mean")


def _weight(owner: str, name: str, measure: Mapping[str, Any]) -> float:
    weight = measure.get("weight", 1)
    if isinstance(weight, Mapping):
        return float(sum(weight.values()))
    if "each" in measure:
        raise DataError(
            f"learn: {owner}.{name} has one weight for each value of '{measure['each']}', whose number changes; "
            "write a weight by value"
        )
    return float(weight)


@dataclass(frozen=True)
class Curve:
    """The shape that a leaf is given."""

    at: Floats
    """The corners."""
    points: Floats
    """There, from 0 to 1."""
    missing: Mapping[float, float]
    """What the document's points of a missing value become."""


@dataclass(frozen=True)
class Apart:
    """The tables under a model that has what is learned from as columns, and what those are called."""

    loaded: Loaded
    points: list[str]
    """Of each leaf, as a score of its own."""
    values: list[str | None]
    """Of each leaf whose shape is learned."""


def can_be_a_curve(measure: Mapping[str, Any]) -> bool:
    """Whether its points are a function of its value alone: not of peers, of a rule, or of the value as a text."""
    return "value" in measure and "shrink" not in measure and any(shape in measure for shape in _SHAPES)


def apart(loaded: Loaded, leaves: list[Leaf], shaped: Collection[str]) -> Apart:
    """The columns to learn from; `shaped` are the parts whose shapes are learned."""
    document = loaded.model.to_dict()
    names: list[str] = []
    values: list[str | None] = []
    for place, leaf in enumerate(leaves):
        owner = document["scores"][leaf.owner]
        measure = copy.deepcopy(owner["measures"][leaf.name])
        if not isinstance(measure.get("weight"), Mapping):
            measure["weight"] = 1
        if "score" in measure:
            alone = {"scale": list(leaf.scale), "measures": {leaf.name: measure}}
        else:
            kept = {key: owner[key] for key in ("scale", "include") if key in owner}
            alone = {**kept, "measures": {leaf.name: measure}}
        names.append(_COLUMN.format(place))
        document["scores"][names[-1]] = alone
        values.append(None)
        if leaf.part in shaped:
            values[-1] = str(measure["value"])
            if values[-1] not in loaded.model.columns:
                values[-1] = _VALUE.format(place)
                document.setdefault("metrics", {})[values[-1]] = {"formula": measure["value"]}
    document.pop("plays", None)
    core = _core.Model.for_tables_of(json.dumps(document), loaded.model.core)
    return Apart(loaded.under(core, progress=False), names, values)


def rewritten(
    model: Model, score: str, leaves: list[Leaf], weights: Floats, curves: Sequence[Curve | None], *, whole: bool
) -> Model:
    """The model with the leaves' weights and curves; a nested score weighs what its leaves do together.

    Where all leaves of a nested score weigh nothing, it keeps its own weights, and counts for nothing. Probabilities of
    scores that change are left out: they were those of other values.
    """
    document = model.to_dict()
    scores, by_part = document["scores"], {leaf.part: w for leaf, w in zip(leaves, weights.tolist(), strict=True)}
    _write(scores, score, "", by_part)
    for leaf, curve in zip(leaves, curves, strict=True):
        if curve is not None:
            _bend(scores[leaf.owner]["measures"][leaf.name], curve, leaf.scale, whole=whole)
    for owner in {leaf.owner for leaf in leaves} | {score}:
        scores[owner].pop("probability", None)
    return Model.parse(document)


def together(model: Model, score: str, leaves: list[Leaf], others: Sequence[Model]) -> tuple[dict[str, Any], list[str]]:
    """A document with the score as each of `others` has it, and what those are called.

    So their metrics, which take nearly all the time, are worked out once. No names where a formula that the score may
    read names one of its scores: that would go on reading the score as it is in the model.
    """
    document, owners = model.to_dict(), {leaf.owner for leaf in leaves} | {score}
    document.pop("plays", None)
    if _is_named(document, owners):
        return document, []
    for place, other in enumerate(others):
        theirs = other.to_dict()["scores"]
        for owner in owners:
            copied = {key: value for key, value in theirs[owner].items() if key not in ("trend", "probability")}
            for measure in copied["measures"].values():
                if measure.get("score") in owners:
                    measure["score"] = _COPY.format(place, measure["score"])
            document["scores"][_COPY.format(place, owner)] = copied
    return document, [_COPY.format(place, score) for place in range(len(others))]


def _is_named(document: Mapping[str, Any], owners: set[str]) -> bool:
    """Whether formulas that a score may read name one of these, or what is made of it."""
    of_scores = list(_texts({kind: document.get(kind, {}) for kind in ("metrics", "scores")}))
    states = {kind: document.get(kind, {}) for kind in ("journeys", "cohorts")}
    if _names_any(_texts(states), owners):
        owners = owners.union(*states.values())
    return _names_any(of_scores, owners)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key not in ("description", "label", "unit") and not (key == "score" and isinstance(value, str)):
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node


def _names_any(texts: Iterable[str], names: set[str]) -> bool:
    one = re.compile(rf"\b({'|'.join(map(re.escape, names))})(_\w+)?\b")
    return any(one.search(text) for text in texts)


def _write(scores: Mapping[str, Any], owner: str, path: str, weights: Mapping[str, float]) -> float:
    """Sets the weights of a score's measures, and says what they sum to."""
    measures, mine = scores[owner]["measures"], {}
    for name, measure in measures.items():
        part = f"{path}{name}"
        mine[name] = weights[part] if part in weights else _write(scores, measure["score"], f"{part}.", weights)
    if sum(mine.values()) > 0:
        for name, weight in mine.items():
            _set(measures[name], weight)
    return sum(mine.values())


def _bend(measure: dict[str, Any], curve: Curve, scale: tuple[float, float], *, whole: bool) -> None:
    """A curve in place of the shape, and what is learned of a missing value in place of its points."""
    for shape in _SHAPES:
        measure.pop(shape, None)
    points = scaled(curve.points, scale, whole=whole)
    measure["curve"] = [[_written(x), _written(y)] for x, y in zip(curve.at.tolist(), points.tolist(), strict=True)]

    def learned(policy: Any) -> Any:
        if isinstance(policy, Mapping):
            return {reason: learned(each) for reason, each in policy.items()}
        if isinstance(policy, str):
            return policy
        before = (policy - scale[0]) / (scale[1] - scale[0])
        after = next((to for given, to in curve.missing.items() if abs(given - before) < _SAME), before)
        return policy if after == before else _written(float(scaled(np.array([after]), scale, whole=whole)[0]))

    if "missing" in measure:
        measure["missing"] = learned(measure["missing"])


def scaled(points: Floats, scale: tuple[float, float], *, whole: bool) -> Floats:
    """Points from 0 to 1 as those of a scale; whole: in hundredths of its width."""
    points = np.round(points * _STEPS) / _STEPS if whole else points
    return np.asarray(scale[0] + (scale[1] - scale[0]) * points)


def _set(measure: dict[str, Any], weight: float) -> None:
    """A weight as people write it; of a weight by value, each in proportion."""
    if isinstance(measure.get("weight"), Mapping):
        before = measure["weight"]
        total = sum(before.values())
        each = {name: value * weight / total if total else weight / len(before) for name, value in before.items()}
        measure["weight"] = {name: _written(value) for name, value in each.items()}
    else:
        measure["weight"] = _written(weight)


def _written(weight: float) -> float | int:
    short = float(f"{weight:.6g}")
    return int(short) if short == np.floor(short) else short
