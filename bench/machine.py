"""Where a measurement was made."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("numpy", "pyarrow", "polars", "duckdb", "chdb", "pandas")


def threads() -> int:
    """Return the number of CPUs this process may use; every contestant gets as many threads."""
    return len(os.sched_getaffinity(0))


def cpu_model() -> str:
    """Return the CPU's name as Linux gives it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def memory_bytes() -> int:
    """Physical memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def versions() -> dict[str, str]:
    """Versions of every library beside ours, whose build says its own; an absent one says so."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def commit() -> str:
    """What the working tree is at, and whether it was changed since."""
    command = ("git", "describe", "--always", "--dirty", "--exclude=*")
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def describe() -> dict[str, object]:
    """State what the style guide asks for: machine, threads, build, libraries, load."""
    return {
        "commit": commit(),
        "cpu": cpu_model(),
        "threads": threads(),
        "memory_gib": round(memory_bytes() / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "huge_pages": _huge_pages(),
        "libraries": versions(),
        "build": _build_info(),
    }


def _huge_pages() -> str:
    setting = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return setting.read_text().strip() if setting.exists() else "unknown"


def _build_info() -> object:
    try:
        import customerhealth
    except ImportError as error:
        return f"customerhealth is not importable: {error}"
    return customerhealth.build_info()
