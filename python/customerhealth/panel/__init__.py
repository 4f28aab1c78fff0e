"""The answers of one call: rows, and why they are what they are."""

from .panel import Panel

__all__ = ["Panel"]
