"""An explanation as text, and the sentences that text and HTML share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..results.looks import PLAIN, Look
from ..results.signs import short, width_of
from .views import AccountView, CohortView, Lift, Part, PlayView, ProbabilityView, ScoreView, Since, StageView
from .words import (
    reason_in_words,
    show_as,
    show_fixed,
    show_length,
    show_score,
    show_share,
    show_signed,
    show_unit,
    show_value,
)

__all__ = [
    "headline",
    "how_to_read",
    "life_sections",
    "lift_head",
    "lift_lines",
    "lines",
    "probability_line",
    "score_line",
    "share_of_scale",
    "since_headline",
]

_BAR = 20
_SHOWN_WAYS = 5
_WIDEST_VALUE = 20


def headline(view: ScoreView) -> str:
    """The score in one line."""
    name = short(view.called)
    if view.score is None:
        return f"{name}: no score ({reason_in_words(view.reason)})"
    grade = f", {short(view.grade_called)}" if view.grade_called else ""
    known = "" if view.coverage in (None, 1.0) else f" (judged by {show_share(view.coverage or 0)} of the weight)"
    return f"{name}: {score_line(view)}{grade}{_trend(view)}{known}"


def score_line(view: ScoreView) -> str:
    """Where a score that is there stands on its scale."""
    return f"{show_score(view.score or 0.0, view.edges, view.look)} of {show_as(view.high, Look(unit=view.look.unit))}"


def _trend(view: ScoreView) -> str:
    """What the trend says, in a few words."""
    if view.over is None:
        return ""
    if view.change is None:
        return f", no score {view.over} before"
    before = ""
    if view.grade_before is not None and view.grade_before != view.grade:
        before = f", {short(view.grade_labels.get(view.grade_before, view.grade_before))} then"
    return f", {show_signed(view.change, look=view.look)} over {view.over}{before}"


def probability_line(view: ScoreView) -> str:
    """The probability as a number of accounts; empty where there is none."""
    given = view.probability
    if given is None:
        return ""
    of = _accounts_to_count(given.probability)
    found = f"{_count(given.probability, of)}{_interval(given, of)}"
    return f"of {of:,} accounts like this {found} {given.of} within {show_length(given.horizon)}"


def _accounts_to_count(probability: float) -> int:
    """So many that a rare event, or one that hardly ever fails to come, is not rounded to never or always."""
    rarer = min(probability, 1 - probability)
    return next((of for of in (100, 1_000) if round(rarer * of) or not rarer), 10_000)


def _interval(given: ProbabilityView, of: int) -> str:
    if given.low is not None and given.high is not None:
        return f" ({_count(given.low, of)} to {_count(given.high, of)})"
    if given.low is not None:
        return f" ({_count(given.low, of)} or more)"
    return "" if given.high is None else f" ({_count(given.high, of)} or fewer)"


def _count(probability: float, of: int) -> str:
    return f"{round(probability * of):,}"


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


def since_headline(since: Since, look: Look) -> str:
    """The change of a score of such a look in one line."""
    if since.change is None:
        return f"Since {since.date}"
    if not since.steps:
        return f"Since {since.date}: no change"
    change = show_signed(since.change, look=look)
    moved = change if look.unit == "percent" else show_unit(change, look.unit or "points")
    return f"Since {since.date}: {moved}, because"


def _change_lines(view: ScoreView) -> Iterator[str]:
    """What changed, a cause a line."""
    if view.since is None:
        return
    yield f"  {since_headline(view.since, view.look)}"
    for step in view.since.steps:
        yield f"    {show_signed(step.adds, look=view.look):>6}  {step.words}"


def lift_head(view: ScoreView) -> str:
    """The sentence before the ways; empty where there is nothing to say."""
    lift = view.lift
    if lift is None:
        return ""
    if lift.ways:
        return f"What would lift it to {short(lift.grade)}, each alone:"
    if lift.held:
        return f"What keeps it from {short(lift.grade)}:"
    return f"No single change would lift it to {short(lift.grade)}: it takes several at once."


def lift_lines(lift: Lift) -> Iterator[str]:
    """The lines under the head."""
    yield from lift.ways[:_SHOWN_WAYS]
    if len(lift.ways) > _SHOWN_WAYS:
        yield f"and {len(lift.ways) - _SHOWN_WAYS} more"
    yield from lift.held


def _lifting(view: ScoreView) -> Iterator[str]:
    """What would lift it, under the parts of a score."""
    if view.lift is None:
        return
    yield f"  {lift_head(view)}"
    for line in lift_lines(view.lift):
        yield f"    {line}"


def _stage_line(view: StageView) -> str:
    """Where the account is in a journey, in one line."""
    if view.stage is None:
        return f"{view.journey}: in no stage ({reason_in_words(view.reason)})"
    days = f"{view.days:.0f} day{'' if round(view.days or 0) == 1 else 's'}"
    before = f", {short(view.previous_label or view.previous)} before" if view.previous else ""
    owner = f"; looked after by {view.owner}" if view.owner else ""
    stalled = f"; stalled: it may take {show_length(view.deadline or '')}" if view.stalled else ""
    stage = short(view.stage_label or view.stage)
    return f"{view.journey}: {stage} since {view.since} ({days}){before}{owner}{stalled}"


def _cohort_line(view: CohortView) -> str:
    """A group that the account is in, and what it is worth."""
    revenue = "" if view.revenue is None else f" (worth {view.shown or show_value(view.revenue)})"
    return f"{short(view.label)}{revenue}"


def _play_line(view: PlayView) -> str:
    """What is to be done, since when and until when, by whom, how and with whom."""
    due = f", {'was' if view.overdue else 'is'} due {view.due}" if view.due else ""
    who = "".join(
        f", {word} {text}" for word, text in (("by", view.owner), ("by", view.channel), ("with the", view.role)) if text
    )
    return f"{short(view.label or view.play)}: open since {view.opened}{due}{who}"


def _evidence_line(view: PlayView, evidence: Mapping[str, object]) -> str:
    """Values with their names."""
    looks = {name: view.looks.get(name, PLAIN) for name in evidence}
    return ", ".join(
        f"{short(looks[name].label or name)} {show_as(value, looks[name])}" for name, value in evidence.items()
    )


def life_sections(account: AccountView) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Headlines with their entries, each a line and what explains it; for text and HTML alike."""
    if account.stages:
        stages = [(_stage_line(view), _said(view.stage_about or view.about)) for view in account.stages]
        yield "Where it is on its way", stages
    if account.cohorts:
        yield "Groups it belongs to", [(_cohort_line(view), _said(view.about)) for view in account.cohorts]
    if account.plays:
        plays = [
            (_play_line(view), _said(view.message, view.about, _known_then(view), _known_now(view)))
            for view in account.plays
        ]
        yield "What is to be done", plays


