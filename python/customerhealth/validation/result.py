"""What a validation found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import _core
from ..io.columns import decoded, instant_column, number_column
from ..model import Model
from ..results import Table
from ..results.looks import with_looks
from .calibrated import with_probability
from .cases import STATUS, Cases
from .drift import KINDS, drifts
from .foretold import differences, gains, periods, summary
from .html import to_html
from .lists import capacity, warned, warnings
from .mistakes import missed, spared
from .notes import notes_of
from .parts import measures, sensitivity
from .report import as_json, as_page
from .risks import calibration, grades
from .study import Study
from .timeline import NEVER
from .words import explained

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import pyarrow as pa

__all__ = ["Validation"]

_TABLES = (
    *("population", "summary", "differences", "periods", "gains", "capacity", "grades", "calibration", "warned"),
    *("warnings", "missed", "spared", "measures", "sensitivity", "drift", "notes"),
)


class Validation:
    """How well scores foresaw an outcome: what :meth:`Portfolio.validate` found. Speaks Arrow as its summary.

    Each table is made when it is asked for first. All but ``cases`` and ``population`` begin with ``score``, then the
    columns of `by`, null for all cases. No interval is a matter of rows: accounts are drawn, since the months of one
    account are one story.

    Attributes
    ----------
    observed : numpy.datetime64
        Up to when outcomes are known.
    """

    def __init__(self, cases: Cases, threads: int = 0) -> None:
        self._study = Study(cases, threads)
        self.observed = np.datetime64(cases.observed, "us")

    @property
    def cases(self) -> Table:
        """A row an account and as-of: ``account_id``, ``as_of``, ``status``, ``outcome`` (the name of the one that came
        first; null: none in the window), ``outcome_at``, ``days_ahead``, where several outcomes were asked for
        ``competing`` (those that came later in the window, and do not decide), then each candidate's value as it was
        ranked (one that was turned over is negated) and, where it has grades, ``NAME_grade``.
        """
        table: pa.Table = self._study.keep("cases table", self._cases)
        return self._dressed(table)

    def _cases(self) -> pa.Table:
        import pyarrow as pa

        cases, asked = self._study.cases, self._study.question
        never = cases.outcome_at == NEVER
        ahead = np.where(never, np.nan, (cases.outcome_at - cases.as_of) / 86_400_000_000)
        names = pa.array([each.name for each in asked.outcomes], pa.string())
        columns = {
            "account_id": cases.accounts.take(pa.array(cases.account)),
            "as_of": instant_column(cases.as_of),
            "status": pa.array(STATUS, pa.string()).take(pa.array(cases.status)),
            "outcome": names.take(pa.array(cases.outcome, mask=cases.outcome < 0)),
            "outcome_at": instant_column(cases.outcome_at, never),
            "days_ahead": number_column(ahead),
        }
        if len(asked.outcomes) > 1:
            columns["competing"] = pa.array(self._competing(), pa.string())
        for k, candidate in enumerate(asked.candidates):
            columns[candidate.name] = number_column(cases.values[k])
            if cases.grades[k]:
                words = pa.array(cases.grades[k], pa.string())
                columns[f"{candidate.name}_grade"] = words.take(pa.array(cases.grade[k], mask=cases.grade[k] < 0))
        return pa.table({name: decoded(column) for name, column in columns.items()}).replace_schema_metadata(
            cases.provenance
        )

    def _competing(self) -> list[str | None]:
        """The names of the outcomes that came later in each case's window."""
        names = np.array([each.name for each in self._study.question.outcomes])
        return [", ".join(names[mine]) or None for mine in self._study.cases.competing.T]

    @property
    def population(self) -> Table:
        """What became of every panel row, none dropped in silence: ``status`` (``not_among``: `among` is not true;
        ``already``: the outcome is on; ``too_soon``: it comes before the window; ``censored``: the window is not over;
        ``case``: the rest), ``cases``, ``accounts``, ``share``; by segment where `by` is asked for.
        """
        table: pa.Table = self._study.keep("population", self._population)
        return self._dressed(table)

    def _population(self) -> pa.Table:
        cases, asked = self._study.cases, self._study.question
        parts = [((None,) * len(asked.by), np.ones(len(cases.account), np.bool_))]
        parts += [(labels, cases.segment == place) for place, labels in enumerate(cases.segments)]
        rows = []
        for labels, which in parts:
            for code, name in enumerate(STATUS):
                mine = which & (cases.status == code)
                row = dict(zip(asked.by, labels, strict=True)) | {"status": name, "cases": int(mine.sum())}
                row |= {"accounts": len(np.unique(cases.account[mine]))}
                rows.append(row | {"share": float(mine.sum() / which.sum()) if which.any() else None})
        kinds = {"status": "text", "cases": "count", "accounts": "count", "share": "number"}
        return self._study.table(rows, kinds).drop_columns("score")

    @property
    def summary(self) -> Table:
        """A row a candidate: ``cases``, ``accounts``, ``events`` (cases in which the outcome came), ``event_accounts``,
        ``base_rate``, ``missing`` (cases without a value), ``auc`` and ``ap`` (average precision) with low and high;
        ``brier``, ``brier_skill`` (against the base rate), ``log_loss``, ``slope`` and ``intercept`` (of the log-odds;
        1 and 0 are right) of the model's own probability, else of a logistic curve that the other accounts decided;
        ``lift_10`` (how much more often the outcome came among the worst tenth), ``auc_within`` (the mean over accounts
        with both outcomes: does it tell when?).
        """
        table: pa.Table = self._study.keep("summary", lambda: summary(self._study))
        return self._dressed(table)

    @property
    def differences(self) -> Table:
        """Each candidate less each named after it, drawn together: ``other``, ``auc`` and ``ap`` with low and high."""
        table: pa.Table = self._study.keep("differences", lambda: differences(self._study))
        return self._dressed(table)

    @property
    def periods(self) -> Table:
        """The summary's columns for each ``period``: as-of, quarter and year."""
        table: pa.Table = self._study.keep("periods", lambda: periods(self._study))
        return self._dressed(table)

    @property
    def gains(self) -> Table:
        """Among the worst ``share`` of cases: ``cutoff`` (the value of the last one listed), ``cases``, ``events``,
        ``precision`` with low and high, ``recall``, ``lift``, ``revenue_caught`` (of the revenue of those with the
        outcome). Of cases that tie at the cut as many count as of all of them, so that ``events`` need not be whole; a
        missing score stands last.
        """
        table: pa.Table = self._study.keep("gains", lambda: gains(self._study))
        return self._dressed(table)

    @property
    def grades(self) -> Table:
        """By ``grade``, from the worst: ``cases``, ``share``, ``accounts``, ``events``, ``rate`` with low and high by
        draws, ``wilson_low`` and ``wilson_high`` of the effective number of cases, ``revenue`` (on an average as-of).
        """
        table: pa.Table = self._study.keep("grades", lambda: grades(self._study))
        return self._dressed(table)

    @property
    def calibration(self) -> Table:
        """Ten bins of equal cases by what was foretold: ``bin``, ``from`` and ``to`` (values), ``cases``, ``events``,
        ``predicted``, ``observed`` with ``low`` and ``high``.
        """
        table: pa.Table = self._study.keep("calibration", lambda: calibration(self._study))
        return self._dressed(table)

    @property
    def capacity(self) -> Table:
        """What lists of the worst ``capacity`` accounts of each as-of would have held, for all and ``per`` owner:
        ``as_ofs``, ``listed``, ``precision`` with low and high by draws and by Wilson, ``recall``, ``lift``,
        ``new_a_month`` (names that were not on the list before: one that never changes is no work list). Ties at the
        cut are broken by account id; accounts without a value stand last.
        """
        table: pa.Table = self._study.keep("capacity", lambda: capacity(self._study))
        return self._dressed(table)

    @property
    def warnings(self) -> Table:
        """A row an outcome that came in the window of a case: ``account_id``, ``outcome_at``, ``grade_180``,
        ``grade_90``, ``grade_60``, ``grade_30`` (of the last as-of so many days before), ``warned_at`` (when the
        unbroken run in the lowest grade began that lasted to the outcome; null: there was none), ``lead_days``.
        """
        table: pa.Table = self._study.keep("warnings", lambda: warnings(self._study))
        return self._dressed(table)

    @property
    def warned(self) -> Table:
        """The summary of ``warnings``: ``outcomes``, ``warned``, ``share``, quartiles of the lead, ``false_alarms``
        (runs of cases in the lowest grade that nothing followed) and as many ``false_alarms_an_account_year``.
        """
        table: pa.Table = self._study.keep("warned", lambda: warned(self._study))
        return self._dressed(table)

    @property
    def missed(self) -> Table:
        """Accounts with the outcome while they had the best grade, each once: ``account_id``, ``as_of`` (the last),
        ``outcome_at``, ``value``, ``grade``, ``revenue``, ``cases`` (how many), ``because`` (the measures that pulled
        the score furthest: points, and in brackets how far); those that paid most come first.
        """
        table: pa.Table = self._study.keep("missed", lambda: missed(self._study))
        return self._dressed(table)

    @property
    def spared(self) -> Table:
        """Accounts that had the worst grade and not the outcome; columns as of ``missed``."""
        table: pa.Table = self._study.keep("spared", lambda: spared(self._study))
        return self._dressed(table)

    @property
    def measures(self) -> Table:
        """By ``part`` of each score: ``weight``, ``share_missing``, ``auc_alone`` (of its points), ``auc_without`` it,
        ``auc_permuted`` (it dealt anew among the cases of each as-of: what is lost is what it adds), ``against`` (its
        points rise with the risk, beyond chance). What caps did they do again; rounding is left out.
        """
        table: pa.Table = self._study.keep("measures", lambda: measures(self._study))
        return self._dressed(table)

    @property
    def sensitivity(self) -> Table:
        """What other weights change: ``part``, ``weight``, ``factor`` (it times so much), ``rank_correlation`` with the
        score as it is, ``grades_changed`` (share of cases), ``auc``; a last row without a part is the mean of 100 draws
        in which all weights lie between half and twice of what they are.
        """
        table: pa.Table = self._study.keep("sensitivity", lambda: sensitivity(self._study))
        return self._dressed(table)

    @property
    def drift(self) -> Table:
        """Whether the cases of the second half of the as-ofs are others than those of the first: of each score a row a
        ``column`` and ``kind`` (``metric``, ``points`` of a measure, ``score``, ``grade``, ``segment``, ``missing``:
        whether there is a value): ``before`` and ``after``, the first as-of of each half; ``psi``, the population
        stability index over tenths of the first half; ``psi_floor``, which 95% of draws stay below in which accounts
        change their halves; means, and shares without a value, before and after. Scores all as-ofs once more.
        """
        table: pa.Table = self._study.keep("drift", lambda: self._study.table(drifts(self._study), KINDS))
        return self._dressed(table)

    @property
    def notes(self) -> Table:
        """What to distrust: ``score`` (null: all), ``note`` (a word for programs), ``text`` (a sentence)."""
        import pyarrow as pa

        found = self._study.keep("notes", lambda: notes_of(self._study))
        kind = pa.schema([("score", pa.string()), ("note", pa.string()), ("text", pa.string())])
        rows = [dict(zip(kind.names, note, strict=True)) for note in found]
        table = pa.Table.from_pylist(rows, schema=kind).replace_schema_metadata(self._study.cases.provenance)
        return self._dressed(table)

    def _dressed(self, table: pa.Table) -> Table:
        """With what people call the scores, grades and columns that it names."""
        return Table(with_looks(table, self._study.looks))

    def explain(self) -> str:
        """How good, how sure, what to distrust, what to do: for the people who act on a score."""
        return explained(self._study, self.notes.to_pylist())

    def to_json(self) -> str:
        """What was asked, the sentences of :meth:`explain` and tables as lists of rows; not ``cases`` and ``drift``."""
        asked, cases = self._study.question, self._study.cases
        question = {
            "scores": [each.name for each in asked.candidates],
            "as_ofs": [_core.show_instant(at) for at in asked.as_ofs.tolist()],
            "outcome": [repr(each) for each in asked.outcomes],
            "horizon": asked.horizon,
            "lead": asked.lead,
            "among": asked.among,
            "by": asked.by,
            "observed": _core.show_instant(cases.observed),
            "confidence": asked.confidence,
            "rounds": asked.rounds,
            "seed": asked.seed,
            "model": cases.model.name,
            "model_digest": cases.model.digest,
        }
        return as_json(self.explain(), question, {name: getattr(self, name) for name in _TABLES})

    def to_html(self) -> str:
        """A page for people, which needs nothing from outside."""
        names = ", ".join(each.name for each in self._study.question.candidates)
        return as_page(f"Does {names} foresee?", self._repr_html_())

    def plot(self) -> go.Figure:
        """What share of the outcomes lies among the worst of the cases: :func:`plot.lift`.

        Returns
        -------
        plotly.graph_objects.Figure
        """
        from .. import plot

        return plot.lift(self)

    def calibrated(self, score: str) -> Model:
        """The model with a ``probability`` of one of its scores, from these cases.

        A logistic curve with Platt's targets; from 1,000 events on a falling curve by isotonic regression. ``low`` and
        ``high`` come from draws of accounts.

        Parameters
        ----------
        score : str
            One that was validated, and is a score.

        Raises
        ------
        UnknownNameError
            If it was not validated, or is no score.
        DataError
            If the cases do not decide a curve: no event, nothing else, or the outcome comes more often where the score
            is better.
        """
        return with_probability(self._study, score)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The summary as an Arrow C stream; may be called many times."""
        stream: object = self.summary.__arrow_c_stream__(requested_schema)
        return stream

    def __repr__(self) -> str:
        sample, names = self._study.sample, [each.name for each in self._study.question.candidates]
        events = int(sample.event.sum())
        return f"<Validation of {', '.join(names)}: {len(sample.row):,} cases, {events:,} with the outcome>"

    def _repr_html_(self) -> str:
        return to_html(self._study, self.notes.to_pylist())
