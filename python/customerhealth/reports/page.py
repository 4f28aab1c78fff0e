"""A report as one page of HTML: every text escaped, nothing from outside, which a policy in its head enforces."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from .._version import __version__
from ..colours import MISSING, NEUTRAL, colour_of_change, grade_colours
from ..explain.words import is_shown, real_minus, reason_in_words, show_score, show_signed
from ..results.cells import show_number
from ..results.signs import LONGEST, one_line, short
from .drawings import Layer, bands, spark, stacked
from .facts import Account, Facts, counted_stages
from .style import CSS, SCRIPT

__all__ = ["Section", "page_of"]

Section = tuple[str, str]
"""A heading, and HTML."""
_PLAYS, _PULLS = 4, 8
_NARROW = 28  # signs of a label in a column
MOST_NAMED = 2_000
"""More accounts make a page that browsers are slow to open: 4 MB so far."""


def page_of(facts: Facts, accounts: Sequence[Account], of: str, sections: Sequence[Section]) -> str:
    """The page about some of the accounts; `sections` stand between the list and the pages of accounts."""
    here = [account for account in accounts if account.here]
    named = here[:MOST_NAMED]
    title = f"{short(facts.score.label)} as of {facts.as_ofs[-1]}{of}"
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    body = "".join(
        (
            bands(facts.score.grades, facts.score.low, facts.score.high),
            f"<h1>{escape(title)}</h1><div class='q'>all that happened and was known before that date; model "
            f"{escape(facts.model.name)} {facts.model.digest[:12]}, customerhealth {__version__}</div>",
            _state(facts, accounts, here),
            _list(facts, named, len(here)),
            *(f"<h2>{escape(head)}</h2>{html}" for head, html in (*_stages(facts, here), *sections)),
            _missing(facts, here),
            f"<div id='accounts'><h2>Accounts</h2><p class='q'>One is printed where it is open.</p>"
            f"{''.join(_account(facts, place, account) for place, account in enumerate(named))}</div>",
        )
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<meta name='viewport' content='width=device-width'><link rel='icon' href='data:,'>"
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body>{body}<script>{SCRIPT}</script></body></html>\n"
    )


def _colour(facts: Facts, grade: str | None) -> str:
    return grade_colours([each.name for each in facts.score.grades]).get(
        grade or "", MISSING if grade is None else NEUTRAL
    )


def _dot(facts: Facts, account: Account) -> str:
    return f"<i style='background:{_colour(facts, account.grade)}'></i>"


def _grade_label(facts: Facts, grade: str | None, longest: int = LONGEST) -> str:
    label = next((each.label for each in facts.score.grades if each.name == grade), grade or "–")
    return short(label, longest)


def _paid(facts: Facts, amount: float | None) -> str:
    """What is paid, in its unit."""
    look = facts.revenue_look
    return "–" if amount is None else real_minus(show_number(amount, look.digits or 0, look.unit))


# ---- the state of all ------------------------------------------------------------------------------------------------


def _state(facts: Facts, accounts: Sequence[Account], here: Sequence[Account]) -> str:
    figures = [("accounts", f"{len(here):,}")]
    if facts.has_revenue:
        figures.append(("pay together", _paid(facts, sum(account.revenue or 0 for account in here))))
    layers: list[Layer] = []
    for grade in facts.score.grades:
        amounts = [
            sum(account.grades[place] == grade.name for account in accounts) for place in range(len(facts.as_ofs))
        ]
        label = _grade_label(facts, grade.name, _NARROW)
        layers.append((label, _colour(facts, grade.name), amounts))
        moved = f" ({_signed(amounts[-1] - amounts[-2], 0)})" if len(amounts) > 1 else ""
        mine = sum(account.revenue or 0 for account in here if account.grade == grade.name)
        paid = f", pay {_paid(facts, mine)}" if facts.has_revenue else ""
        figures.append((f"{label}{paid}", f"{amounts[-1]:,}{moved}"))
    none = [
        sum(account.rows[place] and account.values[place] is None for account in accounts)
        for place in range(len(facts.as_ofs))
    ]
    if any(none):
        layers.append(("no score", MISSING, none))
        figures.append(("no score", f"{none[-1]:,}"))
    shown = "".join(f"<div><b>{escape(number)}</b>{escape(name)}</div>" for name, number in figures)
    since = f"<div class='q'>in brackets: since {facts.as_ofs[-2]}</div>" if len(facts.as_ofs) > 1 else ""
    drawn = stacked(facts.as_ofs, layers, "accounts") if facts.score.grades else ""
    return f"<div class='big'>{shown}</div>{since}{_fallen(facts, here)}{drawn}"


def _fallen(facts: Facts, here: Sequence[Account]) -> str:
    """Who fell furthest: the consequence before the picture."""
    moved = [account for account in here if account.change is not None]
    worst = sorted(moved, key=lambda account: account.change or 0.0)[:3]
    if not worst or (worst[0].change or 0.0) >= 0 or not is_shown(worst[0].change or 0.0, facts.score.look):
        return ""
    names = ", ".join(
        f"{_titled(account)} {_points(facts, account.change)}" for account in worst if (account.change or 0) < 0
    )
    fell, rose = (
        sum(
            sign * (account.change or 0.0) > 0 and is_shown(account.change or 0.0, facts.score.look)
            for account in moved
        )
        for sign in (-1, 1)
    )
    return f"<p>{fell:,} fell and {rose:,} rose since {facts.as_ofs[-2]}; furthest fell {escape(names)}.</p>"


def _cut(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _signed(number: float | None, digits: int = 1) -> str:
    return real_minus(show_signed(number, digits))


def _ident(account: Account) -> str:
    """The id behind what the account is called."""
    return "" if account.label is None else f" <span class='q'>({escape(short(str(account.id)))})</span>"


def _titled(account: Account) -> str:
    """The account behind what it is called, in a sentence."""
    return short(account.name) + ("" if account.label is None else f" ({short(str(account.id))})")


def _points(facts: Facts, moved: float | None) -> str:
    """A change of the score, or what a part does to it."""
    return real_minus(show_signed(moved, look=facts.score.look))


# ---- whom to call ----------------------------------------------------------------------------------------------------


def _list(facts: Facts, here: Sequence[Account], everybody: int) -> str:
    heads = [
        ("account", ""),
        *([("grade", "")] if facts.score.grades else []),
        (short(facts.score.label, _NARROW), "n"),
    ]
    heads += [("change", "n")] if len(facts.as_ofs) > 1 else []
    heads += [("pays", "n")] if facts.has_revenue else []
    down, up = ("holds it down", "lifts it") if facts.is_mean else ("takes away", "adds")
    heads += [(down, ""), (up, ""), ("open plays", "")]
    head = "".join(f"<th class='{kind}'><span role='button' tabindex='0'>{escape(name)}</span>" for name, kind in heads)
    rows = "".join(_row(facts, place, account) for place, account in enumerate(here))
    options = "".join(
        f"<option value='{escape(grade.name)}'>{escape(_grade_label(facts, grade.name, _NARROW))}"
        for grade in facts.score.grades
    )
    grades = f"<label>grade <select id='grade'><option value=''>all{options}</select></label>" if options else ""
    order = "the lowest first" + (", of equal ones those who pay more" if facts.has_revenue else "")
    if everybody > len(here):
        order += f"; the first {len(here):,} of {everybody:,} accounts are named, all are counted above"
    return (
        f"<h2>Whom to call first</h2><p class='q'>{order}; a click on a heading sorts by it.</p>"
        f"<div class='f'><label>find <input id='find' type='search'></label>{grades}"
        f"<span><span id='shown'>{len(here):,}</span> of {len(here):,}</span></div>"
        f"<table id='list'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(facts: Facts, place: int, account: Account) -> str:
    known = account.score is not None
    cells = [f"<td><a href='#a{place}'><bdi>{escape(short(account.name))}</bdi></a>{_ident(account)}"]
    if facts.score.grades:
        cells.append(f"<td>{_dot(facts, account)}{escape(_grade_label(facts, account.grade, _NARROW))}")
    cells.append(_number(account.score, _score(facts, account)))
    if len(facts.as_ofs) > 1:
        cells.append(_number(account.change, _points(facts, account.change)))
    if facts.has_revenue:
        cells.append(_number(account.revenue, _paid(facts, account.revenue)))
    if known:
        cells += [f"<td>{escape(_named(facts, account, sign))}" for sign in (-1, 1)]
    else:
        cells.append(f"<td>{escape(reason_in_words(account.reason))}<td>")
    plays = list(dict.fromkeys(short(play["called"]) for play in account.plays))
    cells.append(f"<td>{escape(', '.join(plays))}")
    return f"<tr data-g='{escape(account.grade or '')}'>{''.join(cells)}"


def _score(facts: Facts, account: Account) -> str:
    if account.score is None:
        return "–"
    return show_score(account.score, [grade.edge for grade in facts.score.grades[1:]], facts.score.look)


def _number(value: float | None, shown: str) -> str:
    return f"<td class='n' data-v='{'' if value is None else format(value, '.6g')}'>{escape(shown)}"


def _named(facts: Facts, account: Account, sign: int, most: int = 3) -> str:
    chosen = [pull for pull in account.pulls if pull.pull * sign > 0][:most]
    return ", ".join(f"{short(pull.part, _NARROW)} {_points(facts, pull.pull)}" for pull in chosen) or "–"


# ---- stages, what is missing -----------------------------------------------------------------------------------------


def _stages(facts: Facts, here: Sequence[Account]) -> Iterator[Section]:
    for journey, labels in facts.journeys.items():
        order = {stage: place for place, stage in enumerate(labels)}
        counted = sorted(counted_stages(here, journey), key=lambda row: order.get(row[0], len(order)))
        if not counted:
            continue
        before = f"<th class='n'>{facts.as_ofs[-2]}" if len(facts.as_ofs) > 1 else ""
        rows = ""
        called = {name: short(label) for name, label in labels.items()}
        for stage, was, now, came in counted:
            from_where = ", ".join(f"{count:,} from {called[name]}" for name, count in came.most_common(3))
            then = f"<td class='n'>{was:,}" if before else ""
            rows += f"<tr><td>{escape(called[stage])}{then}<td class='n'>{now:,}<td>{escape(from_where)}"
        head = f"<tr><th>stage{before}<th class='n'>{facts.as_ofs[-1]}<th>{'who came' if before else ''}"
        yield f"Stages: {journey}", f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _missing(facts: Facts, here: Sequence[Account]) -> str:
    counts: dict[str, dict[str, int]] = {}
    for account in here:
        for metric, reason in account.missing.items():
            of = counts.setdefault(metric, {})
            of[reason] = of.get(reason, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1].get("stale", 0), -sum(item[1].values())))[:20]
    if not ranked:
        return "<h2>What is not known</h2><p>Every metric of every account has a value.</p>"
    rows = ""
    for metric, reasons in ranked:
        total = sum(reasons.values())
        words = "; ".join(
            f"{count:,} {reason_in_words(why)}" for why, count in sorted(reasons.items(), key=lambda r: -r[1])
        )
        share = f"{total / max(1, len(here)):.0%}"
        numbers = f"<td class='n'>{total:,}<td class='n'>{share}"
        rows += f"<tr><td>{escape(short(facts.labels[metric]))}{numbers}<td>{escape(words)}"
    more = f"<p class='q'>and {len(counts) - 20:,} metrics more</p>" if len(counts) > 20 else ""
    head = "<tr><th>metric<th class='n'>accounts<th class='n'>share<th>why"
    return f"<h2>What is not known</h2><table><thead>{head}</thead><tbody>{rows}</tbody></table>{more}"


# ---- the page of an account ------------------------------------------------------------------------------------------


def _account(facts: Facts, place: int, account: Account) -> str:
    grade = f", {_grade_label(facts, account.grade)}" if account.grade else ""
    known = _score(facts, account) if account.score is not None else "no score"
    summary = (
        f"{_dot(facts, account)}<b><bdi>{escape(short(account.name))}</bdi></b>{_ident(account)} {known}{escape(grade)}"
    )
    whole = f"<div class='q'>{escape(one_line(account.name))}</div>" if len(account.name) > LONGEST else ""
    said = f"{known} as of {facts.as_ofs[-1]}"
    drawn = spark(account.values, facts.score.low, facts.score.high, _colour(facts, account.grade), said)
    why = "" if account.score is not None else f"<p>{escape(reason_in_words(account.reason))}</p>"
    return (
        f"<details id='a{place}'><summary>{summary}</summary>{whole}{why}{drawn}"
        f"<div class='two'>{_pulls(facts, account)}{_causes(facts, account)}</div>{_plays(account)}"
        f"{_where(facts, account)}</details>"
    )


def _pulls(facts: Facts, account: Account) -> str:
    if not account.pulls:
        return ""
    most, look = max(abs(pull.pull) for pull in account.pulls), facts.score.look
    percent = look.unit if look.unit == "percent" else None
    rows = "".join(
        f"<tr><td>{escape(short(pull.part))}<td class='n'>{escape(real_minus(pull.value))}"
        f"<td class='n'>{'–' if pull.points is None else show_number(pull.points, look.digits or 0, percent)}"
        f"<td><u style='width:{5 * abs(pull.pull) / most:.1f}em;background:{colour_of_change(pull.pull)}'></u>"
        f"{_points(facts, pull.pull)}"
        for pull in account.pulls[:_PULLS]
    )
    head = f"<tr><th>part<th class='n'>value<th class='n'>points<th>{'pull' if facts.is_mean else 'adds'}"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _causes(facts: Facts, account: Account) -> str:
    if not account.causes:
        return ""
    rows = "".join(
        f"<tr><td class='n'>{_points(facts, cause.adds)}<td>{escape(short(cause.part))}"
        f"<td>{escape(real_minus(_cut(cause.words, 90)))}"
        for cause in account.causes
    )
    return f"<table><thead><tr><th colspan='3'>since {facts.as_ofs[-2]}</thead><tbody>{rows}</tbody></table>"


def _plays(account: Account) -> str:
    if not account.plays:
        return ""
    items = "".join(f"<li>{_play(play)}" for play in account.plays[:_PLAYS])
    more = f"<li>and {len(account.plays) - _PLAYS} more" if len(account.plays) > _PLAYS else ""
    return f"<ul>{items}{more}</ul>"


def _play(play: Mapping[str, Any]) -> str:
    due = f", due {str(play['due'])[:10]}" if play["due"] is not None else ""
    who = f", by {play['owner']}" if play["owner"] else ""
    message = play["message_now"] or play["message"]
    return escape(
        f"{short(play['called'])}: open since {str(play['opened'])[:10]}{due}{who}"
        + (f": {_cut(message, 200)}" if message else "")
    )


def _where(facts: Facts, account: Account) -> str:
    stages = [
        f"{name}: {short(facts.journeys[name][now])}" for name, (_, now) in account.stages.items() if now is not None
    ]
    return f"<div class='q'>{escape('; '.join(stages))}</div>" if stages else ""
