"""A real log that ships with the package: work on open-source projects, read as usage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OSS_PROJECTS", "load_oss_projects"]

OSS_PROJECTS = Path(__file__).with_name("data") / "activity.parquet"


def load_oss_projects() -> pa.Table:
    """The log of the demo: 20 years of work on 35 open-source projects, read as usage.

    It is what the preset ``oss-projects`` reads as ``activity``.

    Returns
    -------
    pyarrow.Table
        160,360 rows: ``account_id`` (the project), ``user_id`` (a hash of the author's address), ``occurred_at``
        (when the work was done) and ``known_at`` (when it reached the project), both timestamp[us, UTC], ``feature``
        (the kind of file) and ``quantity`` (lines added and deleted). In order of ``known_at``; nothing is missing.

    Examples
    --------
    >>> import customerhealth as ch
    >>> activity = ch.datasets.load_oss_projects()
    >>> activity.num_rows
    160360
    >>> panel = ch.Portfolio(ch.Model.preset("oss-projects"), activity=activity).score("2026-08-01")
    >>> len(panel)
    35
    """
    import pyarrow.parquet as pq

    return pq.read_table(OSS_PROJECTS)
