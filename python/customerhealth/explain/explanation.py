"""One account in words: for people who never saw the model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .. import _core
from ..errors import UnknownNameError, with_suggestion
from ..io.columns import micros_of
from ..io.instants import AsOf, one_instant
from ..io.results import as_table, rows_in_python
from .changes import changed_since
from .html import to_html
from .life import life_of
from .lift import lift_of
from .panel_row import PanelRow
from .part_names import look_of_column
from .scores import in_reading_order, score_of
from .text import lines
from .views import AccountView, CohortView, Lift, Missing, Part, PlayView, ProbabilityView, ScoreView, StageView

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import pyarrow as pa

    from ..scored import Scored

__all__ = [
    "CohortView",
    "Explanation",
    "Lift",
    "Missing",
    "Part",
    "PlayView",
    "ProbabilityView",
    "ScoreView",
    "StageView",
    "explain",
    "rows_of_account",
]


@dataclass(frozen=True)
class Explanation(AccountView):
    """One account as of one date: print it, or show it in a notebook.

    Attributes
    ----------
    account : str or int
    as_of : str
        Rows strictly before it were seen.
    scores : tuple of ScoreView
        Overall scores first, each followed by the scores it is made of.
    missing : tuple of Missing
        Metrics without a value, and why.
    stages : tuple of StageView
        Where the account is in each journey.
    cohorts : tuple of CohortView
        The cohorts that it belongs to.
    plays : tuple of PlayView
        The plays that are open, the most urgent first.
    label : str or None
        What the accounts table calls the account as of that date, by its ``label``.
    """

    def to_dict(self) -> dict[str, Any]:
        """The same as plain dicts and lists, for JSON."""
        return asdict(self)

    def to_html(self) -> str:
        """A fragment of HTML: no script, no outside file, every text escaped."""
        return to_html(self)

    def plot(self, score: str | None = None) -> go.Figure:
        """What each part adds to one of its scores: :func:`plot.contributions`.

        Parameters
        ----------
        score : str, optional
            Default: ``health``, else the first that is known.

        Returns
        -------
        plotly.graph_objects.Figure

        Examples
        --------
        >>> import customerhealth as ch
        >>> projects = ch.Portfolio(ch.Model.preset("oss-projects"), activity=ch.datasets.OSS_PROJECTS)
        >>> figure = projects.score("2026-07-01").explain("pallets/flask").plot()
        >>> list(figure.layout.xaxis.ticktext)
        ['engagement', 'adoption', 'steadiness', 'shared_work', 'health']
        """
        from .. import plot

        return plot.contributions(self, score)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return "\n".join(lines(self))

    __repr__ = __str__


# ---- gathering ------------------------------------------------------------------------------------------------------


def explain(scored: Scored, account: str | int, as_of: AsOf | None) -> Explanation:
    """See :meth:`Panel.explain`."""
    begin, count = rows_of_account(scored, account)
    rows = scored.table.slice(begin, count)
    there: list[int] = micros_of(rows.column("as_of")).tolist()
    micros = max(there) if as_of is None else one_instant(as_of, "as_of")
    if micros not in there:
        shown = [_core.show_instant(at) for at in there]
        asked = _core.show_instant(micros)
        what = f"account {account!r} has no row as of {asked} in this panel"
        raise UnknownNameError(with_suggestion(what, asked, shown))
    at = there.index(micros)
    values = rows_in_python(rows.slice(at, 1))[0]
    missing = as_table(scored.core.reasons(begin + at, 1)).to_pylist()
    reasons = {each["metric"]: each["reason"] for each in missing}
    row = PanelRow(scored, scored.model.to_dict(), begin + at, values, reasons)
    infos = {info["name"]: info for info in scored.model.core.scores}

    def view_of(name: str) -> ScoreView:
        since = changed_since(scored, name, there[at - 1], micros, (begin, count)) if at > 0 else None
        return score_of(row, infos[name], since, lift_of(row, infos[name]))

    life = life_of(row)
    return Explanation(
        account=values["account_id"],
        as_of=_core.show_instant(micros),
        model=scored.model.name,
        digest=scored.model.digest,
        scores=tuple(view_of(name) for name in in_reading_order(infos)),
        missing=tuple(
            Missing(m, why, look_of_column(row.document, m).label)
            for m, why in reasons.items()
            if m not in infos and m not in scored.model.journeys
        ),
        stages=life.stages,
        cohorts=life.cohorts,
        plays=life.plays,
        label=scored.core.label_of(begin + at),
    )


def rows_of_account(scored: Scored, account: str | int) -> tuple[int, int]:
    """Where the account's rows begin, and how many there are; an UnknownNameError where there is none."""
    begin, count = _rows_of(scored.table, account)
    if count == 0:
        raise UnknownNameError(_why_not_there(scored, account))
    return begin, count


def _why_not_there(scored: Scored, account: str | int) -> str:
    """Where an account stands that has no row in the panel; else which one may be meant."""
    model = scored.model.core
    rows = scored.core.rows_by_table(account) if _may_be_an_id(account) else []
    standing = {
        table["name"]: (table["kind"], count) for table, count in zip(model.tables, rows, strict=False) if count
    }
    what = f"the panel has no account {account!r}"
    if not standing:
        names = [str(name) for name in scored.table.column("account_id").unique().to_pylist()]
        return with_suggestion(what, account, names)
    counts = ", ".join(f"{count:,} row{'s' * (count != 1)} in {name}" for name, (_, count) in standing.items())
    accounts = next((table["name"] for table in model.tables if table["kind"] == "accounts"), None)
    if accounts is not None and accounts not in standing:
        why = f"it is not in {accounts}, which says who is in the panel"
    elif list(standing) == [accounts]:
        why = f"an account of {accounts} has a row once another table knows of it, or from a filled `known` of it on"
    else:
        why = "none of these was known before the panel's as-ofs, or the model's `include` leaves it out"
    if accounts in standing and "deleted" in scored.model.to_dict()["tables"][accounts]:
        why += f", or its last row in {accounts} says that it is deleted"
    return f"{what}: it has {counts}, but {why}"


def _may_be_an_id(account: object) -> bool:
    if isinstance(account, int) and not isinstance(account, bool):
        return -(2**63) <= account < 2**63
    return isinstance(account, str)


def _rows_of(table: pa.Table, account: str | int) -> tuple[int, int]:
    """Where the account's rows begin, and how many there are: a panel is ordered by account."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = table.column("account_id")
    try:
        wanted = pa.scalar(account, type=ids.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return 0, 0  # an id of another type is no account here
    begin = pc.index(ids, wanted).as_py()
    return (begin, pc.sum(pc.equal(ids, wanted)).as_py()) if begin >= 0 else (0, 0)
