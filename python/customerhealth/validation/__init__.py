"""Whether a score foresees: outcomes, cases and the tables that say how well."""

from . import outcomes
from .result import Validation
from .validate import validate

__all__ = ["Validation", "outcomes", "validate"]
