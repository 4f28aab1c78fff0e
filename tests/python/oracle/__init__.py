"""A slow, plain evaluator of the model document, written from the document alone so that it can disagree."""

from .aggregates import Cell
from .instants import Instant
from .portfolio import Answer, evaluate

__all__ = ["Answer", "Cell", "Instant", "evaluate"]
