"""What would lift a score to its next grade, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..instants import to_micros

if TYPE_CHECKING:
    from ..scored import Scored
    from .explanation import ScoreView

__all__ = ["Lift", "lift_head", "lift_lines", "lift_of", "shown"]

_SHOWN_WAYS = 5


@dataclass(frozen=True)
class Lift:
    """What would lift a score to its next grade."""

    grade: str
    ways: tuple[str, ...]
    """Each enough alone, in words; the value that is most common among the accounts first."""
    held: tuple[str, ...]
    """Caps that keep the score below the grade, in words."""


def lift_of(scored: Scored, info: Any, row: Mapping[str, Any], reason: str | None, at: int) -> Lift | None:
    """For one row of the panel; None where there is no higher grade or the score does not apply."""
    import pyarrow as pa

    grades: list[str] = info["grades"]
    held = row.get(f"{info['name']}_grade")
    following = grades.index(held) + 1 if held in grades else 1
    if reason == "not_applicable" or following >= len(grades):
        return None
    grade, micros = grades[following], int(to_micros(row["as_of"])[0])
    paths = scored.core.path_to(grade, info["name"], micros, scored.threads, None, at, 1)
    found: list[dict[str, Any]] = pa.table(paths).to_pylist()
    return Lift(
        grade=grade,
        ways=tuple(_way(path) for path in found if path["status"] == "reaches"),
        held=tuple(_holder(path) for path in found if path["status"] == "held_by_cap"),
    )


def _way(path: Mapping[str, Any]) -> str:
    part, share = path["part"], path["peer_share"]
    if path["to_label"] is not None:
        now = "not known" if path["from_label"] is None else path["from_label"]
        change = f"{part}: {path['to_label']} (now {now})"
    else:
        now = "not known" if path["from"] is None else _number(path["from"])
        change = f"{part}: {_wanted(path['from'], path['to'])} (now {now})"
    gain = "" if path["gain"] is None else f", adds {path['gain']:.1f}"
    common = "" if share is None else f"; {share:.0%} of accounts are there"
    return f"{change}{gain}{common}"


def _wanted(now: float | None, wanted: float) -> str:
    """The wanted value; just beyond an edge, the edge."""
    short = float(f"{wanted:.12g}")
    if now is not None and short != wanted and (now <= short < wanted or wanted < short <= now):
        return f"{'more' if wanted > now else 'less'} than {_number(short)}"
    return _number(short)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e4 or value == int(value) else f"{value:.6g}"


def _holder(path: Mapping[str, Any]) -> str:
    before, _, name = path["part"].rpartition("cap:")
    where = f" of {before.rstrip('.')}" if before else ""
    gain = f"; without it the score would be {path['gain']:.1f} higher" if path["gain"] else ""
    return f"the cap '{name}'{where} holds it at {_number(path['from'])}{gain}"


def lift_head(view: ScoreView) -> str:
    """The sentence before the ways; empty where there is nothing to say."""
    lift = view.lift
    if lift is None:
        return ""
    if lift.ways:
        return f"What would lift it to {lift.grade}, each alone:"
    if lift.held:
        return f"What keeps it from {lift.grade}:"
    return f"No single change would lift it to {lift.grade}: it takes several at once."


def shown(lift: Lift) -> Iterator[str]:
    """The lines under the head."""
    yield from lift.ways[:_SHOWN_WAYS]
    if len(lift.ways) > _SHOWN_WAYS:
        yield f"and {len(lift.ways) - _SHOWN_WAYS} more"
    yield from lift.held


def lift_lines(view: ScoreView) -> Iterator[str]:
    """As text, under the parts of a score."""
    if view.lift is None:
        return
    yield f"  {lift_head(view)}"
    for line in shown(view.lift):
        yield f"    {line}"
