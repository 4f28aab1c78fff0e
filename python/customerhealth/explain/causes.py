"""What moved a score, in words, from a row of :meth:`Panel.why_changed`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .part_names import PartNames
from .words import reason_in_words, show_apart, show_share

__all__ = ["cause_in_words"]

Row = Mapping[str, Any]
_WHOLE = {
    "appeared": "there is a score now, and before there was none",
    "vanished": "there is no score any more",
}


def cause_in_words(row: Row, names: PartNames) -> str:
    """A few words; the part that it is about and what it adds stand beside them."""
    if row["part"] is None:  # the score itself came or went
        return f"{_WHOLE[row['cause']]}: {reason_in_words(row['because'])}"
    other = row["because"] if row["cause"] in ("weight", "chosen") else None
    said = {**row, "look": names.look(row["part"]), "other": None if other is None else names.called(other)}
    return _WORDS[row["cause"]](said)


def _moved(row: Row) -> str:
    before, now = row["from"], row["to"]
    if before is None and now is None:
        return "it is another"
    was, is_ = show_apart(before, now, look=row["look"])
    if before is None or now is None:
        return f"{was} before, {is_} now"
    return f"still {is_}" if before == now else f"{'rose' if now > before else 'fell'} from {was} to {is_}"


def _value(row: Row) -> str:
    because: str | None = row["because"]
    if because is None:
        return _moved(row)
    when, colon, reason = because.partition(": ")
    if colon and when in ("missing now", "missing before"):  # the model says what it is worth then
        return f"{when}: {reason_in_words(reason)}"
    return f"{_moved(row)} ({because})"


def _weight(row: Row) -> str:
    share = f"counts for {show_share(row['to'])} instead of {show_share(row['from'])}"
    return f"{share}, because {row['other']} came or went" if row["other"] else share


def _cap(row: Row) -> str:
    before, now = show_apart(row["from"], row["to"], look=row["look"])
    return {
        "on": f"this limit applies now ({now})",
        "off": f"this limit applies no more (it was {before})",
        "bound moved": f"this limit went from {before} to {now}",
        "on at both": f"this limit ({now}) still applies, and takes more or less away",
    }.get(str(row["because"]), str(row["because"]))


_WORDS: dict[str, Callable[[Row], str]] = {
    "value": _value,
    "band": _value,
    "case": lambda row: f"another rule applies to it ({row['because']})",
    "peers": lambda _: "those it is compared with have other values",
    "weight": _weight,
    "appeared": lambda row: f"counts now, and did not before: {reason_in_words(row['because'])}",
    "vanished": lambda row: f"does not count any more: {reason_in_words(row['because'])}",
    "chosen": lambda row: f"another part decides ({row['other']})",
    "cap": _cap,
    "round": lambda _: "other digits are rounded away",
    "clamp": lambda _: "the score is kept to its scale",
}
