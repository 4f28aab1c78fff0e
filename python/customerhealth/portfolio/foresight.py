"""Whether a portfolio's scores foresaw what came."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from ..io.instants import AsOf, AsOfs
from ..loaded import Loaded
from ..peers import Peers
from ..progress import Progress
from ..validation import Learned, Validation, validate
from ..validation import learn as learned

__all__ = ["Foresight"]


class Foresight:
    """The part of a :class:`Portfolio` that judges its scores by what came."""

    _loaded: Loaded

    def validate(
        self,
        scores: str | Sequence[str],
        *,
        as_ofs: AsOfs | None = None,
        outcome: object,
        horizon: str,
        lead: str = "0d",
        among: str | None = None,
        by: str | Sequence[str] | None = None,
        capacity: int | Sequence[int] = (10, 25),
        per: str | None = None,
        observed: AsOf | None = None,
        confidence: float = 0.95,
        rounds: int = 1000,
        seed: int = 0,
        grades: bool | Literal["held"] = True,
        revenue: str | None = None,
        peers: Peers | None = None,
        progress: Progress = None,
    ) -> Validation:
        """How well scores foresaw an outcome, side by side with whatever rivals them.

        A case is an account as of a date. Its window is ``[as_of + lead, as_of + lead + horizon)``: scores know what
        was known before the as-of, labels may use all that became known up to `observed`.

        Parameters
        ----------
        scores : str or list of str
            Scores or metrics; a higher value means less risk, and ``"-days_since_use"`` turns one over. Rivals are
            simply more of them. All are drawn together, so their differences have intervals too.
        as_ofs : date-like or a list, array or column of them, optional
            As for :meth:`score`; :func:`dates` makes grids. Default: the beginnings of the last 24 months whose windows
            are over.
        outcome : Outcome, str, table, or a dict or list of them
            What is to be foreseen: one of :mod:`customerhealth.outcomes`; a formula or a cohort's name, which comes
            about at the tick at which it turns true; or a table ``account_id``, ``at``, ``ended`` (may be missing: each
            is a point in time; null: it lasts). Of several, the one that comes first decides the case's ``outcome``.
        horizon : str
            How long the window is.
        lead : str
            How long before the window anybody would have to know: what comes earlier is ``too_soon`` to act on.
        among : str, optional
            A formula that says who can be lost at all, such as ``"mrr > 0 and days_to_renewal <= 90"``.
        by : str or list of str, optional
            Segments: columns of the panel, or formulas over what the model reads. Each table has all cases, then those
            of each segment.
        capacity : int or list of int
            How many accounts can be worked at a date.
        per : str, optional
            Whose capacity it is: a column or formula, such as ``"accounts.owner"``, where the model reads that.
        observed : date-like, optional
            Up to when outcomes are known, that instant included. Default: when the last row of the tables became known;
            one that does not say it counts from its start.
        confidence : float
            Of all intervals.
        rounds, seed : int
            How often accounts are drawn, and by which sequence. The same seed gives the same bytes on any number of
            threads, in any order of rows, and whatever the accounts are called.
        grades : bool or "held"
            True: by the edges of the document, without hysteresis, which would take a walk of the model's clock;
            ``"held"`` walks it. False: none.
        revenue : str, optional
            The metric that says what an account pays. Default: the one that the model's cohorts name, else ``mrr``.
        peers : Peers, optional
            Whom to compare with: of a larger portfolio, at all `as_ofs` (and over time, at `observed` too, where
            grades are held or the outcome is a rule). ``measures``, which takes scores apart, cannot
            be had with them.
        progress : bool or callable, optional
            As for :meth:`score`.

        Returns
        -------
        Validation

        Raises
        ------
        UnknownNameError
            If the model has no such score, metric or table.
        ModelError
            If a formula of `among`, `by`, `per` or the outcome cannot be used.
        DataError
            If `observed` is before the last as-of, a length is none, a rival is no number, or a table of outcomes
            cannot be used. What makes an answer doubtful, and does not forbid it, stands in ``notes``.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"quiet": {"from": "usage", "agg": "days_since_last"}},
        ... })
        >>> days = {"a": range(1, 29), "b": range(1, 29, 2), "c": (1, 2)}
        >>> rows = [(who, date(2026, month, d)) for who, those in days.items() for month in (1, 2, 3) for d in those
        ...         if who != "c" or month == 1]
        >>> usage = pa.table({"who": [who for who, _ in rows], "day": [day for _, day in rows]})
        >>> found = ch.Portfolio(model, usage=usage).validate(
        ...     "-quiet", as_ofs="2026-01-15", outcome=ch.outcomes.silence("usage", "30d"), horizon="30d")
        >>> found.summary.select(["score", "cases", "events", "auc"]).to_pylist()
        [{'score': '-quiet', 'cases': 3, 'events': 1, 'auc': 1.0}]
        """
        return validate(
            self._loaded.compared_with(peers), scores, progress, as_ofs=as_ofs, outcome=outcome, horizon=horizon,
            lead=lead, among=among, by=by, capacity=capacity, per=per, observed=observed, confidence=confidence,
            rounds=rounds, seed=seed, grades=grades, revenue=revenue,
        )  # fmt: skip

    def learn(
        self,
        score: str,
        *,
        as_ofs: AsOfs | None = None,
        outcome: object,
        horizon: str,
        lead: str = "0d",
        among: str | None = None,
        observed: AsOf | None = None,
        test: AsOf | None = None,
        test_accounts: float | None = None,
        learn: Literal["weights", "curves"] = "weights",
        towards: Literal["document", "zero"] = "document",
        strength: float | None = None,
        least: Mapping[str, float] | None = None,
        most: Mapping[str, float] | None = None,
        hold: Collection[str] = (),
        whole: bool = True,
        seed: int = 0,
        progress: Progress = None,
    ) -> Learned:
        """Weights of a score's measures that foresee an outcome better: a new model, and what it is worth.

        The most likely weights c ≥ 0 of logit P = a − Σ c · points / 100, with a pull towards a multiple of the
        document's own: with few outcomes they stay near them, with many they leave them. Nested scores keep their
        structure: one weighs what its measures do together. Shapes, unless asked for, caps, grades and all else stay as
        they are.

        Parameters
        ----------
        score : str
            A score that is a mean of measures. Nested means are opened; a nested score of another kind, or with two
            parents, is one measure.
        as_ofs, outcome, horizon, lead, among, observed
            As for :meth:`validate`.
        test : date-like, optional
            As-ofs from there on are held out, and what is learned on ends its windows before.
        test_accounts : float, optional
            The share of accounts that is held out, chosen by a hash of their ids. With `test` as well, what is held out
            are these accounts from then on.
        learn : str
            ``"curves"`` also gives each measure of a value (by a curve, bands, a logistic or the value itself) the
            curve that foresees best, going the way that its shape in the document goes: with corners where its curve
            has them, else at six quantiles. Points of a missing value are learned where ten accounts with the outcome
            had them. A measure named in `least`, `most` or `hold` keeps its shape.
        towards : str
            ``"document"``, or ``"zero"``: measures that are not needed weigh nothing.
        strength : float, optional
            Of the pull. Default: the one of the least cross-validated log-loss, of powers of ten from 1e-5 to 1,000 (5
            folds of whole accounts, 3 times).
        least, most : mapping of str to float, optional
            Bounds of a measure's share of all weight, by its path below the score: ``{"engagement.recency": 0.1}``.
        hold : list of str
            Measures whose shares stay.
        whole : bool
            Whether weights are whole numbers that sum to 100. A held one keeps its digits.
        seed : int
            Of folds, draws and the hash of ids.
        progress : bool or callable, optional
            As for :meth:`score`.

        Returns
        -------
        Learned

        Raises
        ------
        UnknownNameError
            If the model has no such score, or the score no such measure.
        DataError
            If fewer than 10 accounts have the outcome, bounds contradict each other, or the score is no mean.

        Examples
        --------
        >>> import customerhealth as ch
        >>> model = ch.Model.preset("b2b-saas")
        >>> company = ch.datasets.simulate(250, "2024-01-01", "2026-01-01")
        >>> learned = ch.Portfolio(model, tables=company.select(model)).learn(
        ...     "health", outcome=ch.outcomes.churn("contracts", gap="30d"), horizon="90d", test_accounts=0.3,
        ...     strength=0.01)
        >>> learned.report["cases"].to_pylist()
        ['training', 'cross-validated', 'held out']
        >>> learned.model.scores == model.scores
        True
        """
        return learned(
            self._loaded, score, progress, as_ofs=as_ofs, outcome=outcome, horizon=horizon, lead=lead, among=among,
            observed=observed, test=test, test_accounts=test_accounts, learn=learn, towards=towards, strength=strength,
            least=least, most=most, hold=hold, whole=whole, seed=seed,
        )  # fmt: skip
