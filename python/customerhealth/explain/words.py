"""Words and numbers for people who never saw the model."""

from __future__ import annotations

from .. import _core
from ..io.instants import to_micros
from ..io.lengths import Length

__all__ = ["reason_in_words", "show_length", "show_value"]

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
        return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
    return _core.show_instant(int(to_micros(value)[0])) if hasattr(value, "isoformat") else str(value)


def show_length(length: str) -> str:
    """A length of a model in words: 14d is 14 days."""
    return Length.parse(length).words
