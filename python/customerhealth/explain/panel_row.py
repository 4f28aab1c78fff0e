"""One row of a panel: what all sections of an explanation are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..scored import Scored

__all__ = ["PanelRow"]


@dataclass(frozen=True)
class PanelRow:
    """One account as of one date, with the model that scored it."""

    scored: Scored
    document: Mapping[str, Any]
    """The model's."""
    place: int
    """Where the row lies in the panel."""
    values: Mapping[str, Any]
    """By column of the panel."""
    reasons: Mapping[str, str]
    """Why metrics, scores and journeys are missing, by name."""
