"""A validation in words, for people who act on a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import _core
from ..explain.words import show_signed
from .study import Study

__all__ = ["explained", "sections"]

_COIN = 0.5


def explained(study: Study, notes: Sequence[Mapping[str, Any]]) -> str:
    """Plain text: a heading, then its sentences, each on a line."""
    return "\n\n".join("\n".join([head, *(f"  {line}" for line in lines)]) for head, lines in sections(study, notes))


def sections(study: Study, notes: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Headings and sentences: what was asked, how good, how sure, what to distrust, what to do."""
    rows = _rows(study)
    made = [("What was asked", _question(study, rows))]
    good = [line for row in rows for line in _good(study, row)] if _judged(rows) else [_NOTHING]
    made.append(("How good", good))
    if _judged(rows):
        made.append(("How sure", _sure(study, rows)))
    told: dict[str, list[str]] = {}  # by sentence, whom it is said of
    for note in notes:
        told.setdefault(note["text"], []).extend([study.call(note["score"])] if note["score"] else [])
    distrust = [f"{', '.join(whom)}: {text}." if whom else f"{_upper(text)}." for text, whom in told.items()]
    made.append(("What to distrust", distrust or ["Nothing was found that speaks against these figures."]))
    made.append(("What to do", [_advice(study, row) for row in rows] if _judged(rows) else [_NOTHING_TO_DO]))
    return made


_NOTHING = "It cannot be said: see what to distrust."
_NOTHING_TO_DO = "Take as-ofs whose windows are over, a longer horizon or another outcome, and ask again."


def _rows(study: Study) -> list[dict[str, Any]]:
    from .foretold import summary

    table = study.keep("summary", lambda: summary(study))
    count = len(study.parts)
    rows: list[dict[str, Any]] = table.to_pylist()[::count]
    return rows


def _judged(rows: Sequence[Mapping[str, Any]]) -> bool:
    return rows[0]["auc"] is not None


def _question(study: Study, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    asked, row = study.question, rows[0]
    names = ", ".join(study.call(each.name) for each in asked.candidates)
    what = " or ".join(repr(each) for each in asked.outcomes)
    lead = "" if asked.lead is None else f", from {asked.lead} on"
    first, last = (_core.show_instant(int(asked.as_ofs[place])) for place in (0, -1))
    dates = f"as of {first}" if first == last else f"at {len(asked.as_ofs):,} dates from {first} to {last}"
    whom = "" if asked.among is None else f" where {asked.among}"
    lines = [
        f"Does {names} foresee this within {asked.horizon}{lead}: {what}?",
        f"Accounts{whom}, {dates}; what came is known up to {_core.show_instant(study.cases.observed)}.",
    ]
    if row["cases"]:
        rate = f", {_hundred(row['base_rate'])} of 100" if row["base_rate"] is not None else ""
        lines.append(
            f"{row['cases']:,} cases of {row['accounts']:,} accounts; it came in {row['events']:,} of them{rate}, "
            f"to {row['event_accounts']:,} accounts."
        )
    if len(asked.outcomes) > 1 and row["events"]:
        counts = np.bincount(study.cases.outcome[study.sample.row][study.sample.event], minlength=len(asked.outcomes))
        each = ", ".join(f"{outcome.name} in {many:,}" for outcome, many in zip(asked.outcomes, counts, strict=True))
        lines.append(f"What came first: {each} of these.")
    return lines


def _good(study: Study, row: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{study.call(row['score'])}: of 100 pairs of a case with it and one without, {_hundred(row['auc'])} are put "
        f"in the right order ({_hundred(row['auc_low'])} to {_hundred(row['auc_high'])}); a coin puts 50."
    ]
    if row["lift_10"] is not None:
        found = _hundred(row["lift_10"] * row["base_rate"])
        lines.append(
            f"  Of 100 among its worst tenth it came to {found}, which is {row['lift_10']:.1f} times the average."
        )
    if row["auc_within"] is not None:
        lines.append(
            f"  Within an account, {_hundred(row['auc_within'])} of 100 pairs of months stand in the right order: "
            + ("it tells when, too." if row["auc_within"] >= 0.6 else "it tells whom rather than when.")
        )
    lines += _by_grade(study, row["score"])
    if row["brier_skill"] is not None and row["brier_skill"] <= 0:
        lines.append("  As a probability it is no better than the average rate for everybody.")
    return lines


def _by_grade(study: Study, score: str) -> list[str]:
    from .risks import grades

    table = study.keep("grades", lambda: grades(study))
    by = study.question.by
    rows = [row for row in table.to_pylist() if row["score"] == score and all(row[name] is None for name in by)]
    told = [
        f"{row['grade']} {_hundred(row['rate'])} ({_hundred(row['wilson_low'])} to {_hundred(row['wilson_high'])})"
        for row in rows
        if row["rate"] is not None
    ]
    return [f"  It came to so many of 100, by grade: {', '.join(told)}."] if told else []


def _sure(study: Study, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    from .foretold import differences

    asked, row = study.question, rows[0]
    lines = [
        f"Ranges hold with {asked.confidence:.0%} confidence: {asked.rounds:,} times as many accounts were drawn anew, "
        "each with all its dates.",
        f"They stand on {row['event_accounts']:,} accounts with the outcome"
        + (": few, so the ranges themselves are rough." if row["event_accounts"] < 30 else "."),
    ]
    table = study.keep("differences", lambda: differences(study))
    for pair in table.to_pylist():
        if any(pair[name] is not None for name in asked.by) or pair["auc_low"] is None:
            continue
        points, low, high = (100 * pair[name] for name in ("auc", "auc_low", "auc_high"))
        sure = "" if low > 0 or high < 0 else ", which may be chance"
        lines.append(
            f"{study.call(pair['score'])} puts {show_signed(points)} pairs of 100 more in order than "
            f"{study.call(pair['other'])} "
            f"({show_signed(low)} to {show_signed(high)}){sure}."
        )
    return lines


def _advice(study: Study, row: Mapping[str, Any]) -> str:
    name, low, high = study.call(row["score"]), row["auc_low"], row["auc_high"]
    if row["missing"] == row["cases"]:
        return f"{name}: feed it; without values it cannot be used."
    if low is None or high is None:
        return f"{name}: gather more accounts with the outcome before anybody acts on it."
    if low > _COIN:
        if row["event_accounts"] < 10:
            return f"{name}: promising; act on it with care, and ask again when more accounts had the outcome."
        strength = "It foresees well" if row["auc"] >= 0.75 else "It foresees, and misses many"
        return f"{name}: {strength}. Work its list from the worst up, and judge it again each quarter."
    if high < _COIN:
        return f"{name}: it points the wrong way; do not act on it before its measures are turned over or weighed anew."
    return f"{name}: it cannot be told from a coin; do not act on it alone."


def _hundred(share: float | None) -> str:
    """A share as so many of 100; a decimal where it is small."""
    if share is None or np.isnan(share):
        return "–"
    return f"{100 * share:.1f}" if 0 < share < 0.095 else f"{100 * share:.0f}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
