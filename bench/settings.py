"""How much a run measures."""

from __future__ import annotations

from dataclasses import dataclass

from bench import machine


@dataclass(frozen=True)
class Settings:
    """`quick` divides the events by ten and halves the rounds: it tries the suite, its figures mean little.

    `most_rounds` shortens a run: fewer values, of the same size.
    """

    quick: bool
    threads: int
    most_rounds: int | None = None

    @classmethod
    def of_machine(cls, *, quick: bool, most_rounds: int | None = None) -> Settings:
        """Take as many threads as this process may use; every contestant gets as many."""
        return cls(quick=quick, threads=machine.threads(), most_rounds=most_rounds)

    def events(self, millions: int) -> int:
        """Return the size of workload W."""
        return millions * (100_000 if self.quick else 1_000_000)

    def rounds(self, full: int) -> int:
        """Return how often a contestant runs."""
        wanted = max(2, full // 2) if self.quick else full
        return wanted if self.most_rounds is None else min(wanted, self.most_rounds)

    def size(self, millions: int) -> str:
        """Return the size in words, for the name of a figure."""
        return f"E = {self.events(millions) / 1e6:g}M"
