"""The tables of the simulated company, column by column, and how they are made into Arrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..io.columns import Ints, instant_column
from ..io.instants import FOREVER
from .traits import WORDS, Rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TABLES", "TRUTHS", "TableOf", "words"]

_NOT_YET = ("closed_at", "left_at", "completed_at", "resumed_at")  # nobody knows these before they come
_IDS = ("person_id", "lead_id")  # below 0: of nobody


@dataclass(frozen=True)
class TableOf:
    """What a table has beside ``account_id``, in order; by what it is sorted, and when its rows are known."""

    columns: str
    sort: str
    known: str = ""
    words: dict[str, str] = field(default_factory=dict)  # columns whose words have a name of their own
    same: dict[str, str] = field(default_factory=dict)  # further columns that are one of the others
    number: str = ""  # the column that counts the rows

    def arrow(self, rows: Rows, ids: pa.Array, end: int) -> pa.Table:
        """The rows known before the end, sorted."""
        import pyarrow as pa

        order = self.order(rows, end)
        columns: dict[str, Any] = {"account_id": account_column(rows["account"][order], ids)}
        if self.number:
            columns[self.number] = pa.array(np.arange(len(order)))
        for name in self.columns.split():
            values = np.zeros(len(order), np.int64) if name == self.number else rows[name][order]
            columns[name] = columns[name] if name == self.number else self._column(name, values, end)
        return pa.table(columns | {name: columns[of] for name, of in self.same.items()})

    def order(self, rows: Rows, end: int) -> Ints:
        """The rows known before the end, in order."""
        order = np.flatnonzero(rows[self.known or self.sort] < end)
        return order[np.argsort(rows[self.sort][order], kind="stable")]

    def _column(self, name: str, values: Any, end: int) -> pa.Array:
        import pyarrow as pa

        if isinstance(values, np.ma.MaskedArray):
            missing, values = np.ma.getmaskarray(values), np.ma.getdata(values)
            coded = values.dtype == np.int8
            return self._column(name, np.where(missing, -1, values), end) if coded else pa.array(values, mask=missing)
        if name in _NOT_YET:
            return instant_column(np.where(values < end, values, 0), values >= end)
        if name.endswith(("_at", "_date")) or name in ("since", "as_of"):
            return instant_column(np.where(values < FOREVER, values, 0), values == FOREVER)
        if name in self.words or (name in WORDS and values.dtype == np.int8):
            return words(values, WORDS[self.words.get(name, name)])
        if name in _IDS:
            return pa.array(np.maximum(values, 0), mask=values < 0)
        return pa.array(values)


def words(codes: Any, given: tuple[str, ...]) -> pa.Array:
    """A column of words, by their numbers; below 0: none."""
    import pyarrow as pa

    numbers = codes.astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(np.maximum(numbers, 0), mask=numbers < 0), pa.array(given))


def account_column(numbers: Any, ids: pa.Array) -> pa.Array:
    """A column of account ids, by their numbers."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), ids)


_CONTRACT = (
    "contract_id start_date end_date signed_at seats mrr product kind features price discount term_months billing"
)
TABLES: dict[str, TableOf] = {
    "contracts": TableOf(f"{_CONTRACT} notice_given", "signed_at"),
    "tickets": TableOf(
        "severity opened_at closed_at person_id kind urgent product",
        "opened_at",
        words={"kind": "ticket"},
        number="ticket_id",
    ),
    "surveys": TableOf("answered_at score person_id", "answered_at"),
    "sentiment": TableOf("set_at colour", "set_at"),
    "contacts": TableOf("contact_id role buying_role since left_at", "since", same={"person_id": "contact_id"}),
    "opportunities": TableOf("kind opened_at closed_at won mrr product lead_id", "opened_at", number="opportunity_id"),
    "activities": TableOf("contact_id occurred_at action", "occurred_at", same={"person_id": "contact_id"}),
    "people": TableOf("person_id known_at role buying_role title target_account joined_at left_at", "known_at"),
    "touches": TableOf("person_id occurred_at known_at kind channel", "known_at", words={"kind": "touch"}),
    "signals": TableOf("person_id observed_at known_at kind", "known_at", words={"kind": "signal"}),
    "mails": TableOf("person_id occurred_at kind", "occurred_at", words={"kind": "mail"}),
    "leads": TableOf("lead_id created_at channel", "created_at"),
    "lead_scores": TableOf("lead_id scored_at points", "scored_at"),
    "decisions": TableOf("lead_id decided_at decision", "decided_at"),
    "opportunity_stages": TableOf("opportunity_id entered_at stage", "entered_at", words={"stage": "deal_stage"}),
    "pauses": TableOf("paused_at resumed_at", "paused_at"),
    "entitlements": TableOf("contract_id product feature start_date end_date signed_at", "signed_at"),
    "installations": TableOf("reported_at versions_behind", "reported_at"),
    "tasks": TableOf("product task done_at known_at", "known_at"),
    "onboardings": TableOf("product started_at completed_at", "started_at"),
    "invoices": TableOf("invoice_id contract_id product invoiced_at due_at amount", "invoiced_at"),
    "payments": TableOf("invoice_id paid_at amount", "paid_at"),
    "purchases": TableOf("person_id contract_id signed_at", "signed_at"),
    "promises": TableOf("promised_at due_at value", "promised_at"),
    "outcomes": TableOf("reached_at confirmed_at value", "confirmed_at"),
    "meetings": TableOf("person_id met_at kind", "met_at", words={"kind": "meeting"}),
    "satisfaction": TableOf("person_id answered_at score product", "answered_at"),
    "advocacy": TableOf("person_id occurred_at kind", "occurred_at", words={"kind": "advocacy"}),
}
_DRIVERS = "health satisfaction champion_strength seats seats_needed users_wanted features_in_use releases_behind"
_DRIVERS += " products products_needed away intent cause hazard"
_GROUPS = "used_rarely features_unused users_not_growing does_not_recommend about_to_leave"
_DECISION = "decided_at ends_at health champion urgent_tickets first_year probability renewed"
TRUTHS: dict[str, TableOf] = {
    "renewals": TableOf(f"{_DECISION} slow_onboarding single_threaded budget_cut cause", "decided_at"),
    "months": TableOf(f"as_of customer stage {_DRIVERS} {_GROUPS}", "as_of"),
    "crossings": TableOf("crossed_at", "crossed_at"),
}
