"""One account in words: for people who never saw the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from .. import _core
from ..errors import UnknownNameError
from ..instants import to_micros
from .changes import Since, change_lines, changed_since
from .life import CohortView, PlayView, StageView, life_lines, life_of
from .lift import Lift, lift_lines, lift_of
from .words import REASONS, show_value

if TYPE_CHECKING:
    import pyarrow as pa

    from ..scored import Scored

__all__ = ["CohortView", "Explanation", "Lift", "Missing", "Part", "PlayView", "ScoreView", "StageView", "explain"]

_BAR = 20


@dataclass(frozen=True)
class Part:
    """One part of a score."""

    name: str
    about: str
    value: float | str | bool | None
    """A text or a boolean where the measure reads a metric of that type."""
    points: float | None
    weight: float | None
    contribution: float | None
    reason: str | None
    pull: float | None
    """Share × (points − score): above 0 it lifts the score, below 0 it holds it down. None where it has no share."""


@dataclass(frozen=True)
class ScoreView:
    """One score of the account, with its parts; they sum to it."""

    name: str
    about: str
    score: float | None
    low: float
    high: float
    grade: str | None
    coverage: float | None
    reason: str | None
    shares: bool
    """Whether weights are shares of the whole, so that points can be compared with the score."""
    parts: tuple[Part, ...]
    change: float | None = None
    """Since `over` ago; None where the score has no trend, or one of both scores is missing."""
    over: str | None = None
    grade_before: str | None = None
    since: Since | None = None
    """What changed since the panel's as-of before this one at which the account has a row. None where there is none."""
    lift: Lift | None = None
    """None where the score has no higher grade, or does not apply to the account."""


@dataclass(frozen=True)
class Missing:
    """A metric without a value."""

    metric: str
    reason: str


