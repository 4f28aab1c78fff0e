"""What was learned: a model, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _core
from ..explain.words import show_signed
from ..io.columns import Floats
from ..model import Model
from ..results import Table
from .edges import suggested
from .judged import Judged
from .sample import Sample, interval
from .weigh import loss

__all__ = ["Bend", "Learned", "Weighed"]

_ROUNDS, _CONFIDENCE = 1000, 0.95
_KEPT = 0.005  # half of what the smallest whole weight is


@dataclass(frozen=True)
class Weighed:
    """The measures, and what each weighs."""

    parts: list[str]
    before: Floats
    """Shares."""
    weights: Floats
    drawn: Floats
    """Shares, a row a draw of accounts."""


@dataclass(frozen=True)
class Bend:
    """A corner of a measure's curve."""

    part: str
    value: float
    before: float
    """Points of the document there."""
    after: float | None
    """None: the measure weighs nothing now, and kept its shape."""


class Learned:
    """A score with learned weights: what :meth:`Portfolio.learn` found. Speaks Arrow as its report.

    Attributes
    ----------
    model : Model
        The document with the new weights, with curves where those were asked for, and with a probability of the score
        from its cross-validated cases; nothing else changed. It parses and scores anywhere.
    score : str
        Which of its scores.
    strength : float
        How strongly the weights were held to the document's (or to zero).
    notes : list of str
        What was odd about the cases.
    """

    def __init__(
        self,
        model: Model,
        score: str,
        strength: float,
        judged: Judged,
        weighed: Weighed,
        bent: list[Bend],
        notes: list[str],
        threads: int,
    ) -> None:
        self.model, self.score, self.strength, self.notes = model, score, strength, notes
        self._judged, self._weighed, self._bent, self._threads = judged, weighed, bent, threads

    @property
    def report(self) -> Table:
        """Before and after: ``cases`` of which (``training``: what was learned on, which flatters; ``cross-validated``:
        each case by weights of accounts in other folds; ``held out``: `test` and `test_accounts`), how many ``rows``,
        ``accounts``, ``events`` and ``event_accounts``, ``auc_before``, ``auc_after``, ``auc_gain``, ``gain_low``,
        ``gain_high`` (of 1,000 draws of accounts, both scores on each), ``log_loss_before``, ``log_loss_after``.
        """
        import pyarrow as pa

        judged = self._judged
        rows = [
            self._row("training", judged.training, judged.after),
            self._row("cross-validated", judged.training, judged.across),
        ]
        if len(judged.held_out.row):
            rows.append(self._row("held out", judged.held_out, judged.after))
        kinds = {"cases": pa.string(), **dict.fromkeys(("rows", "accounts", "events", "event_accounts"), pa.int64())}
        names = ("auc_before", "auc_after", "auc_gain", "gain_low", "gain_high", "log_loss_before", "log_loss_after")
        return Table(pa.Table.from_pylist(rows, pa.schema({**kinds, **dict.fromkeys(names, pa.float64())})))

    def _row(self, name: str, part: Sample, after: Floats) -> dict[str, Any]:
        judged = self._judged
        row: dict[str, Any] = {
            "cases": name,
            "rows": len(part.row),
            "accounts": part.accounts,
            "events": int(part.event.sum()),
            "event_accounts": part.event_accounts,
        }
        if not 0 < row["events"] < row["rows"]:
            return row
        both = np.stack([judged.before[part.row], after[part.row]])
        account, drawn = part.account.astype(np.int32), (_ROUNDS, judged.seed, self._threads)
        found = _core.foresight(both, part.event, account, np.empty(0), *drawn)
        low, high = interval(found["auc_draws"][1] - found["auc_draws"][0], _CONFIDENCE)
        auc = found["auc"].tolist()
        row |= {"auc_before": auc[0], "auc_after": auc[1], "auc_gain": auc[1] - auc[0]}
        row |= {"gain_low": low, "gain_high": high}
        losses = {"log_loss_before": judged.before, "log_loss_after": after}
        return row | {key: self._log_loss(score, part) for key, score in losses.items()}

    def _log_loss(self, score: Floats, part: Sample) -> float | None:
        """Of the probabilities that a curve through the cases that were learned on gives."""
        training = self._judged.training
        known, asked = ~np.isnan(score[training.row]), ~np.isnan(score[part.row])
        if not known.any() or not asked.any():
            return None
        x = np.ascontiguousarray(score[training.row][known])
        a, b = _core.logistic(x, training.event[known].astype(np.float64), True)
        return float(loss(a - b * score[part.row][asked], part.event[asked]).mean())

    @property
    def weights(self) -> Table:
        """A row a measure: ``part`` (its path below the score), ``before`` and ``after`` (shares of all weight),
        ``low`` and ``high`` (of 100 draws of accounts), ``kept`` (the share of draws in which it weighs half a percent
        or more), ``auc`` (of its points alone, on what was learned on; below 0.5 they rise with the risk) and
        ``against`` (whether they do).
        """
        import pyarrow as pa

        weighed, part = self._weighed, self._judged.training
        points = np.ascontiguousarray(part.value[1 : 1 + len(weighed.parts)])
        account = part.account.astype(np.int32)
        auc = _core.foresight(points, part.event, account, np.empty(0), 0, 0, self._threads)["auc"]
        edges = [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2]
        low, high = np.quantile(weighed.drawn, edges, axis=0)
        return Table(
            pa.table(
                {
                    "part": pa.array(weighed.parts, pa.string()),
                    "before": weighed.before,
                    "after": weighed.weights / weighed.weights.sum(),
                    "low": low,
                    "high": high,
                    "kept": (weighed.drawn >= _KEPT).mean(axis=0),
                    "auc": auc,
                    "against": auc < 0.5,
                }
            )
        )

    @property
    def curves(self) -> Table:
        """A row a corner of each shape that was learned (``learn="curves"``): ``part``, the ``value`` there, ``before``
        and ``after`` (its points; null: the measure weighs nothing now, and kept its shape).
        """
        import pyarrow as pa

        numbers = dict.fromkeys(("value", "before", "after"), pa.float64())
        kind = pa.schema({"part": pa.string(), **numbers})
        return Table(pa.Table.from_pylist([vars(each) for each in self._bent], kind))

    @property
    def edges(self) -> Table:
        """A row a ``grade`` of the score, from the worst.

        The model keeps its edges, ``before``. Where the score before foretold a ``risk`` at one, the learned score
        foretells it at ``suggested``. Then, of the cases that were held out (else cross-validated), the ``share`` of
        each grade and the ``rate`` of the outcome in it: ``_before``, with the edges ``_kept``, with those
        ``_suggested``.
        """
        import pyarrow as pa

        ways = [f"{what}_{way}" for what in ("share", "rate") for way in ("before", "kept", "suggested")]
        numbers = dict.fromkeys(("before", "suggested", "risk", *ways), pa.float64())
        rows = suggested(self._judged, self.model, self.score)
        return Table(pa.Table.from_pylist(rows, pa.schema({"grade": pa.string(), **numbers})))

    def explain(self) -> str:
        """What changed, what it is worth, and how sure that is."""
        rows = self.report.to_pylist()
        best = rows[-1]
        events, accounts = rows[0]["events"], rows[0]["event_accounts"]
        lines = [f"'{self.score}' learned from {events:,} cases with the outcome, of {accounts:,} accounts."]
        if best.get("auc_gain") is not None:
            gain = best["auc_gain"]
            sure = best["gain_low"] is not None and (best["gain_low"] > 0 or best["gain_high"] < 0)
            lines.append(
                f"On {best['cases']} cases its AUC is {best['auc_after']:.3f}, {'above' if gain >= 0 else 'below'} the "
                f"{best['auc_before']:.3f} of before by {abs(gain):.3f} ({show_signed(best['gain_low'], 3)} to "
                f"{show_signed(best['gain_high'], 3)}){'' if sure else ': that may be chance'}."
            )
        if len(rows) < 3:
            lines.append("Nothing was held out: ask for test= or test_accounts= before anybody relies on it.")
        changed = sorted(self.weights.to_pylist(), key=lambda row: -abs(row["after"] - row["before"]))
        lines += [f"{r['part']}: {100 * r['before']:.0f} → {100 * r['after']:.0f} % of all weight" for r in changed[:5]]
        lines += [f"{row['part']}: its points rise with the risk." for row in changed if row["against"]]
        bent = len({each.part for each in self._bent if each.after is not None})
        lines += [f"{bent} measures have a learned curve: see curves."] if bent else []
        moved = [row for row in self.edges.to_pylist() if row["suggested"] not in (None, row["before"])]
        lines += [
            f"'{row['grade']}' from {row['suggested']:g} instead of {row['before']:g} would tell of the risk of before."
            for row in moved
        ]
        return "\n".join([*lines, *self.notes])

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The report as an Arrow C stream; may be called many times."""
        stream: object = self.report.__arrow_c_stream__(requested_schema)
        return stream

    def __repr__(self) -> str:
        return f"<Learned weights of {self.score}: {len(self._weighed.parts)} measures, strength {self.strength:g}>"
