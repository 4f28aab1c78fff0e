"""Files of no layout that is known: what their columns are, by their names and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from .heads import Head
from .values import Looks, days_of, looks

__all__ = ["Guess", "account_of", "guess", "score_of"]

_WHO = r"(account|customer|company|organi[sz]ation|org|tenant|workspace|client|group)"
_ACCOUNT = (
    rf"{_WHO}_?(id|key|guid|uuid|number|no)",
    rf"(.*_)?{_WHO}_?(id|key|guid)",
    rf"{_WHO}(_name)?",
    rf"associated_{_WHO}_ids?",
)
_TIME = (
    "timestamp", "event_time", "event_timestamp", "occurred_at", "occurred_on", "happened_at", "time", "at", "date",
    "day", "submitted_at", "submit_date", "sent_at", "created_at", "created", "created_date", "create_date",
    "opened_at",
)  # fmt: skip
_SNAPSHOT = ("snapshot_date", "snapshot", "snapshot_at", "as_of", "as_of_date", "month", "period", "week")
_START = (
    "start", "start_date", "started_at", "starts_at", "starts_on", "start_at", "valid_from", "effective_from", "from",
    "begin", "begins", "contract_start", "contract_start_date", "activated_at", "opened_at", "opened", "created_at",
    "created", "created_date", "create_date",
)  # fmt: skip
_END = (
    "end", "end_date", "ended_at", "ends_at", "ends_on", "end_at", "valid_to", "effective_to", "to", "until",
    "contract_end", "contract_end_date", "expires", "expires_at", "expiry_date", "closed_at", "closed", "closed_date",
    "resolved_at", "resolved", "solved_at", "cancelled_at", "canceled_at", "churned_at",
)  # fmt: skip
_CLOSED = ("closed.*", "resolved.*", "solved.*")
_SEATS = ("seats", ".*_seats", "licen[cs]es", "quantity")
_KNOWN = (
    "known", "known_at", "received_at", "recorded_at", "ingested_at", "inserted_at", "signed_at", "signed", "signed_on",
    "signed_date", "booked_at", "server_upload_time",
)  # fmt: skip
_OVERWRITTEN = (".*(updated|modified|changed|sync|extracted|loaded|modstamp|processed).*", "last_.*")
_KEY = (
    "id",
    ".*event_id",
    "uuid",
    "message_id",
    ".*insert_id",
    "(contract|subscription|ticket|case|deal|order|invoice|response)_(id|key|number)",
    ".*_key",
)
_USER = (
    "user_id",
    "userid",
    "user",
    "person_id",
    "distinct_id",
    "contact_id",
    "member_id",
    "respondent_id",
    "email",
    "user_email",
)
_MRR = ("mrr", ".*_mrr", "monthly_(recurring_revenue|fee|amount|price|value)", "(fee|price|amount)_(per_)?month")
_ARR = ("arr", ".*_arr", "annual_(recurring_revenue|fee|amount|value|revenue)", "acv")
_DELETED = ("deleted", "is_deleted", "removed", "is_removed", "archived", "is_archived")
_SCORE = (".*recommend.*", "nps", "nps_score", "score")
_NAME = ("name", f"{_WHO}_name", "label", "title")
_LISTS = re.compile(rf"(crm_)?({_WHO}s?|companies)")


class Guess(NamedTuple):
    """What a file seems to be."""

    table: dict[str, Any]
    metrics: dict[str, Any]
    """With TABLE as the name of the table."""
    doubts: list[str]


def account_of(head: Head, taken: Iterable[str] = ()) -> str | None:
    """The column that says whose a row is."""
    return _first(_ACCOUNT, [column for column in _flat(head) if column not in set(taken)])


def score_of(head: Head) -> str | None:
    """The column with the answer to how likely one is to recommend."""
    return _first(_SCORE, _flat(head))


def _flat(head: Head) -> list[str]:
    """Columns of single values."""
    return [column for column in head.columns if looks(head.values(column)).kind != "nested"]


def guess(head: Head, name: str) -> Guess | None:
    """What a table called `name` could be; None: nothing in it says whose its rows are, or when."""
    columns = _Columns(head)
    account = account_of(head)
    if account is None or columns.is_list_of_accounts(account, name):
        listed = columns.list_of_accounts(account, name)
        if listed is not None or account is None:
            return listed
    return columns.intervals(account) or columns.snapshots(account) or columns.events(account)


class _Columns:
    """The columns of a head by what they hold."""

    def __init__(self, head: Head) -> None:
        head = head._replace(columns=_flat(head))
        self._head = head
        self._looks = {column: looks(head.values(column)) for column in head.columns}
        self._overwritten = [column for column in self._instants() if _is_called(column, _OVERWRITTEN)]

    # --- kinds

    def is_list_of_accounts(self, account: str, name: str) -> bool:
        """Whether an account has one row alone, and the table is called after them or tells their names."""
        values = self._head.values(account)
        once = len(set(map(str, values))) == len(values) > 1
        called = bool(_LISTS.fullmatch(name)) or _first(_NAME, self._head.columns) is not None
        return once and called and self._role(_END) is None

    def list_of_accounts(self, account: str | None, name: str) -> Guess | None:
        own = account or (_first(("id", "record_id", "gsid"), self._head.columns) if _LISTS.fullmatch(name) else None)
        if own is None:
            return None
        known = self._role(("created_at", "created", "created_date", "create_date", "signed_up_at", *_KNOWN))
        label = _first(_NAME, [column for column in self._head.columns if column != own])
        doubts = [f"one row an account, by `{own}`"]
        if known is None:
            doubts.append("nothing says since when an account is known: each is there at every date")
        return self._table("accounts", {"account": own, "known": known, "label": label}, {}, doubts)

    def intervals(self, account: str) -> Guess | None:
        end = self._role(_END)
        start = None if end is None else self._role(_START, taken=(end,))
        if end is None or start is None:
            return None
        known = self._role(_KNOWN, taken=(start, end))
        roles: dict[str, Any] = {"account": account, "start": start, "end": end, "known": known, **self._key()}
        doubts = [f"holds from `{start}` to `{end}`, an empty end being open"]
        if known is None:
            doubts.append(f"a row counts as known since `{start}`: if it was signed earlier, say `known`")
        if _is_called(end, _CLOSED):
            roles["end_known"] = "at_end"
            doubts.append(f"`{end}` is taken to be known only when it has come, as for tickets")
        elif self._ends_on_last_days(end):
            roles["end_is"] = "last_day"
            doubts.append(
                f"`{end}` seems to be the last day on which it holds: if it is the day after, take out `end_is`"
            )
        of = _first((*_MRR, *_ARR, *_SEATS), self._numbers(account))
        metrics: dict[str, Any] = {
            "TABLE_open": {"from": "TABLE", "agg": "count"},
            "TABLE_opened_28d": {"from": "TABLE", "agg": "count", "rows": "started", "window": "28d"},
        }
        if of is not None and not _is_called(of, _SEATS):
            is_annual = not _is_called(of, _MRR)
            monthly = f"{_quoted(of)} / 12" if is_annual else _quoted(of)
            metrics = {"mrr": {"from": "TABLE", "agg": "sum", "of": monthly}}
            doubts.append(f"`{of}` is taken for the amount {'of a year' if is_annual else 'a month'}")
        elif of is not None:
            metrics = {f"TABLE_{_plain(of)}": {"from": "TABLE", "agg": "sum", "of": _quoted(of)}}
        if "end_known" not in roles:
            metrics["TABLE_days_to_end"] = {"from": "TABLE", "agg": "days_to_end"}
        return self._table("intervals", roles, metrics, doubts, numbers=[] if of is None else [of])

    def snapshots(self, account: str) -> Guess | None:
        time = self._role(_SNAPSHOT)
        number = next(iter(self._numbers(account)), None)
        if time is None or number is None:
            return None
        doubts = [f"the values of an account hold from `{time}` to its next row"]
        rows = [(str(row.get(account)), str(row.get(time))) for row in self._head.rows]
        key = None
        if len(set(rows)) < len(rows):
            key = next((c for c, seen in self._looks.items() if seen.kind == "text" and c != account), None)
            doubts.append(f"several rows of an account have one date: `{key}` is taken to say what each is about")
        metric = {f"TABLE_{_plain(number)}": {"from": "TABLE", "agg": "last", "of": _quoted(number)}}
        return self._table("states", {"account": account, "time": time, "key": key}, metric, doubts, numbers=[number])

    def events(self, account: str) -> Guess | None:
        time = self._role(_TIME) or next((c for c in self._instants() if c not in self._overwritten), None)
        if time is None:
            return None
        known = self._role(_KNOWN, taken=(time,))
        doubts = [f"`{time}` may be when it happened"]
        metrics: dict[str, Any] = {"TABLE_28d": {"from": "TABLE", "agg": "count", "window": "28d"}}
        user = _first(_USER, [column for column in self._head.columns if column != account])
        if user is not None:
            metrics["TABLE_users_28d"] = {
                "from": "TABLE",
                "agg": "count_distinct",
                "of": _quoted(user),
                "window": "28d",
            }
        score = score_of(self._head)
        if score is not None and self._looks[score].kind == "number":
            metrics["TABLE_score_90d"] = {"from": "TABLE", "agg": "mean", "of": _quoted(score), "window": "90d"}
        numbers = [score] if "TABLE_score_90d" in metrics and score is not None else []
        roles = {"account": account, "time": time, "known": known, **self._key()}
        return self._table("events", roles, metrics, doubts, numbers=numbers)

    # --- what they are made of

    def _table(
        self, kind: str, roles: dict[str, Any], metrics: dict[str, Any], doubts: list[str], numbers: Sequence[str] = ()
    ) -> Guess:
        roles = {role: column for role, column in roles.items() if column is not None}
        table: dict[str, Any] = {"kind": kind, **roles}
        if self._head.list_path is not None:
            table["rows"] = self._head.list_path
        if self._head.skipped:
            table["skip"] = {"first": self._head.skipped}
            doubts.append("the rows above the header are left out; if sums stand below the rows, say `skip` `last` too")
        times = [roles[role] for role in ("time", "start", "end", "known") if role in roles]
        types: dict[str, Any] = {}
        for column in times:
            seen = self._looks[column] if column in self._looks else Looks("instant")
            if seen.kind in ("instant", "epoch"):
                types[column] = seen.written
            if seen.kind == "epoch":
                doubts.append(f"`{column}` is read as {seen.written['instant']} since 1970")
            if seen.doubt is not None:
                doubts.append(f"`{column}` {seen.doubt}")
        naive = [f"`{column}`" for column in times if column in self._looks and self._looks[column].is_naive]
        if naive:
            doubts.append(f"times without a zone in {', '.join(naive)} are read as UTC: else say `zone`")
        types |= dict.fromkeys(numbers, "number")
        if types:
            table["types"] = types
        for column in self._overwritten:
            if column not in times:
                doubts.append(f"`{column}` was left out because such times are overwritten: no `known`, and no time")
        if "key" in roles:
            doubts.append(f"of several rows with one `{roles['key']}` the last one counts")
        return Guess(table, metrics, doubts)

    def _instants(self) -> list[str]:
        return [
            column
            for column, seen in self._looks.items()
            if seen.kind == "instant" or (seen.kind == "epoch" and _sounds_like_time(column))
        ]

    def _numbers(self, account: str) -> list[str]:
        return [
            column
            for column, seen in self._looks.items()
            if seen.kind == "number" and column != account and not _is_called(column, ("(.*_)?(id|key)",))
        ]

    def _role(self, names: Sequence[str], taken: Sequence[str] = ()) -> str | None:
        """The first of the names that is a column of instants, or one with nothing in it yet."""
        empty = [column for column, seen in self._looks.items() if seen.kind == "nothing"]
        fitting = [column for column in [*self._instants(), *empty] if column not in (*self._overwritten, *taken)]
        return _first(names, fitting)

    def _key(self) -> dict[str, str]:
        key = _first(_KEY, [column for column in self._head.columns if not _is_called(column, _ACCOUNT)])
        if key is None or len(self._head.values(key)) < len(self._head.rows):
            return {}
        deleted = _first(_DELETED, self._head.columns)
        return {"key": key} | ({} if deleted is None else {"deleted": deleted})

    def _ends_on_last_days(self, end: str) -> bool:
        """Whether every end is the last day of a month."""
        days = days_of(self._head.values(end), self._looks[end])
        return bool(days) and all((day + timedelta(days=1)).day == 1 for day in days)


def _sounds_like_time(column: str) -> bool:
    return _is_called(column, ("(.*_)?(time|timestamp|at|on|date|ts|start|end|created|known)(_.*)?",))


def _first(names: Sequence[str], columns: Sequence[str]) -> str | None:
    """The column that the earliest of the names fits."""
    return next((column for name in names for column in columns if _is_called(column, (name,))), None)


def _is_called(column: str, names: Sequence[str]) -> bool:
    """Whether one of the names fits a column: the last part of its path, or the last two of them (`customer.id`)."""
    parts = [_plain(part) for part in column.split(".")]
    forms = {_plain(column), parts[-1], "_".join(parts[-2:])}
    return any(re.fullmatch(name, form) for name in names for form in forms)


def _plain(column: str) -> str:
    """`AccountId`, `Account ID`, `account-id (UTC)`: account_id."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    bare = re.sub(r"\((utc|gmt)\)", "", split.lower())
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_")


def _quoted(column: str) -> str:
    """A column's name as a formula writes it."""
    return column if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", column) else '"' + column.replace('"', '""') + '"'
