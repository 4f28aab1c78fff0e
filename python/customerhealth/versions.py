"""What is installed: the first thing to say when something is wrong."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

__all__ = ["show_versions"]

_NEEDED = ("numpy", "pyarrow", "typer", "tqdm")
_EXTRAS = (
    *("pandas", "polars", "duckdb", "scipy", "scikit-learn", "plotly", "openpyxl", "XlsxWriter", "deltalake"),
    *("pyiceberg", "apache-airflow", "pyspark"),
)


def show_versions() -> None:
    """Print the versions of this package, of its core, of Python and of what it works with, for a report of a bug.

    Nothing of it is imported: a version is what the installed package says of itself.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.show_versions()  # doctest: +ELLIPSIS
    customerhealth   ...
    python           3...
    """
    from ._core import build_info
    from ._version import __version__

    said = {
        "customerhealth": __version__,
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "platform": f"{platform.platform()}, {sys.byteorder} endian",
    }
    said |= {f"core {name}": str(value) for name, value in build_info().items()}
    said |= {name: _version_of(name) or "missing" for name in _NEEDED}
    said |= {name: version for name in _EXTRAS if (version := _version_of(name)) is not None}
    width = max(map(len, said))
    for name, value in said.items():
        sys.stdout.write(f"{name:<{width}}  {value}\n")


def _version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
