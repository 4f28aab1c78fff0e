"""Which findings of ``quality()`` fail a task, and which are worth a warning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

__all__ = ["CHECKS", "Rule", "findings_met", "rules_of", "said"]

CHECKS = frozenset({
    "after_2200", "before_1980", "duplicate_accounts", "end_day_before_start", "end_moment_before_start",
    "end_not_after_start", "far_before_others", "ids_spelled_alike", "joined_ids", "key_in_accounts", "key_moved",
    "keys_spelled_alike", "known_at_once", "known_before_time", "known_long_after", "mixed_types", "never_shown",
    "no_json", "no_list", "no_rows", "no_such_grade", "no_such_stage", "no_such_trend", "null_account", "null_key",
    "null_time", "orphans", "read_by_cells", "repeated_rows", "table_not_given", "time_never", "time_twice",
    "value_never_seen", "where_never_true",
})  # fmt: skip
"""The checks of docs/quality.md: a rule about another one would never hold, and nobody would know."""

_FORM = re.compile(r"\s*(?:(?P<table>.+)\.)?(?P<check>\w+)\s*(?:(?P<sign>>=|>)\s*(?P<rows>\d[\d_,]*)\s*)?")


class Rule(NamedTuple):
    """When a finding counts."""

    table: str | None
    """Only of this table; None: of any."""
    check: str
    least: int
    """Of at least so many rows."""

    def met_by(self, finding: Mapping[str, Any]) -> bool:
        """Whether a row of ``quality()`` is such a finding."""
        is_of_table = self.table is None or finding["table"] == self.table
        return is_of_table and finding["check"] == self.check and bool(finding["rows"] >= self.least)


def rules_of(texts: str | Iterable[str], name: str) -> tuple[Rule, ...]:
    """Read rules: ``null_account`` (there is such a finding), ``orphans>100``, ``usage.orphans >= 5``.

    Parameters
    ----------
    texts : str or iterable of str
        The rules.
    name : str
        What they were given as, for messages.

    Raises
    ------
    ValueError
        If one is no rule, or names a check that there is not.

    Examples
    --------
    >>> rules_of(["null_account", "usage.orphans>100"], "fail_on")
    (Rule(table=None, check='null_account', least=0), Rule(table='usage', check='orphans', least=101))
    """
    return tuple(_rule(text, name) for text in ([texts] if isinstance(texts, str) else texts))


def _rule(text: object, name: str) -> Rule:
    form = _FORM.fullmatch(text) if isinstance(text, str) else None
    if form is None:
        raise ValueError(
            f"{name}: expected a check such as 'null_account', 'orphans>100' or 'usage.orphans>=5', got {text!r}"
        )
    if form["check"] not in CHECKS:
        raise ValueError(f"{name}: {text!r}: there is no check '{form['check']}'{_nearest(form['check'])}")
    rows = 0 if form["rows"] is None else int(form["rows"].replace(",", "").replace("_", ""))
    return Rule(form["table"], form["check"], rows + (form["sign"] == ">"))


def _nearest(check: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(check, sorted(CHECKS), n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(sorted(CHECKS))}"


def findings_met(rules: Iterable[Rule] | None, findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings that one of the rules is about; of None, all."""
    kept = None if rules is None else tuple(rules)
    return [each for each in findings if kept is None or any(rule.met_by(each) for rule in kept)]


def said(finding: Mapping[str, Any]) -> str:
    """A finding as a line of a log: table, check, rows, example, meaning."""
    rows = f" in {finding['rows']:,} row{'s' * (finding['rows'] != 1)}" if finding["rows"] else ""
    first = "" if finding["first_row"] is None else f", the first is row {finding['first_row']}"
    example = f", such as {finding['example']}" if finding["example"] else ""
    return f"{finding['table'] or 'model'}: {finding['check']}{rows}{first}{example}: {finding['meaning']}"