@dataclass(frozen=True)
class Explanation:
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
    """

    account: str | int
    as_of: str
    model: str
    digest: str
    scores: tuple[ScoreView, ...]
    missing: tuple[Missing, ...]
    stages: tuple[StageView, ...] = ()
    cohorts: tuple[CohortView, ...] = ()
    plays: tuple[PlayView, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as plain dicts and lists, for JSON."""
        return asdict(self)

    def to_html(self) -> str:
        """A fragment of HTML: no script, no outside file, every text escaped."""
        from .html import to_html

        return to_html(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    __repr__ = __str__


# ---- gathering ------------------------------------------------------------------------------------------------------


def explain(scored: Scored, account: str | int, as_of: object) -> Explanation:
    """See :meth:`Panel.explain`."""
    import pyarrow as pa

    begin, count = _rows_of(scored.table, account)
    if count == 0:
        names = [str(name) for name in scored.table.column("account_id").unique().to_pylist()]
        raise UnknownNameError(f"the panel has no account {account!r}: {_core.suggestion(str(account), names)}")
    rows = scored.table.slice(begin, count)
    there: list[int] = rows.column("as_of").cast(pa.int64()).to_pylist()
    micros = max(there) if as_of is None else int(to_micros(as_of)[0])
    if micros not in there:
        shown = [_core.show_instant(at) for at in there]
        raise UnknownNameError(
            f"account {account!r} has no row as of {_core.show_instant(micros)} in this panel: "
            f"{_core.suggestion(_core.show_instant(micros), shown)}"
        )
    at = there.index(micros)
    row = rows.slice(at, 1).to_pylist()[0]
    missing = pa.table(scored.core.reasons(begin + at, 1)).to_pylist()
    reasons = {each["metric"]: each["reason"] for each in missing}
    document = scored.model.to_dict()
    infos = {info["name"]: info for info in scored.model._core.scores}
    names = list(_in_reading_order(infos))
    since = _changes(scored, names, there, at, (begin, count))
    scores = tuple(
        replace(
            _view(infos[name], document, row, reasons.get(name), _parts(scored, name, begin + at), since.get(name)),
            lift=lift_of(scored, infos[name], row, reasons.get(name), begin + at),
        )
        for name in names
    )
    life = life_of(scored, document, row, reasons, begin + at)
    return Explanation(
        account=row["account_id"],
        as_of=_core.show_instant(micros),
        model=scored.model.name,
        digest=scored.model.digest,
        scores=scores,
        missing=tuple(
            Missing(m, why) for m, why in reasons.items() if m not in infos and m not in scored.model.journeys
        ),
        stages=life.stages,
        cohorts=life.cohorts,
        plays=life.plays,
    )


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


def _parts(scored: Scored, score: str, row: int) -> list[dict[str, Any]]:
    """The contributions of one row of the panel."""
    import pyarrow as pa

    parts: list[dict[str, Any]] = pa.table(scored.core.contributions(score, begin=row, count=1)).to_pylist()
    return parts


def _changes(
    scored: Scored, names: Sequence[str], there: Sequence[int], at: int, rows: tuple[int, int]
) -> dict[str, Since]:
    """Of each score, what changed since the account's row before; nothing where this is its first."""
    if at == 0:
        return {}
    return {name: changed_since(scored, name, there[at - 1], there[at], rows) for name in names}


def _in_reading_order(infos: Mapping[str, Any]) -> Iterator[str]:
    used = {source for info in infos.values() for source in info["sources"].values()}
    seen: set[str] = set()

    def walk(name: str) -> Iterator[str]:
        if name in seen:
            return
        seen.add(name)
        yield name
        for source in infos[name]["sources"].values():
            yield from walk(source)

    for name in [*(n for n in infos if n not in used), *infos]:
        yield from walk(name)


def _view(
    info: Any,
    document: Mapping[str, Any],
    row: Mapping[str, Any],
    reason: str | None,
    parts: Sequence[Mapping[str, Any]],
    since: Since | None,
) -> ScoreView:
    name = info["name"]
    spec = document["scores"][name]
    shares = spec.get("combine", "mean") == "mean"
    score = row[name]
    return ScoreView(
        name=name,
        about=spec.get("description", ""),
        score=score,
        low=info["low"],
        high=info["high"],
        grade=row.get(f"{name}_grade"),
        coverage=row.get(f"{name}_coverage"),
        reason=reason,
        shares=shares,
        parts=tuple(_part(part, spec, document, row, score) for part in parts if not _idle(part)),
        change=row.get(f"{name}_change"),
        over=spec.get("trend", {}).get("over"),
        grade_before=row.get(f"{name}_grade_before"),
        since=since,
    )


def _idle(part: Mapping[str, Any]) -> bool:
    """A cap or a rounding that changes nothing here."""
    return part["points"] is None and part["reason"] is None and not part["contribution"]


def _part(
    part: Mapping[str, Any],
    spec: Mapping[str, Any],
    document: Mapping[str, Any],
    row: Mapping[str, Any],
    score: float | None,
) -> Part:
    points, weight = part["points"], part["weight"]
    pull = None
    if spec.get("combine", "mean") == "mean" and None not in (points, weight, score):
        pull = weight * (points - score)
    return Part(
        name=part["part"],
        about=_about(part["part"], spec, document),
        value=_value(part, spec, row),
        points=points,
        weight=weight,
        contribution=part["contribution"],
        reason=part["reason"],
        pull=pull,
    )


def _value(part: Mapping[str, Any], spec: Mapping[str, Any], row: Mapping[str, Any]) -> float | str | bool | None:
    """The value of a part; contributions are numbers, so that a text is looked up in the panel."""
    value: float | None = part["value"]
    found = row.get(spec["measures"].get(part["part"], {}).get("value", ""))
    return found if isinstance(found, str | bool) else value


def _about(name: str, spec: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """What the model says that a part is: its own description, else that of what it measures."""
    measures = spec.get("measures", {})
    measure = measures.get(name) or measures.get(name.partition(".")[0])
    if measure is None:
        kind, _, cap = name.partition(":")
        caps = {c["name"]: c.get("description") or f"because {c.get('when', 'always')}" for c in spec.get("caps", [])}
        return str(caps.get(cap, "")) if kind == "cap" else ""
    if "description" in measure:
        return str(measure["description"])
    source = measure.get("value") or measure.get("each") or ""
    found = document.get("metrics", {}).get(source) or document.get("scores", {}).get(measure.get("score")) or {}
    return str(found.get("description", ""))


# ---- text -----------------------------------------------------------------------------------------------------------


def headline(view: ScoreView) -> str:
    """The score in one line."""
    if view.score is None:
        return f"{view.name}: no score ({REASONS.get(view.reason or '', view.reason or 'missing')})"
    grade = f", {view.grade}" if view.grade else ""
    known = "" if view.coverage in (None, 1.0) else f" (judged by {view.coverage:.0%} of the weight)"
    return f"{view.name}: {view.score:.1f} of {show_value(view.high)}{grade}{_since(view)}{known}"


def _since(view: ScoreView) -> str:
    """What the trend says, in a few words."""
    if view.change is None:
        return ""
    before = f", {view.grade_before} then" if view.grade_before not in (None, view.grade) else ""
    return f", {view.change:+.1f} over {view.over}{before}"


def share_of_scale(view: ScoreView, points: float | None) -> float:
    """Where points stand on the scale, 0 to 1, for a bar."""
    return 0.0 if points is None else min(1.0, max(0.0, (points - view.low) / (view.high - view.low)))


def how_to_read(view: ScoreView) -> str:
    """One sentence for people who never saw such a table."""
    if view.shares:
        return (
            "share × points = what a part adds; all parts add up to the score. "
            "pull = share × (points − score): + lifts the score, − holds it down."
        )
    return "What the parts add sums to the score."


def _lines(explanation: Explanation) -> Iterator[str]:
    yield f"{explanation.account} as of {explanation.as_of} (all that happened and was known before)"
    for view in explanation.scores:
        yield ""
        yield headline(view)
        if view.about:
            yield f"  {view.about}"
        yield from _part_lines(view)
        yield from change_lines(view.since)
        yield from lift_lines(view)
    yield from life_lines(explanation)
    if explanation.missing:
        yield ""
        yield "Not known:"
        width = max(len(missing.metric) for missing in explanation.missing)
        for missing in explanation.missing:
            yield f"  {missing.metric:<{width}}  {REASONS.get(missing.reason, missing.reason)}"
    if explanation.scores:
        yield ""
        yield how_to_read(explanation.scores[0])
    yield f"model {explanation.model} {explanation.digest[:12]}"


def _part_lines(view: ScoreView) -> Iterator[str]:
    if not view.parts:
        return
    width = max(len(part.name) for part in view.parts)
    share = "share" if view.shares else "weight"
    yield f"  {'part':<{width}}  {'value':>9}  {'points':>6}  {'':<{_BAR}}  {share:>6}  {'adds':>6}  {'pull':>6}"
    for part in view.parts:
        if part.reason is not None and part.points is None:
            why = REASONS.get(part.reason, part.reason)
            yield f"  {part.name:<{width}}  {'–':>9}  {'–':>6}  {why:<{_BAR + 24}}  {part.about}".rstrip()
            continue
        filled = round(_BAR * share_of_scale(view, part.points))
        bar = "" if part.points is None else "█" * filled + "░" * (_BAR - filled)
        yield (
            f"  {part.name:<{width}}  {show_value(part.value):>9}  {_fixed(part.points):>6}  {bar:<{_BAR}}  "
            f"{_share(view, part):>6}  {_fixed(part.contribution):>6}  {_signed(part.pull):>6}  {part.about}"
        ).rstrip()


def _fixed(number: float | None) -> str:
    return "" if number is None else f"{number:.1f}"


def _signed(number: float | None) -> str:
    return "" if number is None else f"{number:+.1f}"


def _share(view: ScoreView, part: Part) -> str:
    if part.weight is None:
        return ""
    return f"{part.weight:.0%}" if view.shares else show_value(part.weight)
