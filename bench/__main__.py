"""Measure every figure of the speed table: `python -m bench [--quick] [--only NAME]`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import figures, machine, report
from bench.settings import Settings

OUT = Path("bench/results/performance.md")


def main() -> int:
    """Run the figures asked for, print the table, write it; 1 when a figure falls short."""
    options = _options()
    settings = Settings.of_machine(quick=options.quick, most_rounds=options.rounds)
    if options.measure:
        return _measure(options.measure, settings, options.out)
    found = {name: _found(name, settings, options.keep) for name in options.only or figures.NAMES}
    lines = [line for each in found.values() for line in each["lines"]]
    about = report.merged({name: each["about"] for name, each in found.items()})
    about["workload"] = "W / 10, not the figures" if options.quick else "W, E / 500 accounts"
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
    parser.add_argument("--rounds", type=int, help="at most so many rounds of each figure: quicker, less certain")
    parser.add_argument("--keep", type=Path, help="folder for a file a figure; what is there is not measured again")
    parser.add_argument("--out", type=Path, default=OUT, help="Markdown file, with a .json beside it")
    parser.add_argument("--page", type=Path, help="also put the table between the marks of this page")
    parser.add_argument("--measure", choices=figures.NAMES, help=argparse.SUPPRESS)
    return parser.parse_args()


def _found(name: str, settings: Settings, kept: Path | None) -> dict[str, Any]:
    """The lines of one figure, and where they were measured: before, and kept, or now."""
    with tempfile.TemporaryDirectory() as folder:
        file = (kept or Path(folder)) / f"{name}.json"
        code = 0 if file.exists() else _in_own_process(name, settings, file)
        if code == 0:
            found: dict[str, Any] = json.loads(file.read_text())
            return found
    failed = f"the measurement ended with exit code {code}"
    line = {"figure": name, "ok": False, "row": [name, "", "not measured", failed, "**no**"]}
    return {"about": machine.describe(), "lines": [line]}


def _in_own_process(name: str, settings: Settings, out: Path) -> int:
    """Keep what one figure leaves behind (memory, thread pools, a crash) from the next one; its lines go to `out`."""
    print(f"{name} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "bench", "--measure", name, "--out", str(out)]
    command += ["--quick"] if settings.quick else []
    command += [] if settings.most_rounds is None else ["--rounds", str(settings.most_rounds)]
    return subprocess.run(command, check=False).returncode


def _measure(name: str, settings: Settings, out: Path) -> int:
    lines = [line.as_json() for line in figures.load(name)(settings)]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"about": machine.describe(), "lines": lines}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
