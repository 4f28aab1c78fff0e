"""What a panel says of changes: why a score moved, and what would move it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UnknownNameError, unknown
from ..io.instants import AsOf, one_instant, one_of
from ..io.results import as_table
from ..model_diff import paths_that_matter
from ..progress import Progress, reported
from ..scored import Scored

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["path_to", "why_changed", "why_models_differ"]


def why_changed(scored: Scored, score: str, start: AsOf, end: AsOf, deep: bool, progress: Progress) -> pa.Table:
    """The causes between two as-ofs; see :meth:`Panel.why_changed`."""
    first, last = (one_of(scored.core.as_ofs, at, name, "this panel") for at, name in ((start, "start"), (end, "end")))
    with reported(progress, "causes") as report:
        return as_table(scored.core.why_changed(score, first, last, deep, scored.threads, report))


def why_models_differ(
    scored: Scored, other: Scored, score: str, as_of: AsOf, deep: bool, progress: Progress
) -> pa.Table:
    """The causes between two models at one as-of; see :meth:`Panel.why_changed`."""
    at = one_of(scored.core.as_ofs, as_of, "start", "this panel")
    other.check_score(score, "the other panel's model")
    one_of(other.core.as_ofs, as_of, "start", "the other panel")
    paths = paths_that_matter(scored.model.to_dict(), other.model.to_dict())
    with reported(progress, "causes") as report:
        return as_table(scored.core.why_models_differ(score, at, other.core, paths, deep, scored.threads, report))


def path_to(scored: Scored, grade: str, score: str, as_of: AsOf | None, progress: Progress) -> pa.Table:
    """See :meth:`Panel.path_to`."""
    _check_grade(scored, grade, score)
    micros = None if as_of is None else one_instant(as_of, "as_of")
    with reported(progress, "path_to") as report:
        return as_table(scored.core.path_to(grade, score, micros, scored.threads, report))


def _check_grade(scored: Scored, grade: str, score: str) -> None:
    scored.check_score(score)
    grades = next(info["grades"] for info in scored.model.core.scores if info["name"] == score)
    if grade not in grades:
        what = f"the score '{score}' has no grade"
        if not grades:
            raise UnknownNameError(f"{what} '{grade}': it has no grades", column=score)
        raise unknown(what, grade, grades, column=score)
