"""Texts of the data within lines of ours: on one line, as wide as there is room for, each running its own way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["LONGEST", "LONGEST_UNIT", "cut", "isolated_by_line", "one_line", "short", "width_of"]

LONGEST = 60
"""Cells of a label in a sentence."""
LONGEST_UNIT = 20
"""Cells of a unit behind a number."""
_RIGHT_TO_LEFT = ("R", "AL", "AN")
_ISOLATE, _END = "\u2068", "\u2069"
"""Around a text that runs its own way, from right to left or not, and moves nothing beside it."""
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_ISOLATED = re.compile(f"{_ISOLATE}[^{_CONTROL}]*{_END}")
_CONTROLS = re.compile(f"({_ISOLATED.pattern})|[{_CONTROL}]+")


def one_line(text: str) -> str:
    """A text without what would break its line, or turn the direction of what follows; what is isolated stays so."""
    return _CONTROLS.sub(lambda found: found[1] or " ", text)


def cut(text: str, most: int) -> str:
    """The text, without its end where it takes more cells than that."""
    if width_of(text) <= most:
        return text
    kept = ""
    for sign in text:
        if width_of(kept + sign) > most - 1:
            break
        kept += sign
    is_open = kept.count(_ISOLATE) > kept.count(_END)
    return f"{kept}…{_END if is_open else ''}"


def isolated_by_line(lines: Sequence[str]) -> list[str]:
    """Lines of which each ends what it isolates; what goes on is isolated in the next one again."""
    done, is_open = [], False
    for line in lines:
        begun = f"{_ISOLATE}{line}" if is_open else line
        is_open = begun.count(_ISOLATE) > begun.count(_END)
        done.append(f"{begun}{_END}" if is_open else begun)
    return done


def width_of(text: str) -> int:
    """How many cells of a terminal it takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width_of_sign, text))


def short(text: str, longest: int = LONGEST) -> str:
    """A label in a sentence: on one line, cut where it is long, and kept from turning its sentence round."""
    plain = cut(one_line(text), longest)
    beside = "" if plain.isascii() else _ISOLATED.sub("", plain)
    if any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in beside):
        return f"{_ISOLATE}{plain.replace(_ISOLATE, '').replace(_END, '')}{_END}"
    return plain


def _width_of_sign(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
