"""How long does `import customerhealth` take, and its first name, when numpy and pyarrow are there already?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from bench.line import Line
from bench.samples import Samples, duration
from bench.settings import Settings

LIMIT = 0.150
ROUNDS = 11
UNWANTED = ("pandas", "polars")
CODE = f"""
import json, sys, time
import numpy, pyarrow
begin = time.perf_counter()
import customerhealth
imported = time.perf_counter() - begin
customerhealth.Portfolio
used = time.perf_counter() - begin
print(json.dumps([imported, used, [name for name in {UNWANTED!r} if name in sys.modules]]))
"""


def measure(settings: Settings) -> Sequence[Line]:
    """Fresh processes; the first, which may compile bytecode, is not counted.

    Names are imported when they are first used, so the time of `import` alone says little.
    """
    runs = [_run() for _ in range(settings.rounds(ROUNDS) + 1)][1:]
    imported = sorted({name for _, _, names in runs for name in names})
    figure = "`import customerhealth` and `customerhealth.Portfolio`, above `import numpy, pyarrow`"
    if imported:
        return [Line(figure, None, "at most", LIMIT, duration, note=f"it imports {' and '.join(imported)}")]
    seconds = {"import alone": Samples(alone for alone, _, _ in runs)}
    note = f"{' and '.join(UNWANTED)} are not imported"
    return [Line(figure, Samples(used for _, used, _ in runs), "at most", LIMIT, duration, seconds, note)]


def _run() -> tuple[float, float, list[str]]:
    done = subprocess.run([sys.executable, "-c", CODE], check=True, stdout=subprocess.PIPE, text=True)
    alone, used, names = json.loads(done.stdout)
    return alone, used, names
