"""The cases of a validation beside what the core made of them: what every table is written from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import foresight, rates
from ..explain.part_names import grade_labels, look_of_column
from ..io.columns import Flags, Floats, Ints
from ..results.looks import Look, called
from ..results.signs import short
from .cases import Cases
from .predicted import predicted
from .sample import Sample, sample_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SHARES", "Part", "Study"]

_FEW = 2_000  # values
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class Part:
    """All cases, or those of a segment."""

    labels: tuple[Any, ...]
    """A value a column of `by`; all None: all cases."""
    which: Flags
    """Of the whole sample."""
    sample: Sample


class Study:
    """What the tables share; nothing is worked out before a table asks for it."""

    def __init__(self, cases: Cases, threads: int) -> None:
        self.cases, self.question, self.threads = cases, cases.question, threads
        self.sample = sample_of(cases)
        self._kept: dict[Any, Any] = {}

    def keep(self, key: Any, make: Callable[[], Any]) -> Any:
        """What was made under a key, made when it is asked for first.

        Two threads may both make it: both get the same bytes, and no lock outlives a fork.
        """
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    @property
    def looks(self) -> dict[str, Look]:
        """What people call what the columns of tables name."""
        made: dict[str, Look] = self.keep("looks", self._looks)
        return made

    def _looks(self) -> dict[str, Look]:
        document = self.cases.model.to_dict()
        labels = {name: look_of_column(document, name).label or name for name in self.cases.model.columns}
        scores = {
            each.name: f"-{labels[each.column]}" if each.name.startswith("-") else labels[each.column]
            for each in self.question.candidates
            if each.column in labels
        }
        grades: dict[str, str] = {}
        for each in self.question.candidates:
            if each.is_score:
                grades = grade_labels(document, each.column) | grades
        looks = {"score": scores, "other": scores, "grade": grades, "column": labels}
        return {name: Look(called=called(said)) for name, said in looks.items()}

    def call(self, score: str) -> str:
        """What people call a score that was asked about."""
        return short(self.looks["score"].call(score))

    @property
    def parts(self) -> list[Part]:
        """All cases, then each segment's."""
        made: list[Part] = self.keep("parts", self._parts)
        return made

    def _parts(self) -> list[Part]:
        everyone = np.ones(len(self.sample.row), np.bool_)
        parts = [Part((None,) * len(self.question.by), everyone, self.sample)]
        segment = self.cases.segment[self.sample.row]
        for place, labels in enumerate(self.cases.segments):
            which = segment == place
            if which.any():
                parts.append(Part(labels, which, self.sample.of(which)))
        return parts

    def foresight(self, key: Any, sample: Sample, shares: Sequence[float] = SHARES) -> Mapping[str, Any]:
        """AUC, average precision and gains of all candidates, with their draws."""
        made: Mapping[str, Any] = self.keep(("foresight", key), lambda: self._foresight(sample, np.array(shares)))
        return made

    def _foresight(self, sample: Sample, shares: Floats) -> Mapping[str, Any]:
        asked = self.question
        if not len(sample.row):
            return _nothing_foretold(len(asked.candidates), len(shares))
        account = sample.account.astype(np.int32)
        value = np.ascontiguousarray(sample.value)
        threads = self.threads if value.size > _FEW else 1  # the same bits, without waiting for others
        drawn = asked.rounds, asked.seed, threads
        found: Mapping[str, Any] = foresight(value, sample.event, account, shares, *drawn)
        return found

    def rates(self, groups: Ints, count: int, sample: Sample) -> Mapping[str, Any]:
        """Cases and events by group (-1: in none), with their draws."""
        asked, group = self.question, groups.astype(np.int32)
        if not len(group):
            none = np.zeros(count, np.int64)
            return {
                "cases": none,
                "events": none,
                "cases_draws": np.zeros((count, 1)),
                "events_draws": np.zeros((count, 1)),
            }
        account = sample.account.astype(np.int32)
        found: Mapping[str, Any] = rates(group, count, sample.event, account, asked.rounds, asked.seed, self.threads)
        return found

    def predicted(self, candidate: int) -> Floats:
        """The probability of each case of the sample; NaN where the candidate is missing."""
        said = self.cases.probability[candidate][self.sample.row]
        made: Floats = self.keep(("predicted", candidate), lambda: predicted(self.sample, candidate, said))
        return made

    # ---- tables ------------------------------------------------------------------------------------------------------

    def head(self, candidate: int, part: Part) -> dict[str, Any]:
        """What each row begins with."""
        labels = zip(self.question.by, part.labels, strict=True)
        return {"score": self.question.candidates[candidate].name, **dict(labels)}

    def table(self, rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> pa.Table:
        """A table that begins with the score and the columns of `by`; no NaN is in it.

        Parameters
        ----------
        rows : list of dict
            Cells by column; those that are not there are null.
        kinds : mapping of str to str
            The columns after the head: ``number``, ``count``, ``text``, ``flag``, ``account`` (a code) or
            ``instant`` (microseconds).
        """
        import pyarrow as pa

        accounts, instant = self.cases.accounts, pa.timestamp("us", "UTC")
        types = {"number": pa.float64(), "count": pa.int64(), "text": pa.string(), "instant": instant}
        types |= {"account": accounts.type, "flag": pa.bool_()}
        fields = [pa.field("score", pa.string())]
        for place, name in enumerate(self.question.by):
            labels = [each[place] for each in self.cases.segments]
            fields.append(pa.field(name, pa.array(labels).type if labels else pa.string()))
        fields += [pa.field(name, types[kind]) for name, kind in kinds.items()]
        columns = []
        for field in fields:
            cells = [_cell(row.get(field.name)) for row in rows]
            is_account = kinds.get(field.name) == "account"
            columns.append(accounts.take(pa.array(cells, pa.int64())) if is_account else pa.array(cells, field.type))
        metadata = self.cases.provenance
        return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata))


def _cell(value: Any) -> Any:
    if isinstance(value, float | np.floating) and not np.isfinite(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _nothing_foretold(candidates: int, shares: int) -> Mapping[str, Any]:
    """What is foretold of no case."""
    unknown, none = np.full((candidates, 1), np.nan), np.zeros((candidates, shares), np.int64)
    return {
        "auc": unknown[:, 0],
        "auc_draws": unknown,
        "ap": unknown[:, 0],
        "ap_draws": unknown,
        "cutoff": np.full((candidates, shares), np.nan),
        "listed": none,
        "hits": none,
        "listed_draws": np.zeros((candidates, shares, 1)),
        "hits_draws": np.zeros((candidates, shares, 1)),
    }
