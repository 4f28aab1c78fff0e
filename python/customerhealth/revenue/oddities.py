"""What is odd about contracts, and what it does to the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..io.instants import DAY
from ..io.lengths import Length
from .base import RevenueBase

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["findings_table"]

# The first is told by contract_twice, the ends are told below by product; the others are of a model's metrics, whoever
# wrote it.
_ENDS = ["end_day_before_start", "end_moment_before_start"]
_NOT_OF_CONTRACTS = ["repeated_rows", "where_never_true", "value_never_seen"]
_MEANINGS = {
    "missing_mrr": "rows without an amount count for nothing",
    "contract_twice": "rows of one contract known at the same time: with a key the later counts, without one both do",
    "end_day_before_start": "contracts end a day before the next one of their account (and product) starts: the "
    "account churns and comes back in between; if an end is the last day of a contract, say "
    "end_is='last_day', else give a gap",
    "end_moment_before_start": "contracts end at most a second before the next one of their account (and product) "
    "starts: an as-of in between sees churn and a return; if an end is the last moment of a contract, say "
    "end_is='inclusive' with ends in the unit of that moment (a millisecond, a second), else give a gap",
    "contracts_overlap": "contracts start while another one of their account and product runs: both amounts count at "
    "the same time; if the later one takes the place of the earlier, name what they share as key, or end the earlier",
    "end_not_come": "contracts end after the last start or known of all rows, which is how far the table tells: "
    "without until= they count as not ended; give until= where more is known",
}
_OF_EVENTS = {
    "end_not_come": "the gap after these events is not over by the last event, which is how far the table tells: "
    "without until= the accounts have not left; give until= where it is known that nothing followed",
}


def findings_table(revenue: RevenueBase) -> pa.Table:
    """See :meth:`Revenue.quality`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    loaded = revenue.loaded.quality()
    ends = pc.and_(pc.equal(loaded["table"], revenue.table), pc.is_in(loaded["check"], pa.array(_ENDS)))
    loaded = loaded.filter(pc.invert(pc.or_(ends, pc.is_in(loaded["check"], pa.array(_NOT_OF_CONTRACTS)))))
    meanings = {**_MEANINGS, **_OF_EVENTS} if revenue.of_events else _MEANINGS
    found = [
        {
            "table": revenue.table,
            "check": check,
            "rows": rows,
            "first_row": first_row,
            "example": example,
            "meaning": meanings[check],
        }
        for check, rows, first_row, example in revenue.core.findings
        if check not in _untold(revenue)
    ]
    return pa.concat_tables([loaded, pa.Table.from_pylist(found, schema=loaded.schema)])


def _untold(revenue: RevenueBase) -> set[str]:
    """What does no harm: a day that the gap bridges or that the document has settled, and what lies between events."""
    if revenue.of_events:
        return set(_ENDS)
    length = None if revenue.gap is None else Length.parse(revenue.gap)
    if length is not None and (length.is_calendar or length.micros >= DAY):
        return set(_ENDS)
    said = revenue.loaded.model.to_dict()["tables"][revenue.table].get("end_is", "exclusive") == "last_day"
    shorter = set() if length is None else {"end_moment_before_start"}
    return shorter | ({"end_day_before_start"} if said else set())
