"""Is loading string ids no slower than pyarrow's dictionary_encode of the two id columns alone?"""

from __future__ import annotations

from collections.abc import Sequence

from bench import ours
from bench.check import assert_totals
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from bench.workload import WEEKLY, account_total, event_table

LIMIT = 1.0
ROUNDS = 5
ENCODE = "dictionary_encode"


def measure(settings: Settings) -> Sequence[Line]:
    """Load everything (encode, partition, order) against encoding two columns."""
    events = event_table(settings.events(10), "string")
    assert_totals(ours.panel(events, WEEKLY, settings.threads), events, WEEKLY)
    account, user = events["account_id"], events["user_id"]
    seconds = by_turns(
        {
            ours.NAME: lambda: ours.load(events, settings.threads),
            ENCODE: lambda: (account.dictionary_encode(), user.dictionary_encode()),
        },
        settings.rounds(ROUNDS),
    )
    users = len(user.dictionary_encode().chunk(0).dictionary)
    note = f"{account_total(events.num_rows):,} accounts, {users:,} users"
    figure = f"{settings.size(10)}, string ids: loading / dictionary_encode of both id columns"
    return [Line(figure, seconds[ours.NAME].over(seconds[ENCODE]), "at most", LIMIT, seconds=seconds, note=note)]
