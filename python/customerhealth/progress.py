"""A progress bar for long calls: on standard error, only on a terminal, only when a call takes a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

__all__ = ["Progress", "reported"]

Progress: TypeAlias = "bool | Callable[[float], object] | None"
"""None: a bar on a terminal once a call takes longer than a second; True: a bar at once; False: none; a callable is
called with the share done, 0 to 1, about fifty times a second."""

_QUIET_SECONDS = 1.0


class _Bar:
    def __init__(self, label: str, quiet: float) -> None:
        self._label, self._quiet = label, quiet
        self._began = time.monotonic()
        self._bar: Any = None

    def __call__(self, share: float) -> None:
        if self._bar is None:
            if time.monotonic() - self._began < self._quiet:
                return
            from tqdm import tqdm

            self._bar = tqdm(
                total=100, desc=self._label, file=sys.stderr, bar_format="{desc}: {percentage:3.0f}% |{bar}| {elapsed}"
            )
        self._bar.n = min(100.0, 100.0 * share)
        self._bar.refresh()

    def close(self, done: bool) -> None:
        if self._bar is not None:
            self._bar.n = 100 if done else self._bar.n
            self._bar.close()


@contextmanager
def reported(progress: Progress, label: str) -> Iterator[Callable[[float], object] | None]:
    """What to hand to the core as its `progress`."""
    if callable(progress):
        yield progress
        return
    if progress is False or (progress is None and not (sys.stderr is not None and sys.stderr.isatty())):
        yield None
        return
    bar = _Bar(label, 0.0 if progress else _QUIET_SECONDS)
    if progress:
        bar(0.0)
    done = False
    try:
        yield bar
        done = True
    finally:
        bar.close(done)
