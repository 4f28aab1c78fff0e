"""What changed since the last period, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import _core
from ..io.results import as_table
from ..results.looks import Look
from .part_names import PartNames
from .views import Since, Step
from .words import reason_in_words, show_apart, show_as, show_share

if TYPE_CHECKING:
    from ..scored import Scored

__all__ = ["changed_since"]

_MOST_STEPS = 5


def changed_since(scored: Scored, score: str, before: int, now: int, rows: tuple[int, int]) -> Since:
    """The causes of one score of one account, whose `rows` of the panel are its first and their count."""
    begin, count = rows
    causes: list[dict[str, Any]] = as_table(scored.core.causes(score, before, now, begin, count)).to_pylist()
    causes.sort(key=lambda cause: -abs(cause["contribution"] or 0.0))  # of equals, document order
    missing = any(cause["part"] is None for cause in causes)
    names = PartNames(scored.model.to_dict(), score)
    steps = [Step(cause["part"], cause["cause"], cause["contribution"], _words(cause, names)) for cause in causes]
    if len(steps) > _MOST_STEPS:
        rest = steps[_MOST_STEPS - 1 :]
        small = Step(None, None, sum(step.adds or 0.0 for step in rest), f"{len(rest)} smaller changes together")
        steps = [*steps[: _MOST_STEPS - 1], small]
    change = None if missing else sum(cause["contribution"] for cause in causes)
    return Since(_core.show_instant(before), change, tuple(steps))


# ---- one cause in words ---------------------------------------------------------------------------------------------


def _words(cause: Mapping[str, Any], names: PartNames) -> str:
    """The cause behind the part that it is about."""
    part, other = cause["part"], cause["other"]
    if part is None:
        return _score_itself(cause, names.own)
    look = names.own if cause["cap"] else names.look(part)
    said = {**cause, "look": look, "other": None if other is None else names.called(other)}
    return f"{cause['cap'] or names.called(part)}: {_WORDS[cause['cause']](said)}"


def _score_itself(cause: Mapping[str, Any], look: Look) -> str:
    why = "the account was not looked at" if cause["kind"] == "no_row" else _why_missing(cause)
    if cause["cause"] == "appeared":
        return f"there is a score now ({show_as(cause['to'], look)}); before there was none: {why}"
    return f"there is no score any more (it was {show_as(cause['from'], look)}): {why}"


def _why_missing(cause: Mapping[str, Any]) -> str:
    return reason_in_words(cause["from_reason"] or cause["to_reason"])


def _moved(cause: Mapping[str, Any]) -> str:
    before, now = cause["from"], cause["to"]
    if before is None and now is None:
        return "it is another"
    if before == now:
        return f"still {show_as(now, cause['look'])}"
    from_text, to_text = show_apart(before, now, look=cause["look"])
    if before is None or now is None:
        return f"{from_text} before, {to_text} now"
    verb = "rose" if now > before else "fell"
    return f"{verb} from {from_text} to {to_text}"


def _value(cause: Mapping[str, Any]) -> str:
    if cause["kind"] == "policy":
        return _by_policy(cause["from_reason"], cause["to_reason"])
    if cause["kind"] == "entries":
        entries = f"{cause['from_word']} → {cause['to_word']}"
        return entries if cause["from"] is None else f"{_moved(cause)} ({entries})"
    return _moved(cause)


def _by_policy(before: str | None, now: str | None) -> str:
    """The model says what a missing value is worth: at which of the dates it was missing, and why."""
    if before is None:
        return f"missing now: {reason_in_words(now)}"
    if now is None:
        return f"missing before: {reason_in_words(before)}"
    return f"missing: {before} → {now}"


def _case(cause: Mapping[str, Any]) -> str:
    return f"another rule applies to it: {cause['from_word']} → {cause['to_word']}"


def _weight(cause: Mapping[str, Any]) -> str:
    why = "counts now" if cause["kind"] == "part_appeared" else "counts no more"
    return (
        f"counts for {show_share(cause['to'])} instead of {show_share(cause['from'])}, because {cause['other']} {why}"
    )


def _appeared(cause: Mapping[str, Any]) -> str:
    return f"counts now, and did not before: {_why_missing(cause)}"


def _vanished(cause: Mapping[str, Any]) -> str:
    return f"does not count any more: {_why_missing(cause)}"


def _chosen(cause: Mapping[str, Any]) -> str:
    if cause["kind"] == "part_decided_before":
        return f"it decides now, instead of {cause['other']}"
    return f"it decides no more, but {cause['other']}"


def _cap(cause: Mapping[str, Any]) -> str:
    before, now = show_apart(cause["from"], cause["to"], look=cause["look"])
    if cause["kind"] == "cap_on":
        return f"this limit applies now ({now})"
    if cause["kind"] == "cap_off":
        return f"this limit applies no more (it was {before})"
    if cause["kind"] == "cap_moved":
        return f"this limit went from {before} to {now}"
    return f"this limit ({now}) still applies, and takes more or less away"


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "value": _value,
    "band": _value,
    "case": _case,
    "peers": lambda _: "those it is compared with have other values",
    "weight": _weight,
    "appeared": _appeared,
    "vanished": _vanished,
    "chosen": _chosen,
    "cap": _cap,
    "round": lambda _: "other digits are rounded away",
    "clamp": lambda _: "the score is kept to its scale",
}
