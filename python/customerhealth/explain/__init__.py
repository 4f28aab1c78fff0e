"""One account in words, as text and as HTML."""

from .explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
