"""An explanation as a fragment of HTML: no script, nothing from outside, every text escaped."""

from __future__ import annotations

from html import escape

from ..colours import NEUTRAL, TRACK, colour_of_change, grade_colours
from ..grades import grade_at
from ..results.looks import Look
from ..results.signs import one_line
from .text import (
    headline,
    how_to_read,
    life_sections,
    lift_head,
    lift_lines,
    probability_line,
    share_of_scale,
    since_headline,
)
from .views import AccountView, Part, ScoreView, Since
from .words import real_minus, reason_in_words, show_fixed, show_signed, show_value

__all__ = ["to_html"]

_CELL = "padding:2px 10px 2px 0;vertical-align:top"
_LEFT = f"text-align:left;{_CELL}"
_VALUE = f"text-align:right;{_CELL};font-variant-numeric:tabular-nums"
_RIGHT = f"{_VALUE};white-space:nowrap"
_QUIET = "opacity:0.7;font-size:90%"  # of whatever colour the page writes in, light or dark
_WRAP = "overflow-wrap:anywhere"  # names may be long and without a space
_TABLE = "border-collapse:collapse;table-layout:fixed;width:100%"
_COLUMNS = (("part", _LEFT, ""), ("value", _RIGHT, "5em"), ("points", _RIGHT, "3.5em"), ("", _LEFT, "120px"))
_ENDS = (("adds", _RIGHT, "3em"), ("pull", _RIGHT, "3em"))


def to_html(account: AccountView) -> str:
    """The whole account."""
    body = "".join(_score(view) for view in account.scores)
    body += _life(account)
    read = f"<p style='{_QUIET}'>{escape(how_to_read(account.scores[0]))}</p>" if account.scores else ""
    return (
        f"<div style='font-family:sans-serif;max-width:56em;{_WRAP}'>"
        f"<h3 style='margin:0 0 4px'>{escape(one_line(account.title))}</h3>"
        f"<div style='{_QUIET}'>as of {escape(account.as_of)}: all that happened and was known before</div>"
        f"{body}{_missing(account)}{read}"
        f"<div style='{_QUIET}'>model {escape(account.model)} {escape(account.digest[:12])}</div></div>"
    )


def _score(view: ScoreView) -> str:
    about = f"<div style='{_QUIET}'>{escape(view.about)}</div>" if view.about else ""
    likely = f"<div>{real_minus(escape(probability_line(view)))}</div>" if view.probability else ""
    columns = (*_COLUMNS, ("share" if view.shares else "weight", _RIGHT, "3.5em"), *_ENDS)
    head = "".join(
        f"<th style='{style}{';width:' + width if width else ''}'>{title}</th>" for title, style, width in columns
    )
    rows = "".join(_row(view, part) for part in view.parts)
    return (
        f"<h4 style='margin:14px 0 2px'>{real_minus(escape(headline(view)))}</h4>{about}{likely}"
        f"<table style='{_TABLE}'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"{_since(view.since, view.look)}"
        f"{_lift(view)}"
    )


def _since(since: Since | None, look: Look) -> str:
    if since is None:
        return ""
    rows = "".join(
        f"<tr><td style='{_RIGHT};color:{colour_of_change(step.adds)}'>{_signed(step.adds, look)}</td>"
        f"<td style='{_LEFT}'>{escape(step.words)}</td></tr>"
        for step in since.steps
    )
    table = f"<table style='border-collapse:collapse'>{rows}</table>" if rows else ""
    return f"<div style='margin:6px 0 0;font-weight:600'>{real_minus(escape(since_headline(since, look)))}</div>{table}"


def _lift(view: ScoreView) -> str:
    if view.lift is None:
        return ""
    ways = "".join(f"<li>{escape(line)}</li>" for line in lift_lines(view.lift))
    items = f"<ul style='margin:2px 0 0;padding-left:1.4em'>{ways}</ul>" if ways else ""
    return f"<div style='margin-top:6px'>{escape(lift_head(view))}{items}</div>"


def _life(account: AccountView) -> str:
    """Stages, groups and open plays."""
    return "".join(
        f"<h4 style='margin:14px 0 2px'>{escape(title)}</h4><ul style='margin:0;padding-left:1.4em'>"
        + "".join(f"<li>{escape(line)}{_quiet_lines(more)}</li>" for line, more in entries)
        + "</ul>"
        for title, entries in life_sections(account)
    )


def _quiet_lines(texts: list[str]) -> str:
    return "".join(f"<div style='{_QUIET};white-space:pre-line'>{escape(text)}</div>" for text in texts)


def _row(view: ScoreView, part: Part) -> str:
    about = f"<div style='{_QUIET}'>{escape(part.about)}</div>" if part.about else ""
    name = f"<td style='{_LEFT}'>{escape(one_line(part.called))}{about}</td>"
    if part.points is None and part.reason is not None:
        why = escape(reason_in_words(part.reason))
        return f"<tr>{name}<td style='{_RIGHT}'>–</td><td colspan='5' style='{_LEFT};{_QUIET}'>{why}</td></tr>"
    share = f"{part.weight:.0%}" if part.weight is not None and view.shares else show_value(part.weight)
    cells = "".join(
        f"<td style='{_RIGHT}'>{escape(text)}</td>"
        for text in (share, _fixed(part.contribution, view.look), _signed(part.pull, view.look))
    )
    return (
        f"<tr>{name}<td style='{_VALUE}'>{real_minus(escape(part.shown or show_value(part.value)))}</td>"
        f"<td style='{_RIGHT}'>{_fixed(part.points, view.look)}</td>"
        f"<td style='{_LEFT}'>{_bar(view, part)}</td>{cells}</tr>"
    )


def _bar(view: ScoreView, part: Part) -> str:
    if part.points is None:
        return ""
    width = 100 * share_of_scale(view, part.points)
    return (
        f"<div style='width:120px;height:10px;margin-top:4px;background:{TRACK}'>"
        f"<div style='width:{width:.0f}%;height:10px;background:{_colour_of_points(view, part.points)}'></div></div>"
    )


def _colour_of_points(view: ScoreView, points: float) -> str:
    """That of the grade that the points would have, were they the score."""
    grade = grade_at(points, view.point_grades)
    return NEUTRAL if grade is None else grade_colours([each.name for each in view.point_grades])[grade.name]


def _missing(account: AccountView) -> str:
    if not account.missing:
        return ""
    rows = "".join(
        f"<tr><td style='{_LEFT}'>{escape(one_line(m.called))}</td>"
        f"<td style='{_LEFT};{_QUIET}'>{escape(reason_in_words(m.reason))}</td></tr>"
        for m in account.missing
    )
    return f"<h4 style='margin:14px 0 2px'>Not known</h4><table style='border-collapse:collapse'>{rows}</table>"


def _fixed(number: float | None, look: Look) -> str:
    return real_minus(show_fixed(number, look))


def _signed(number: float | None, look: Look) -> str:
    return real_minus(show_signed(number, look=look))
