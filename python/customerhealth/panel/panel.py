"""The answers of one call: a table, and why its numbers are what they are."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from .._version import __version__
from ..errors import DataError
from ..explain import Explanation, explain
from ..io.columns import Ints
from ..io.instants import AsOf
from ..io.results import as_reader, as_table
from ..model import Model
from ..progress import Progress, reported
from ..results import Table
from ..scored import Scored
from .changes import path_to, why_changed, why_models_differ
from .chosen import Chosen
from .drawn import Drawn
from .html import Shown
from .lists import Lists
from .pickled import Packed, Unpacked, packed
from .plays_and_states import PlaysAndStates
from .uncertainty import uncertainty

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Panel"]

_STREAMED_ROWS = 65_536  # of the panel, for one step of a stream


class Panel(Drawn, Lists, PlaysAndStates):
    """One row an (account, as-of): metrics, scores, grades, coverage. Immutable; made by :meth:`Portfolio.score`.

    It speaks Arrow: ``polars.DataFrame(panel)``, ``pyarrow.table(panel)`` and ``duckdb.sql("from panel")`` read it
    without a copy where they can. Rows are ordered by account id, then as-of.

    A pickle of it holds the tables, dates and peers that it was made of, and is as large as they are: from it a panel
    explains what the first one explained, once it was scored again, which it is when it is first asked. Whoever wants
    the numbers alone sends ``panel.table``.
    """

    def __init__(self, scored: Scored, chosen: Chosen | None = None) -> None:
        self._scored, self._chosen = scored, chosen

    def _of(self, chosen: Chosen) -> Panel:
        return Panel(self._scored, chosen)

    @property
    def model(self) -> Model:
        """The model that made it."""
        return self._scored.model

    @property
    def digest(self) -> str:
        """The digest of the model that made it."""
        return self._scored.model.digest

    @property
    def version(self) -> str:
        """The version of customerhealth that made it."""
        return __version__

    def reasons(self) -> Table:
        """Why values are missing.

        Returns
        -------
        Table
            ``account_id``, ``as_of``, ``metric`` (a metric, a score or a journey), ``reason``; only what is missing.
            An account that is in no stage of a journey has the reason of the first ``enter`` that is missing, else
            ``not_applicable``.
        """
        return Table(self._answers(as_table(self._scored.core.reasons())))

    @overload
    def contributions(
        self, score: str, *, deep: bool = False, stream: Literal[False] = False, progress: Progress = None
    ) -> Table: ...
    @overload
    def contributions(
        self, score: str, *, deep: bool = False, stream: Literal[True], progress: Progress = None
    ) -> pa.RecordBatchReader: ...
    def contributions(self, score: str, *, deep: bool = False, stream: bool = False, progress: Progress = None) -> Any:
        """What each part adds to a score; the parts sum to the score. Worked out when asked for.

        Parameters
        ----------
        score : str
            Its name.
        deep : bool
            Expand scores that are measures of this one, down to their own measures: ``part = "adoption.breadth"``.
        stream : bool
            Give a reader that works out some rows of the panel at a time, instead of a table: the contributions of a
            large panel are many times its size.
        progress : bool or callable, optional
            As for :meth:`Portfolio.score`.

        Returns
        -------
        Table or pyarrow.RecordBatchReader
            ``account_id``, ``as_of``, ``part``, ``value``, ``points``, ``weight`` (the effective share, for a mean),
            ``contribution``, ``reason``. Missing measures have null points, contribution 0 and their reason. By part,
            in the order of the model, and then as the panel's rows are (what ``melt`` and ``unpivot`` give); a stream
            has some rows of the panel at a time in that order.

        Raises
        ------
        UnknownNameError
            If the model has no such score.
        """
        self._scored.check_score(score)
        core, threads = self._scored.core, self._scored.threads
        if stream:
            begins = range(0, max(1, core.rows), _STREAMED_ROWS)
            parts = (core.contributions(score, deep, threads, None, at, _STREAMED_ROWS) for at in begins)
            return as_reader(parts, self._answers)
        with reported(progress, "contributions") as report:
            found = core.contributions(score, deep, threads, report, *self._span())
            return Table(self._answers(as_table(found)))

    @overload
    def why_changed(
        self, score: str, start: AsOf, end: AsOf, *, deep: bool = True, progress: Progress = None
    ) -> Table: ...
    @overload
    def why_changed(
        self, score: str, start: AsOf, *, other: Panel, deep: bool = True, progress: Progress = None
    ) -> Table: ...
    def why_changed(
        self,
        score: str,
        start: AsOf,
        end: AsOf | None = None,
        *,
        other: Panel | None = None,
        deep: bool = True,
        progress: Progress = None,
    ) -> Table:
        """Why a score is another at one date than at an earlier one, or under another model at the same date.

        Of each account the causes sum to the difference. A measure adds its share times its points. When both change,
        each gets the mean of both sides of the other, so that no side comes first and nothing is left over.

        Parameters
        ----------
        score : str
            Its name.
        start : date-like
            An as-of of this panel.
        end : date-like
            Another one; before ``start`` every contribution has the other sign. Not beside ``other``.
        other : Panel
            What the same data are worth under another model: a panel that has ``start`` too, of a portfolio with the
            same tables. Then the causes sum to the score there minus the score here.
        deep : bool
            Expand scores that are measures of this one, down to their own measures: ``part = "adoption.breadth"``.
            What concerns a nested score as a whole, such as its weight, bears its name: ``part = "adoption"``.
        progress : bool or callable, optional
            As for :meth:`Portfolio.score`.

        Returns
        -------
        Table
            ``account_id``, ``part``, ``cause``, ``because``, ``from``, ``to``, ``contribution``; by account, then in
            document order. A cause that adds nothing has no row, save a part that came or went.

            ============ ========================================== ================================ =================
            cause        the part adds more or less because         because                          from, to
            ============ ========================================== ================================ =================
            ``value``    its value is another                       its labels; why it is missing    its value
                                                                    where its policy gives points
            ``band``     its value is in another band               the bands                        its value
            ``case``     another case of it holds                   the cases                        its value
            ``peers``    those it is compared with moved            null                             its value
            ``weight``   its share of a mean is another             the part that came or went       its share
            ``appeared`` it has points, and had none                why it had none                  its value
            ``vanished`` it has no points, and had some             why it has none                  its value
            ``chosen``   lowest, highest: another part decides      which one                        its value
            ``cap``      a cap cuts off more or less                ``on``, ``off``,                 its bound
                                                                    ``bound moved``, ``on at both``
            ``round``    rounding                                   null                             null
            ``clamp``    keeping to the scale                       null                             null
            ============ ========================================== ================================ =================

            A score that is there at one date only has one row without a part, ``appeared`` or ``vanished``: ``from``
            and ``to`` are the score, ``because`` says why it is missing, and ``contribution`` is null, since there is
            no difference to take apart.

            Between two models the data are the same, so that all of the difference is the models': every row with a
            contribution has the cause ``model``. ``because`` names the paths by which the documents differ
            (:meth:`Model.diff`) and on which the part rests through the metrics, tables and scores that it reads, three
            at most; where there is none, what else is known: why it is missing under one model, which part is chosen
            instead, ``on`` or ``off`` of a cap. Parts of the same name are the same part. One that a single document
            has adds all it adds there, with a null value on the other side; so does one that has points under one model
            only. A share of a mean that is another has a row of its own, ``from`` and ``to`` being the shares:
            ``share:`` and the paths of the weights that differ or, where none does, the parts that have points under
            one model only. A score that is missing under one model, or an account in one panel only, has the row
            without a part as above.

        Raises
        ------
        UnknownNameError
            If the model, or that of ``other``, has no such score.
        DataError
            If a date is no as-of of this panel, or of ``other``; it says which are. If there are both ``end`` and
            ``other`` or neither. If the accounts of ``other`` are of another type.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"logins": {"kind": "events", "account": "account", "time": "at"}},
        ...     "metrics": {"logins_28d": {"from": "logins", "agg": "count", "window": "28d"}},
        ...     "scores": {"health": {"measures": {"use": {"value": "logins_28d", "curve": [[0, 0], [4, 100]]}}}},
        ... })
        >>> days = [date(2026, 5, 20), date(2026, 5, 21), date(2026, 6, 20)]
        >>> logins = pa.table({"account": ["acme"] * 3, "at": days})
        >>> panel = ch.Portfolio(model, logins=logins).score(["2026-06-01", "2026-07-01"])
        >>> causes = panel.why_changed("health", "2026-06-01", "2026-07-01")
        >>> causes.select(["part", "cause", "contribution"]).to_pylist()
        [{'part': 'use', 'cause': 'value', 'contribution': -25.0}]

        The same logins under a model that looks at seven days only:

        >>> document = model.to_dict()
        >>> document["metrics"]["logins_28d"]["window"] = "7d"
        >>> new = ch.Portfolio(ch.Model.parse(document), logins=logins).score("2026-06-01")
        >>> causes = panel.why_changed("health", "2026-06-01", other=new)
        >>> causes.select(["cause", "because", "from", "to", "contribution"]).to_pylist()
        [{'cause': 'model', 'because': 'metrics.logins_28d.window', 'from': 2.0, 'to': 0.0, 'contribution': -50.0}]
        """
        self._scored.check_score(score)
        if (end is None) == (other is None):
            got = "neither" if end is None else "both"
            raise DataError(f"expected either 'end', another date, or 'other', a panel of another model; got {got}")
        if end is not None:
            return Table(self._answers(why_changed(self._scored, score, start, end, deep, progress)))
        if not isinstance(other, Panel):
            raise TypeError(f"other: expected a Panel, not a {type(other).__name__}")
        return self._why_models_differ(other, score, start, deep, progress)

    def _why_models_differ(self, other: Panel, score: str, start: AsOf, deep: bool, progress: Progress) -> Table:
        found = why_models_differ(self._scored, other._scored, score, start, deep, progress)
        return Table(self._answers(found))

    def path_to(
        self, grade: str, *, score: str = "health", as_of: AsOf | None = None, progress: Progress = None
    ) -> Table:
        """What would lift each account to a grade: for each measure the smallest change of its value that does alone.

        Everything else is held: other measures (of the same metric too), the case in force, rules and limits of caps.
        Each change that is said to reach was put into the model and scored.

        Peers are held too: where a measure looks at them (``percentile``, ``zscore``, any with ``shrink``), they are
        those that the panel was scored with, the account's own value of today among them. Scored again with these
        peers (``Portfolio.score(..., peers=)``), ``to`` brings the grade; peers fitted anew know the new value, which
        then no longer counts where it was, so that a rank may come out one account lower.

        Parameters
        ----------
        grade : str
            The grade to reach, or one above it. Where the score has ``hysteresis`` it is the grade's own edge that is
            to be reached.
        score : str
            A score with grades.
        as_of : date-like, optional
            One of the panel's as-ofs; by default its last.
        progress : bool or callable, optional
            As for :meth:`Portfolio.score`.

        Returns
        -------
        Table
            ``account_id``; ``part``, named as in deep contributions; ``from`` and ``to``, the value and the one wanted;
            ``gain``, what the score gains by it; ``status``; ``peer_share``, how many of the accounts of that as-of
            that have a value have the wanted one or better, 0 to 1; ``from_label`` and ``to_label``, which stand in for
            ``from`` and ``to`` where the value is a text (booleans are 1 and 0). Accounts in panel order, of each what
            reaches first, the most common wanted value first. An account that has the grade, or to which the score
            does not apply, has no rows. ``status`` is one of

            ``reaches``
                The change from ``from`` to ``to`` brings the grade. Whole numbers for counts; beyond an open edge the
                next double. A null ``from`` is a value that is not known: ``to`` is then the least that would do.
                Null points are never wanted: nothing gets better by no longer being measured.
            ``alone_not_enough``
                No value of this measure brings the grade.
            ``held_by_cap``
                ``part`` is a cap whose limit, in ``from``, keeps the score below the grade, ``gain`` what the score
                would gain without it. A cap of the score itself is the whole answer; one of a nested score
                (``adoption.cap:NAME``) is listed where lifting it alone would bring the grade.

        Raises
        ------
        UnknownNameError
            If the model has no such score, or the score no such grade.
        DataError
            If the panel has no row at ``as_of``.

        Examples
        --------
        >>> import customerhealth as ch
        >>> import pyarrow as pa
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "at"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count", "window": "28d"}},
        ...     "scores": {"health": {
        ...         "measures": {"activity": {"value": "events", "curve": [[0, 0], [7, 100]]}},
        ...         "grades": [{"name": "red"}, {"name": "green", "from": 50}]}},
        ... })
        >>> usage = pa.table({"who": ["acme", "zeta", "zeta"], "at": ["2026-06-01", "2026-06-03", "2026-06-04"]})
        >>> usage = usage.set_column(1, "at", usage["at"].cast(pa.date32()))
        >>> panel = ch.Portfolio(model, usage=usage).score("2026-06-20")
        >>> panel.path_to("green").select(["account_id", "part", "from", "to", "status"]).to_pylist()[0]
        {'account_id': 'acme', 'part': 'activity', 'from': 1.0, 'to': 4.0, 'status': 'reaches'}
        """
        if self._chosen is None:
            return Table(path_to(self._scored, grade, score, as_of, progress))
        chosen = self._chosen.at(as_of)
        return Table(chosen.of(path_to(self._scored, grade, score, chosen.one_as_of, progress)))

    def uncertainty(
        self,
        score: str,
        *,
        factor: float = 1.5,
        rates: Mapping[str, str] | None = None,
        confidence: float = 0.95,
        rounds: int = 1000,
        seed: int = 0,
    ) -> Table:
        """Between which ends each score lies, had its weights been others and its rates of few rows fallen otherwise.

        In each round every weight is multiplied by a number between 1/`factor` and `factor`, the same for all accounts,
        and every rate is drawn anew from where it may truly lie: 1 of 2 tells less than 50 of 100. All else is held,
        the case in force, the limits of caps and the peers too. It says nothing of whether the score is right.

        Parameters
        ----------
        score : str
            A score of the model. Weights and rates of the scores that it is made of are drawn too.
        factor : float, default 1.5
            By how much a weight may be wrong. 1: weights are not drawn.
        rates : mapping of str to str, optional
            Further rates, from 0 to 1: of each the metric that counts its rows, as ``{"satisfied": "answers"}``. A
            formula of two counts of the same table, ``solved / tickets``, is known for one where the second count has
            no ``where``. A rate is drawn where it is the value of a measure.
        confidence : float, default 0.95
            The share of draws between the ends.
        rounds : int, default 1000
            How often all is drawn.
        seed : int, default 0
            The same seed gives the same draws, whichever accounts and as-ofs the panel has.

        Returns
        -------
        Table
            ``account_id``, ``as_of``, ``score``; ``low`` and ``high``, between which it lies with that confidence when
            all is drawn; ``weights_low`` and ``weights_high`` where only weights are, ``rates_low`` and
            ``rates_high`` where only rates are. The score itself is never outside. Null where the score is missing.

        Raises
        ------
        UnknownNameError
            If the model has no such score, or a panel no column that `rates` names.
        DataError
            If a value of `rates` is not between 0 and 1, no measure reads it, or an argument is out of its range.

        Examples
        --------
        >>> import customerhealth as ch
        >>> import pyarrow as pa
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"a": {"kind": "accounts", "account": "id"}},
        ...     "metrics": {"satisfied": {"formula": "a.happy / a.answers"}, "answers": {"formula": "a.answers"}},
        ...     "scores": {"health": {"measures": {"mood": {"value": "satisfied", "curve": [[0, 0], [1, 100]]}}}},
        ... })
        >>> accounts = pa.table({"id": ["few", "many"], "happy": [1.0, 50.0], "answers": [2.0, 100.0]})
        >>> panel = ch.Portfolio(model, a=accounts).score("2026-07-01")
        >>> table = panel.uncertainty("health", rates={"satisfied": "answers"})
        >>> [(row["account_id"], round(row["low"]), row["score"], round(row["high"])) for row in table.to_pylist()]
        [('few', 10, 50.0, 90), ('many', 41, 50.0, 59)]
        """
        return Table(self._answers(uncertainty(self._scored, score, factor, rates, confidence, rounds, seed)))

    def explain(self, account: str | int, as_of: AsOf | None = None) -> Explanation:
        """One account in words: its scores, what pulls them up and down, what changed, what is missing and why.

        Where the panel has an earlier as-of at which the account has a row, each score says what changed since then.
        Of a life cycle it tells the stages, the cohorts and the open plays.

        Parameters
        ----------
        account : str or int
            Its id.
        as_of : date-like, optional
            One of the panel's as-ofs; by default the last at which the account has a row.

        Returns
        -------
        Explanation
            Text when printed, HTML in a notebook.

        Raises
        ------
        UnknownNameError
            If the panel has no row for the account, or none at that as-of.
        """
        if self._chosen is not None:
            as_of = self._chosen.as_of_account(account, as_of)
        return explain(self._scored, account, as_of)

    def __reduce__(self) -> tuple[object, ...]:
        chosen = None if self._chosen is None else (self._chosen.rows, self._chosen.as_ofs)
        return _unpickled, (packed(self._scored), chosen)

    def __copy__(self) -> Panel:
        return self

    def __deepcopy__(self, _: object) -> Panel:
        return self

    def __repr__(self) -> str:
        size = f"{len(self)} rows, {len(self.columns)} columns"
        shown = self._shown().text(shutil.get_terminal_size().columns)
        return f"<Panel of {size}, model {self.model.name!r}>\n{shown}"

    def _repr_html_(self) -> str:
        return self._shown().html()

    def _shown(self) -> Shown:
        return Shown(self._scored, None if self._chosen is None else self._chosen.rows)


def _unpickled(given: Packed, chosen: tuple[Ints, list[int]] | None) -> Panel:
    scored = Unpacked(given)
    return Panel(scored, None if chosen is None else Chosen(scored, *chosen))
