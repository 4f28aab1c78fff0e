"""Measure every figure of the speed table: `python -m bench [--quick] [--only NAME]`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import figures, machine, report
from bench.settings import Settings

OUT = Path("bench/results/performance.md")


def main() -> int:
    """Run the figures asked for, print the table, write it; 1 when a figure falls short."""
    options = _options()
    if options.measure:
        return _measure(options.measure, options.quick, options.out)
    lines = [line for name in options.only or figures.NAMES for line in _in_own_process(name, options.quick)]
    about = {**machine.describe(), "workload": "W / 10, not the figures" if options.quick else "W, E / 500 accounts"}
    text = report.markdown(lines, about)
    print(text)
    report.write(lines, about, options.out)
    if options.page:
        report.replace_in(options.page, text)
    return int(any(line["ok"] is False for line in lines))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events: does the suite run?")
    parser.add_argument("--only", action="append", choices=figures.NAMES, help="one figure; may be repeated")
    parser.add_argument("--out", type=Path, default=OUT, help="Markdown file, with a .json beside it")
    parser.add_argument("--page", type=Path, help="also put the table between the marks of this page")
    parser.add_argument("--measure", choices=figures.NAMES, help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_own_process(name: str, quick: bool) -> Sequence[dict[str, Any]]:
    """Keep what one figure leaves behind (memory, thread pools, a crash) from the next one."""
    print(f"{name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "lines.json"
        command = [sys.executable, "-m", "bench", "--measure", name, "--out", str(out), *(["--quick"] if quick else [])]
        code = subprocess.run(command, check=False).returncode
        if code == 0:
            lines: list[dict[str, Any]] = json.loads(out.read_text())
            return lines
    failed = f"the measurement ended with exit code {code}"
    return [{"figure": name, "ok": False, "row": [name, "", "not measured", failed, "**no**"]}]


def _measure(name: str, quick: bool, out: Path) -> int:
    lines = figures.load(name)(Settings.of_machine(quick=quick))
    out.write_text(json.dumps([line.as_json() for line in lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
