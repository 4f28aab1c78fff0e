"""The variations of plays that a replay sets side by side."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import _core
from ..errors import DataError, ModelError, Problem, UnknownNameError
from ..model import Model
from .checks import chosen

__all__ = ["OUTCOME", "RESERVED", "Variant", "play_specs", "translated", "variants_of"]

OUTCOME = "outcome"
RESERVED = (
    *("play", "variant", "openings", "accounts", "per_week", "most_open", "already", "censored", "scored", "hits"),
    *("precision", "precision_low", "precision_high", "base_rate", "lift", "outcomes", "caught", "recall"),
    *("recall_low", "recall_high", "q1_lead_days", "median_lead_days", "q3_lead_days", "week", "open", "owner"),
    *("most_in_a_week", "account_id", "opened", "closed", "priority", "outcome_at", "lead_days", "status"),
)
_RULES = ("when", "unless", "closes", "cooldown")
_KEPT = (*_RULES, "priority", "owner")
_MOST = 2_000
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Variant:
    """A play with some of its rules set."""

    play: str
    number: int
    """0: as the model has it."""
    spec: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    """What was varied."""


def variants_of(model: Model, plays: object, vary: Mapping[str, Mapping[str, Any]] | None) -> list[Variant]:
    """Each play as the model has it, and then every combination of what is varied of it."""
    names = chosen("play", plays, model.plays)
    if not names:
        raise DataError("replay: the model has no plays")
    specs = model.to_dict()["plays"]
    if vary is not None and not isinstance(vary, Mapping):
        raise DataError(f"vary: expected a mapping from plays to what is varied of them, got {type(vary).__name__}")
    for name in vary or {}:
        if name not in names:
            raise UnknownNameError(
                f"vary: '{name}' is none of the plays replayed: {', '.join(names)}", column=str(name)
            )
    out = []
    for name in names:
        spec = {key: value for key, value in specs[name].items() if key in _KEPT}
        out.append(Variant(name, 0, spec))
        varied = list(_combinations(name, spec, (vary or {}).get(name, {})))
        out += [Variant(name, number + 1, made, settings) for number, (made, settings) in enumerate(varied)]
    if len(out) > _MOST:
        raise DataError(f"vary: {len(out):,} plays and variations of them; at most {_MOST:,}")
    return out


def _combinations(play: str, spec: Mapping[str, Any], vary: object) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The play's keys and what was set of them, a pair each combination."""
    where = f"vary['{play}']"
    if not isinstance(vary, Mapping):
        raise DataError(f"{where}: expected a mapping from keys of the play to their values")
    if not vary:
        return
    lists = {str(key): _values(f"{where}['{key}']", value) for key, value in vary.items()}
    rules = {key: values for key, values in lists.items() if key in _RULES}
    texts = [text for values in rules.values() for text in values if isinstance(text, str)]
    wanted = {name for text in texts for name in _BRACES.findall(text)}
    for name in lists:
        if name not in _RULES and name not in wanted:
            raise DataError(
                f"{where}: '{name}' is neither a rule of a play ({', '.join(_RULES)}) nor in braces in one, "
                f'as in "when": "days_quiet > {{{name}}}"'
            )
    for name in sorted(wanted - lists.keys()):
        raise DataError(f"{where}: no values are given for {{{name}}}")
    for name in lists:
        if name in RESERVED:
            raise DataError(f"{where}: '{name}' is a column of the summary: call it something else")
    shown = [name for name in lists if name not in _RULES or len(lists[name]) > 1 or not _has_braces(lists[name])]
    for values in itertools.product(*lists.values()):
        setting = dict(zip(lists, values, strict=True))
        yield _set(spec, setting), {name: setting[name] for name in shown}


def _has_braces(values: list[Any]) -> bool:
    return any(isinstance(one, str) and _BRACES.search(one) for one in values)


def _values(where: str, value: object) -> list[Any]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        values = [value]
    else:
        values = [one.item() if hasattr(one, "item") else one for one in value]
    if not values:
        raise DataError(f"{where}: expected one value or more, got none")
    for one in values:
        if one is not None and not isinstance(one, str | int | float):
            raise DataError(f"{where}: {one!r} is no formula, length or number")
    if len({isinstance(one, str) for one in values if one is not None}) > 1:
        raise DataError(f"{where}: expected values of one type, got numbers and texts")
    return values


def _set(spec: Mapping[str, Any], setting: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(spec)
    for key in _RULES:
        if key not in setting:
            continue
        value = setting[key]
        if value is None:
            made.pop(key, None)
        elif isinstance(value, str):
            made[key] = _BRACES.sub(lambda found: _written(setting[found[1]]), value)
        else:
            made[key] = value
    return made


def _written(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "missing", True: "true", False: "false"}[value]
    return f"{value}"


def play_specs(variants: list[Variant], outcome: str | None) -> dict[str, dict[str, Any]]:
    """Plays for a model, named by their places; the outcome is one that opens where it begins."""
    specs = {f"p{place}": variant.spec for place, variant in enumerate(variants)}
    return specs if outcome is None else specs | {OUTCOME: {"when": outcome}}


def translated(error: ModelError, variants: list[Variant]) -> ModelError:
    """The same problems, where the user wrote what caused them."""
    problems = [Problem(_written_at(problem.path, variants), *problem[1:]) for problem in error.problems]
    return ModelError(_core.list_problems(problems), problems)


def _written_at(path: str, variants: list[Variant]) -> str:
    """A path into the document of `play_specs` as one into what the user gave."""
    kind, _, rest = path.partition(".")
    name, _, key = rest.partition(".")
    if kind != "plays" or not name:
        return path
    if name == OUTCOME:
        return OUTCOME
    variant = variants[int(name.removeprefix("p"))]
    if variant.number == 0:
        return ".".join(word for word in (kind, variant.play, key) if word)
    settings = ", ".join(f"{name}={value!r}" for name, value in variant.settings.items())
    return ": ".join(word for word in (f"vary['{variant.play}'] with {settings}", key) if word)
