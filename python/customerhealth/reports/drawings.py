"""Small drawings as inline SVG: a few hundred bytes each, so that a page of two thousand accounts stays small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..colours import MISSING, NEUTRAL, SERIES, colour_of_change, faint, grade_colours
from ..explain.words import real_minus, show_signed
from ..grades import Grade

__all__ = ["Layer", "amounts", "bands", "lines", "spark", "stacked"]

Layer = tuple[str, str, Sequence[float]]
"""What it is called, which others may be called too; its colour; an amount a date."""
_WIDE, _HIGH = 240, 56


def bands(grades: Sequence[Grade], low: float, high: float) -> str:
    """The bands of the grades, which each account's drawing refers to; nothing is drawn by itself."""
    colours = grade_colours([grade.name for grade in grades])
    ends = [grade.edge for grade in grades[1:]] + [high]
    areas = "".join(
        f"<rect y='{_y(end, low, high)}' width='{_WIDE}' height='{_y(grade.edge, low, high) - _y(end, low, high)}' "
        f"fill='{faint(colours[grade.name], 0.18)}'/>"
        for grade, end in zip(grades, ends, strict=False)
    )
    return f"<svg width='0' height='0' style='position:absolute' aria-hidden='true'><g id='bands'>{areas}</g></svg>"


def _y(value: float, low: float, high: float) -> int:
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return round(_HIGH * (1 - share))


def spark(values: Sequence[float | None], low: float, high: float, colour: str, said: str) -> str:
    """A score over time, over the bands; where it is missing the line has a gap."""
    step = _WIDE / max(1, len(values) - 1)
    runs: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{round(place * step)},{_y(value, low, high)}")
    drawn = "".join(f"<polyline points='{' '.join(run)}'/>" for run in runs if len(run) > 1)
    drawn += "".join(
        f"<circle cx='{x}' cy='{y}' r='2'/>" for run in runs if len(run) == 1 for x, y in [run[0].split(",")]
    )
    if values and values[-1] is not None:
        drawn += f"<circle cx='{_WIDE}' cy='{_y(values[-1], low, high)}' r='4' style='fill:{colour}'/>"
    return (
        f"<svg class='k' viewBox='-4 -4 {_WIDE + 8} {_HIGH + 8}' role='img' aria-label='{escape(said)}'>"
        f"<use href='#bands'/>{drawn}</svg>"
    )


def stacked(dates: Sequence[str], layers: Sequence[Layer], what: str) -> str:
    """Bars over time, a layer a grade from the worst up."""
    wide, high = 640, 180
    totals = [sum(amounts[place] for _, _, amounts in layers) for place in range(len(dates))]
    most = max(totals, default=0.0) or 1.0
    step = wide / max(1, len(dates))
    parts = []
    for place, date in enumerate(dates):
        below = 0.0
        for name, colour, amounts in layers:
            value = amounts[place]
            if not value:
                continue
            top, tall = high * (1 - (below + value) / most), high * value / most
            share = value / totals[place]
            said = escape(f"{date}: {value:,.0f} of {totals[place]:,.0f} {what} {name} ({share:.0%})")
            where = f"x='{place * step:.1f}' y='{top:.1f}' width='{step * 0.86:.1f}' height='{tall:.1f}'"
            parts.append(f"<rect {where} fill='{colour}'><title>{said}</title></rect>")
            below += value
    return _framed(parts, dates, wide, high, f"{most:,.0f} {what}") + _legend(
        [(name, colour) for name, colour, amounts in layers if any(amounts)]
    )


def _framed(parts: Sequence[str], dates: Sequence[str], wide: int, high: int, top: str) -> str:
    ends = f"<text x='0' y='{high + 16}'>{escape(dates[0])}</text>" if dates else ""
    if len(dates) > 1:
        ends += f"<text x='{wide}' y='{high + 16}' text-anchor='end'>{escape(dates[-1])}</text>"
    return (
        f"<svg class='c' viewBox='0 -18 {wide} {high + 38}' role='img'><text x='0' y='-6'>{escape(top)}</text>"
        f"{''.join(parts)}<line x1='0' y1='{high}' x2='{wide}' y2='{high}'/>{ends}</svg>"
    )


def _legend(colours: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<span><i style='background:{colour}'></i>{escape(name)}</span>" for name, colour in colours)
    return f"<div class='legend'>{items}</div>"


def lines(
    ends: tuple[str, str], series: Mapping[str, Sequence[tuple[float, float | None]]], *, chance: bool = False
) -> str:
    """Lines of shares: x runs from 0 to 1, y from the lowest to the highest share that there is."""
    wide, high = 640, 180
    there = [y for points in series.values() for _, y in points if y is not None]
    least, most = (0.0, 1.0) if chance or not there else (min(there), max(1.0, *there))
    least = min(least, most - 0.05)

    def place(x: float, y: float) -> str:
        return f"{wide * x:.1f},{high * (1 - (y - least) / (most - least)):.1f}"

    parts = (
        [f"<polyline points='{place(0, 0)} {place(1, 1)}' stroke='{MISSING}' stroke-dasharray='4'/>"] if chance else []
    )
    colours = {name: SERIES[k % len(SERIES)] for k, name in enumerate(series)}
    for name, points in series.items():
        drawn = " ".join(place(x, y) for x, y in points if y is not None)
        parts.append(f"<polyline points='{drawn}' stroke='{colours[name]}'/>")
    floor = f"<text x='0' y='{high - 4}'>{least:.0%}</text>"
    return _framed([*parts, floor], ends, wide, high, f"{most:.0%}") + _legend([*colours.items()])


def amounts(steps: Sequence[tuple[str, float, bool]]) -> str:
    """A waterfall: of each bar its name, its amount and whether it is a whole rather than a step."""
    wide, high = 640, 180
    level, tops = 0.0, []
    for _, amount, is_whole in steps:
        begin = 0.0 if is_whole else level
        level = begin + amount
        tops.append((min(begin, level), max(begin, level)))
    most = max((top for _, top in tops), default=0.0) or 1.0
    step = wide / max(1, len(steps))
    parts = []
    for place, ((name, amount, is_whole), (bottom, top)) in enumerate(zip(steps, tops, strict=True)):
        colour = NEUTRAL if is_whole else colour_of_change(amount)
        y, tall = high * (1 - top / most), max(1.0, high * (top - bottom) / most)
        shown = f"{amount:,.0f}" if is_whole else real_minus(show_signed(amount, 0))
        middle = (place + 0.5) * step
        parts.append(
            f"<rect x='{place * step + 4:.1f}' y='{y:.1f}' width='{step - 8:.1f}' height='{tall:.1f}' fill='{colour}'/>"
            f"<text x='{middle:.1f}' y='{y - 5:.1f}' text-anchor='middle'>{shown}</text>"
            f"<text x='{middle:.1f}' y='{high + 16}' text-anchor='middle'>{escape(name)}</text>"
        )
    return f"<svg class='c' viewBox='0 -22 {wide} {high + 44}' role='img'>{''.join(parts)}</svg>"
