"""Journeys, cohorts and plays over time."""

from .replay import Replay

__all__ = ["Replay"]
