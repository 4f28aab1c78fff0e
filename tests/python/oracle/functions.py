"""The operators and functions of section 3, on single values. None is missing; results out of range are missing."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from . import cells
from .instants import DAY, FIRST, LAST, Instant, civil, months_between

Near = Callable[[float, float, bool], None]
"""Told of each comparison that a last bit could turn: value, edge, and whether equality itself can be trusted."""


def ignore(value: float, edge: float, exact: bool) -> None:
    pass


def finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, (bool, Instant))


def exact_sum(values: list[Any]) -> float | None:
    """As math.fsum, without its overflow half way; None where the result overflows."""
    try:
        return float(sum((Fraction(float(value)) for value in values), Fraction()))
    except OverflowError:
        return None


def compare(sign: str, left: Any, right: Any, near: Near = ignore) -> bool | None:
    if left is None or right is None:
        return None
    if not (is_integer(left) and is_integer(right)) and (isinstance(left, float) or isinstance(right, float)):
        left, right = float(left), float(right)
        near(left, right, True)
    if sign == "=":
        return bool(left == right)
    if sign == "!=":
        return bool(left != right)
    assert not isinstance(left, (str, bool)), "order is for numbers and instants"
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign])


def arithmetic(sign: str, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if isinstance(left, Instant):
        if isinstance(right, Instant):
            assert sign == "-"
            return (left - right) / DAY
        moved = int(left) + (1 if sign == "+" else -1) * nearest(Fraction(float(right)) * DAY)
        return Instant(moved) if FIRST <= moved <= LAST else None
    left, right = float(left), float(right)
    if sign in "/%" and right == 0:
        return None
    try:
        return finite(
            {
                "+": lambda: left + right,
                "-": lambda: left - right,
                "*": lambda: left * right,
                "/": lambda: left / right,
                "%": lambda: math.fmod(left, right),
            }[sign]()
        )
    except OverflowError:
        return None


def nearest(value: Fraction) -> int:
    whole = math.floor(value)
    return whole + (1 if value - whole >= Fraction(1, 2) else 0)


def half_away(value: float) -> float:
    whole = math.floor(abs(value))
    return math.copysign(whole + (1 if abs(value) - whole >= 0.5 else 0), value)


def rounded(value: float, digits: float = 0, near: Near = ignore) -> float | None:
    """h(x * 10^d) / 10^d. 10^d is no float where d < 0, so equality with a half cannot be trusted there."""
    power = 10.0 ** int(digits)
    scaled = float(value) * power
    if not math.isfinite(scaled):
        return None
    near(abs(scaled) - 0.5, float(round(abs(scaled) - 0.5)), digits >= 0)
    return finite(half_away(scaled) / power)


def guarded(function: Callable[..., float]) -> Callable[..., float | None]:
    """Domain errors, infinities and overflows are missing."""

    def call(*arguments: float) -> float | None:
        try:
            return finite(function(*[float(argument) for argument in arguments]))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return call


def ascii_lower(text: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def date_part(index: int) -> Callable[[Instant], float]:
    return lambda instant: float(civil(instant // DAY)[index])


def numbers(values: list[Any]) -> list[Any]:
    return [value if isinstance(value, Instant) else float(value) for value in values]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "least": lambda *values: min(numbers(list(values))),
    "greatest": lambda *values: max(numbers(list(values))),
    "abs": guarded(abs),
    "sign": guarded(lambda x: float((x > 0) - (x < 0))),
    "floor": guarded(lambda x: float(math.floor(x))),
    "ceil": guarded(lambda x: float(math.ceil(x))),
    "sqrt": guarded(math.sqrt),
    "exp": guarded(math.exp),
    "ln": guarded(math.log),
    "log10": guarded(math.log10),
    "log1p": guarded(math.log1p),
    "asinh": guarded(math.asinh),
    "pow": guarded(math.pow),
    "round": rounded,
    "clip": guarded(lambda x, low, high: min(max(x, low), high)),
    "year": date_part(0),
    "month": date_part(1),
    "weekday": lambda instant: float((instant // DAY + 3) % 7 + 1),
    "months_between": lambda later, earlier: float(months_between(later, earlier)),
    "lower": ascii_lower,
    "number": lambda text: None if cells.number(text) is None else finite(float(cells.number(text))),
    "trim": lambda text: text.strip(),
    "left": lambda text, count: text[: int(count)],
    "starts_with": lambda text, part: text.startswith(part),
    "ends_with": lambda text, part: text.endswith(part),
    "contains": lambda text, part: part in text,
}

OVER_SPLIT: dict[str, Callable[[list[Any]], Any]] = {
    "sum": exact_sum,
    "mean": lambda values: float(sum((Fraction(float(value)) for value in values), Fraction()) / len(values)),
    "min": min,
    "max": max,
}
