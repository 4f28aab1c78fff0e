"""Operators that score a portfolio, and that append to a saved one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

try:
    from airflow.sdk import BaseOperator
except ImportError:  # Airflow 2
    from airflow.models import BaseOperator

from .findings import rules_of
from .tasks import as_of_in, failure, final_errors, names_of, path_of, push_to_outlets

__all__ = ["AppendPortfolioOperator", "ScorePortfolioOperator"]

_WRITTEN = ("panel", "reasons")


class ScorePortfolioOperator(BaseOperator):
    """Score all accounts as of the run's date and write the day as a partition.

    One task scores all accounts, on all processors that it may use; there is nothing to defer.

    Parameters
    ----------
    model : path, str or dict
        A model's JSON file, a preset's name, or the document itself.
        Beside a saved portfolio it may be left out.
    tables : dict of str to path
        What :class:`customerhealth.Portfolio` reads: paths by the names that the model gives the tables. Also the text
        of a JSON object, or what an upstream task returned.
    portfolio : path
        In place of `tables`, a folder of a saved portfolio: :class:`AppendPortfolioOperator` adds each night's rows.
    output : str
        A folder: the panel goes to ``OUTPUT/panel/as_of=2026-07-01/part-0.parquet``, in the place of the one that is
        there, in one step; the column ``as_of`` is in the path, where every reader of such folders looks. Or
        ``delta:`` and a place: the panel is the Delta table ``PLACE/panel``, and a run is one commit that replaces its
        as-of. Running a day again writes the same bytes.
    as_of : date-like, optional
        By default the run's ``dag_run.conf["as_of"]``, else its ``partition_date``, ``data_interval_end`` or
        ``logical_date``, the first that there is. ``"today"`` is the last midnight, UTC.
    write : sequence of str
        ``panel``, ``reasons`` (why values are missing) or both.
    contributions : sequence of str
        Scores whose contributions are written, to ``contributions/score=NAME``.
    plays : bool
        Write the open plays.
    fail_on : str or sequence of str
        Checks of ``Portfolio.quality`` that fail the task before anything is scored or written: ``"null_account"``,
        ``"orphans>100"``, ``"usage.orphans>=5"``. It is not tried again: that mends no data.
    warn_on : str or sequence of str, optional
        Checks that are logged as warnings; default: all.
    strict : bool or "all"
        As for :class:`customerhealth.Portfolio`.
    peers_path : path, optional
        A file of :meth:`customerhealth.Peers.to_bytes`: whom to compare with, where the tables hold a part only.
    threads : int, optional
        As for :class:`customerhealth.Portfolio`.
    asset_stats : bool
        Give each outlet's event, too, what the task returns.
    **kwargs
        Those of every operator.

    Notes
    -----
    The task returns, and with `fail_on` pushes before it fails, a small dict: ``as_of``, ``as_of_from`` (who said so),
    ``accounts``, ``grades``, ``digest`` and ``version`` of model and package, ``paths``, ``quality`` (rows by table and
    check), ``seconds`` and ``peak_memory`` (bytes, of the process).

    Errors in the model, or that name a row or a column, fail the task for good; a file that is not there is tried for
    again.
    """

    template_fields: Sequence[str] = ("model", "tables", "as_of", "output_path", "peers_path", "portfolio")
    template_ext: Sequence[str] = ()  # the path of a model is not its text
    ui_color = "#d7ecd9"

    def __init__(
        self,
        *,
        output: str | os.PathLike[str],
        model: Any = None,
        tables: Any = None,
        portfolio: str | os.PathLike[str] | None = None,
        as_of: Any = None,
        write: str | Sequence[str] = _WRITTEN,
        contributions: str | Sequence[str] = (),
        plays: bool = False,
        fail_on: str | Sequence[str] = (),
        warn_on: str | Sequence[str] | None = None,
        strict: Any = False,
        peers_path: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        asset_stats: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (tables is None) == (portfolio is None):
            raise ValueError("expected either tables= or portfolio=, the folder of a saved one")
        if tables is not None and model is None:
            raise ValueError("tables= need a model=")
        self.model, self.tables, self.portfolio, self.as_of = path_of(model), tables, path_of(portfolio), as_of
        self.output_path = path_of(output)  # `output` is BaseOperator's name for what a task returns
        self.peers_path = path_of(peers_path)
        self.write, self.contributions, self.plays = names_of(write), names_of(contributions), plays
        unknown = [name for name in self.write if name not in _WRITTEN]
        if unknown:
            raise ValueError(f"write: expected 'panel' or 'reasons', got {unknown[0]!r}")
        rules_of(fail_on, "fail_on")  # an error here is seen when the DAG is read
        rules_of(warn_on or (), "warn_on")
        self.fail_on, self.warn_on = fail_on, warn_on
        self.strict, self.threads, self.asset_stats = strict, threads, asset_stats

    def execute(self, context: Any) -> dict[str, Any]:
        """Score, write and say what was done."""
        from .scoring import Scoring

        scoring = Scoring(
            model=self.model,
            tables=self.tables,
            output=self.output_path,
            portfolio=self.portfolio,
            write=self.write,
            contributions=self.contributions,
            plays=self.plays,
            fail_on=rules_of(self.fail_on, "fail_on"),
            warn_on=None if self.warn_on is None else rules_of(self.warn_on, "warn_on"),
            strict=self.strict,
            peers_path=self.peers_path,
            threads=self.threads,
        )
        as_of = as_of_in(self.as_of, context, self.log)
        with final_errors():
            summary, failing = scoring.run(as_of, self.log)
        if failing:
            context["ti"].xcom_push(key="return_value", value=summary)
            raise failure("; ".join(failing))
        self.log.info("scored %d accounts as of %s: %s", summary["accounts"], summary["as_of"], summary["paths"])
        if self.asset_stats:
            push_to_outlets(self.outlets or (), context, summary)
        return summary


class AppendPortfolioOperator(BaseOperator):
    """Append a day's rows to a saved portfolio; the same key again takes the place of what came with it before.

    Parameters
    ----------
    portfolio : path
        The folder of a saved portfolio.
    tables : dict of str to path
        The rows that arrived since, as for :class:`ScorePortfolioOperator`.
    key : str
        A name for these rows, such as ``"{{ data_interval_end | ds }}"``: a rerun replaces them, at their place.
    model : path, str or dict, optional
        Where the folder holds nothing yet, the model of a new portfolio; else as for
        :meth:`customerhealth.Portfolio.open`.
    keep_versions : int, optional
        How many versions of the folder stay, two or more; None: all.
    threads : int, optional
        As for :class:`customerhealth.Portfolio`.
    asset_stats : bool
        Give each outlet's event, too, what the task returns.
    **kwargs
        Those of every operator.

    Notes
    -----
    One task appends at a time: let the DAG have ``max_active_runs=1``. The task returns a small dict: ``portfolio``,
    ``portfolio_version``, ``key``, ``accounts``, ``digest`` and ``version`` of model and package, ``quality``,
    ``seconds`` and ``peak_memory``. A task that is killed has appended all rows or none.
    """

    template_fields: Sequence[str] = ("portfolio", "tables", "key", "model")
    template_ext: Sequence[str] = ()
    ui_color = "#d7ecd9"

    def __init__(
        self,
        *,
        portfolio: str | os.PathLike[str],
        tables: Any,
        key: Any,
        model: Any = None,
        keep_versions: int | None = 2,
        threads: int | None = None,
        asset_stats: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if keep_versions is not None and keep_versions < 2:
            raise ValueError(f"keep_versions: expected two or more, or None, got {keep_versions!r}")
        self.portfolio, self.tables, self.key, self.model = path_of(portfolio), tables, key, path_of(model)
        self.keep_versions, self.threads, self.asset_stats = keep_versions, threads, asset_stats

    def execute(self, context: Any) -> dict[str, Any]:
        """Append, and say what was done."""
        from .appending import Appending

        appending = Appending(self.portfolio, self.tables, self.key, self.model, self.keep_versions, self.threads)
        with final_errors():
            summary = appending.run(self.log)
        self.log.info("appended %s to %s, version %d", self.key, self.portfolio, summary["portfolio_version"])
        if self.asset_stats:
            push_to_outlets(self.outlets or (), context, summary)
        return summary