def _known_then(view: PlayView) -> str:
    evidence = _evidence_line(view, view.evidence)
    return f"known then: {evidence}" if evidence else ""


def _known_now(view: PlayView) -> str:
    """Where it is another than at the opening."""
    if not view.evidence_now or view.evidence_now == view.evidence:
        return ""
    return f"known now: {_evidence_line(view, view.evidence_now)}"


def _said(*texts: str | None) -> list[str]:
    return [text for text in texts if text]


def _life_lines(account: AccountView) -> Iterator[str]:
    """All sections as text, each after an empty line."""
    for title, entries in life_sections(account):
        yield ""
        yield f"{title}:"
        for line, more in entries:
            yield f"  {line}"
            for text in more:
                yield from (f"    {part}" for part in text.splitlines())


def lines(account: AccountView) -> Iterator[str]:
    """The whole explanation."""
    title = account.account if account.label is None else f"{short(account.label)} ({account.account})"
    yield f"{title} as of {account.as_of} (all that happened and was known before)"
    for view in account.scores:
        yield ""
        yield headline(view)
        yield from (f"  {text}" for text in _said(view.about, probability_line(view)))
        yield from _part_lines(view)
        yield from _change_lines(view)
        yield from _lifting(view)
    yield from _life_lines(account)
    if account.missing:
        yield ""
        yield "Not known:"
        names = _filled([missing.called for missing in account.missing])
        for name, missing in zip(names, account.missing, strict=True):
            yield f"  {name}  {reason_in_words(missing.reason)}"
    if account.scores:
        yield ""
        yield how_to_read(account.scores[0])
    yield f"model {account.model} {account.digest[:12]}"


def _part_lines(view: ScoreView) -> Iterator[str]:
    if not view.parts:
        return
    names = _filled([part.called for part in view.parts])
    head = f"{'part':<{width_of(names[0])}}"
    values = [part.shown or show_value(part.value) for part in view.parts]
    wide = max([9, *(width_of(value) for value in values if width_of(value) <= _WIDEST_VALUE)])
    share, look = "share" if view.shares else "weight", view.look
    yield f"  {head}  {'value':>{wide}}  {'points':>6}  {'':<{_BAR}}  {share:>6}  {'adds':>6}  {'pull':>6}"
    for name, value, part in zip(names, values, view.parts, strict=True):
        if part.reason is not None and part.points is None:
            why = reason_in_words(part.reason)
            yield f"  {name}  {'–':>{wide}}  {'–':>6}  {why:<{_BAR + 24}}  {part.about}".rstrip()
            continue
        filled = round(_BAR * share_of_scale(view, part.points))
        bar = "" if part.points is None else "█" * filled + "░" * (_BAR - filled)
        yield (
            f"  {name}  {value:>{wide}}  {show_fixed(part.points, look):>6}  {bar:<{_BAR}}  {_share(view, part):>6}  "
            f"{show_fixed(part.contribution, look):>6}  {show_signed(part.pull, look=look):>6}  {part.about}"
        ).rstrip()


def _filled(names: list[str]) -> list[str]:
    """Names of equal width."""
    texts = [short(name) for name in names]
    width = max(map(width_of, texts))
    return [text + " " * (width - width_of(text)) for text in texts]


def _share(view: ScoreView, part: Part) -> str:
    if part.weight is None:
        return ""
    return f"{part.weight:.0%}" if view.shares else show_value(part.weight)
