"""From what is asked to what was found."""

from __future__ import annotations

from typing import Any

from ..loaded import Loaded
from ..progress import Progress
from .cases import cases_of
from .observed import months_over
from .question import asked
from .result import Validation

__all__ = ["validate"]


def validate(loaded: Loaded, scores: Any, progress: Progress, **arguments: Any) -> Validation:
    """See :meth:`Portfolio.validate`."""
    if arguments["as_ofs"] is None:
        wanted = {name: arguments[name] for name in ("horizon", "lead", "observed")}
        arguments["as_ofs"] = months_over(loaded, **wanted).astype("datetime64[us]")
    question = asked(loaded.model, scores, **arguments)
    return Validation(cases_of(loaded, question, progress), loaded.threads)
