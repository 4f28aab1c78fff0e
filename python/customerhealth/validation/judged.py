"""Cases to judge a learned score by, beside the one that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

from ..io.columns import Floats
from .sample import Sample

__all__ = ["Judged"]


@dataclass(frozen=True)
class Judged:
    """Cases, and what the two scores say of them."""

    training: Sample
    held_out: Sample
    before: Floats
    """Of all cases."""
    after: Floats
    across: Floats
    """Of those that were learned on, under weights of accounts in other folds."""
    seed: int

    @property
    def latest(self) -> tuple[Sample, Floats]:
        """The cases that flatter least, and what the learned scores say of them."""
        return (self.held_out, self.after) if len(self.held_out.row) else (self.training, self.across)
