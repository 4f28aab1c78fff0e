"""Do paths into JSON text cost at most three times what DuckDB takes to extract the same columns?"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from bench.check import WrongAnswerError
from bench.clock import by_turns
from bench.line import Line
from bench.settings import Settings
from customerhealth import _core

LIMIT = 3.0
ROUNDS = 5
OURS, PEER = "paths", "DuckDB"
PATHS = [
    ("properties.$group_0", ["text"], False),
    ("properties.plan.name", ["text"], False),
    ("properties.plan.seats", ["number"], False),
    ("properties.items[0].amount", ["number"], False),
]
QUERY = """
select json_extract_string(properties, '$."$group_0"') as "properties.$group_0",
       json_extract_string(properties, '$.plan.name') as "properties.plan.name",
       json_extract(properties, '$.plan.seats')::bigint as "properties.plan.seats",
       json_extract(properties, '$.items[0].amount')::double as "properties.items[0].amount"
from events
"""


def measure(settings: Settings) -> Sequence[Line]:
    """Four columns out of texts of some 330 bytes, as an events table of PostHog has them; equal columns first."""
    events = _events(settings.events(1))
    connection = duckdb.connect()
    connection.execute(f"set threads = {settings.threads}")
    connection.register("events", events)

    def ours() -> pa.Table:
        return pa.RecordBatchReader.from_stream(_core.walk(events, "events", PATHS)).read_all()

    def peer() -> pa.Table:
        return connection.sql(QUERY).to_arrow_table()

    expected, found = peer(), ours()
    for column in expected.column_names:
        if not found[column].cast(expected[column].type).equals(expected[column]):
            raise WrongAnswerError(f"{column}: DuckDB extracts other values")
    seconds = by_turns({OURS: ours, PEER: peer}, settings.rounds(ROUNDS))
    size = events["properties"].nbytes / 1e6
    figure = f"{events.num_rows / 1e6:g} million JSON texts, {size:,.0f} MB, 4 paths: time over DuckDB's json_extract"
    return [Line(figure, seconds[OURS].over(seconds[PEER]), "at most", LIMIT, seconds=seconds)]


def _events(rows: int) -> pa.Table:
    rng = np.random.default_rng(7)
    seats, amounts, users = rng.integers(1, 500, rows), rng.integers(0, 10**6, rows), rng.integers(0, 10**9, rows)
    texts = [
        f'{{"$os": "Mac OS X", "$browser": "Chrome", "$current_url": "https://app.example.com/projects/{user}/insights",'
        f' "$lib": "web", "$lib_version": "1.96.1", "distinct_id": "u{user}", "$group_0": "org_{user % 1000}",'
        f' "plan": {{"name": "{("free", "pro", "team")[user % 3]}", "seats": {seat}}},'
        f' "items": [{{"sku": "a-{user % 97}", "amount": {amount / 100}}}, {{"sku": "b", "amount": 1}}]}}'
        for seat, amount, user in zip(seats.tolist(), amounts.tolist(), users.tolist(), strict=True)
    ]
    return pa.table({"properties": texts})
