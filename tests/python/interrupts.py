"""Ctrl-C, pressed while something works."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest


def seconds_to_stop(call: Callable[[], object], after: float) -> float:
    """Press Ctrl-C `after` so many seconds; how long did the call go on?"""
    pressed = [0.0]

    def press() -> None:
        pressed[0] = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(after, press)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            call()
        return time.monotonic() - pressed[0]
    finally:
        timer.cancel()
        timer.join()
