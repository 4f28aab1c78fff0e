"""Words and numbers for people who never saw the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .. import _core
from ..io.instants import to_micros
from ..io.lengths import Length
from ..results.cells import show_number
from ..results.looks import PLAIN, Look
from ..results.signs import LONGEST_UNIT, short

__all__ = [
    "is_shown",
    "real_minus",
    "reason_in_words",
    "show_apart",
    "show_as",
    "show_fixed",
    "show_length",
    "show_points",
    "show_score",
    "show_share",
    "show_signed",
    "show_unit",
    "show_value",
    "shown_as",
]

_REASONS = {
    "never": "no data: the account has no row in that table",
    "silent": "the account has data, but none of it counts here",
    "stale": "the data stopped arriving; this says nothing about the account",
    "too_young": "not enough history yet",
    "too_few": "too few rows to judge by",
    "open": "its end has not come yet",
    "undefined": "cannot be computed, as in a division by zero",
    "not_applicable": "does not apply to this account",
    "out_of_range": "the value is outside all that the model names",
    "few_peers": "too few accounts to compare with",
    "coverage": "too little is known about the account for a score",
}


_FULL = 999.5
"""From here on three figures would need an exponent."""
_MOST_DIGITS = 18
_LEAST_SHOWN = 0.05  # points; less is shown as 0.0


def reason_in_words(reason: str | None) -> str:
    """Why a value is missing; as the core names it where there is no sentence for it."""
    return _REASONS.get(reason or "", reason or "missing")


def show_value(value: object) -> str:
    """A value for people: at most four figures that count."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.0f}" if abs(value) >= _FULL or value == int(value) else f"{value:.3g}"
    return _core.show_instant(int(to_micros(value)[0])) if hasattr(value, "isoformat") else str(value)


def show_as(value: object, look: Look) -> str:
    """A value in the unit and the digits of its metric."""
    [text] = show_apart(value, look=look)
    return text


def shown_as(value: object, look: Look) -> str | None:
    """The same where the model says a unit or digits."""
    return None if look.unit is None and look.digits is None else show_as(value, look)


def show_apart(*values: object, show: Callable[[float], str] = show_value, look: Look = PLAIN) -> tuple[str, ...]:
    """Values that stand in one sentence: `show`, with as many more figures as numbers that differ need to look it."""
    if look.unit == "percent":
        values = tuple(value * 100 if _is_number(value) else value for value in values)  # type: ignore[operator]
    digits = look.digits
    first = show if digits is None else lambda value: show_number(value, digits)
    texts = tuple(first(value) if _is_number(value) else show_value(value) for value in values)  # type: ignore[arg-type]
    numbers = {value for value in values if _is_number(value)}
    figures = 4
    while len({text for text, value in zip(texts, values, strict=True) if _is_number(value)}) < len(numbers):
        texts = tuple(
            f"{value:,.{figures}g}" if _is_number(value) else text for text, value in zip(texts, values, strict=True)
        )
        figures += 1
    return tuple(
        show_unit(text, look.unit) if _is_number(value) else text for text, value in zip(texts, values, strict=True)
    )


def show_unit(text: str, unit: str | None) -> str:
    """A number with what stands behind it."""
    return text if unit is None else f"{text}%" if unit == "percent" else f"{text} {short(unit, LONGEST_UNIT)}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def show_points(points: float, edges: Iterable[float] = (), look: Look = PLAIN) -> str:
    """A score with one decimal, or as many more as it takes to show it on its side of each edge, or at it."""
    if look.unit == "percent":
        points, edges = points * 100, [edge * 100 for edge in edges]
    for digits in range(1 if look.digits is None else look.digits, _MOST_DIGITS):
        text = f"{points:.{digits}f}"
        if all(_side(float(text), edge) == _side(points, edge) for edge in edges):
            return text
    return repr(points)


def show_score(points: float, edges: Iterable[float], look: Look) -> str:
    """The same with the percent sign of a score that is a share."""
    return show_points(points, edges, look) + ("%" if look.unit == "percent" else "")


def show_signed(number: float | None, digits: int = 1, look: Look = PLAIN) -> str:
    """A change with its sign; none where so many decimals show nothing but zeros, and – where it is not known.

    `look` is that of a score: without digits of its own, or where these hide the change, there are `digits` of them.
    """
    if number is None:
        return "–"
    number = number * 100 if look.unit == "percent" else number
    for decimals in (digits if look.digits is None else look.digits, digits):
        text = f"{number:+,.{decimals}f}"
        if not set(text[1:]) <= {"0", ",", "."}:
            break
    else:
        text = text[1:]
    return f"{text}%" if look.unit == "percent" else text


def is_shown(points: float, look: Look) -> bool:
    """Whether a change by so many points of a score is more than 0.0 to people."""
    return abs(points) * (100 if look.unit == "percent" else 1) >= _LEAST_SHOWN


def show_fixed(number: float | None, look: Look = PLAIN) -> str:
    """Points, or what they add, among others below each other: as many decimals as the score has, else one."""
    return "–" if number is None else show_number(number, *_places(look))


def _places(look: Look) -> tuple[int, str | None]:
    """Decimals, and the unit behind numbers of a list: others than percent would be repeated there."""
    return 1 if look.digits is None else look.digits, look.unit if look.unit == "percent" else None


def real_minus(text: str) -> str:
    """A hyphen before a number as a minus, which is as wide as a plus; that of a date or a name stays."""
    return re.sub(r"(?<![\w-])-(?=\d)", "−", text)


def _side(number: float, edge: float) -> int:
    return (number > edge) - (number < edge)


def show_share(share: float) -> str:
    """A share in percent; not as 100 % what is less, nor as 0 % what is more."""
    for digits in range(_MOST_DIGITS):
        text = f"{share:.{digits}%}"
        shown = float(text[:-1])
        if (shown == 100) == (share == 1) and (shown == 0) == (share == 0):
            return text
    return repr(share)


def show_length(length: str) -> str:
    """A length of a model in words: 14d is 14 days."""
    return Length.parse(length).words
