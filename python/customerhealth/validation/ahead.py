"""Windows that lie ahead of instants: lengths that may be none, and where they end."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .. import _core
from ..errors import DataError
from ..io.columns import Ints
from ..io.lengths import check_length

__all__ = ["after", "checked_length"]

_NOTHING = re.compile(r"0+(h|d|w|mo|q|y)")


def checked_length(name: str, length: Any, *, nothing: bool = False) -> str | None:
    """A length of time as a text; None for ``0d``, where `nothing` is allowed."""
    if nothing and isinstance(length, str) and _NOTHING.fullmatch(length):
        return None
    check_length(name, length, required=True)
    return str(length)


def after(instants: Ints, length: str | None) -> Ints:
    """The instants so much later; by the calendar where the length is of months."""
    if length is None:
        return instants
    try:
        different, places = np.unique(instants, return_inverse=True)
        return np.asarray(_core.add_length(different.astype(np.int64), length, 1), np.int64)[places]
    except OverflowError:
        raise DataError(f"{length} after an as-of lies beyond the years that instants reach") from None
