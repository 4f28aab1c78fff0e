"""Whether a score foresees: outcomes, cases and the tables that say how well."""

from . import outcomes
from .learn import learn
from .learned import Learned
from .result import Validation
from .shares import interval
from .validate import validate

__all__ = ["Learned", "Validation", "interval", "learn", "outcomes", "validate"]
