"""Models that look back, scored in parts: the parts' accounts begin at different times and nobody is compared alone."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import customerhealth as ch

START, END = "2025-10-06", "2026-02-02"
AS_OFS = [END, "2026-01-15", START]
PIECES = (1, 4, 8)


def part(tables: dict[str, pa.Table], number: int, of: int) -> dict[str, pa.Table]:
    """Accounts go to parts by their number; each part has all tables, empty ones too."""
    out = {}
    for name, table in tables.items():
        key = "account_id" if "account_id" in table.column_names else "account"
        ids = [int("".join(c for c in str(one) if c.isdigit()) or 0) for one in table[key].to_pylist()]
        out[name] = table.filter(pa.array([i % of == number for i in ids], pa.bool_()))
    return out


def compared_document() -> dict[str, Any]:
    """b2b-saas with a score among peers whose grade is held and whose trend is looked at by another one."""
    document = ch.Model.preset("b2b-saas").to_dict()
    health = document["scores"]["health"]
    assert "hysteresis" in health
    assert "trend" in health
    document["scores"]["standing"] = {
        "measures": {
            "rank": {"value": "health", "percentile": {"least": 2}},
            "rise": {"value": "health_change", "zscore": {"least": 2}, "missing": {"never": "skip"}},
        },
        "grades": [{"name": "behind"}, {"name": "ahead", "from": 50}],
        "hysteresis": {"points": 5},
    }
    document.setdefault("cohorts", {})["behind"] = {"when": "standing_grade = 'behind'"}
    document.setdefault("plays", {})["lift"] = {"when": "standing < 40", "cooldown": "28d"}
    document["journeys"] = document.get("journeys", {}) | {
        "place": {"stages": [{"name": "low", "enter": "standing < 50"}, {"name": "high", "enter": "standing >= 50"}]}
    }
    return document


@cache
def company() -> Any:
    return ch.datasets.simulate(40, "2025-05-01", "2026-02-10", seed=5)


def fitted(parts: Sequence[ch.Portfolio], as_ofs: Any, over_time: bool = False) -> ch.Peers:
    peers = None
    while peers is None or not peers.complete:
        peers = ch.Peers.merge([one.peers(as_ofs, given=peers, over_time=over_time) for one in parts])
    return peers


def parts_of(model: ch.Model, pieces: int) -> list[ch.Portfolio]:
    tables = company().select(model)
    return [ch.Portfolio(model, tables=part(tables, number, pieces)) for number in range(pieces)]


def plain(table: Any) -> pa.Table:
    """With texts in place of dictionaries, which list the values of a part alone."""
    table = pa.table(table)
    columns = [pc.cast(c, pa.string()) if pa.types.is_dictionary(c.type) else c for c in table.columns]
    return pa.table(dict(zip(table.column_names, columns, strict=True)))


def joined(tables: Sequence[Any], keys: Sequence[str]) -> pa.Table:
    return plain(pa.concat_tables([plain(table) for table in tables])).sort_by([(key, "ascending") for key in keys])


def answers(panel: ch.Panel) -> list[tuple[Any, list[str]]]:
    found: list[tuple[Any, list[str]]] = [
        (panel.table, ["account_id", "as_of"]),
        (panel.reasons(), ["account_id", "as_of", "metric"]),
    ]
    for score in panel.model.scores:
        found.append((panel.contributions(score, deep=True), ["account_id", "as_of", "part"]))
    return [*found, (panel.plays(closed=True), ["id", "as_of"])]


@pytest.mark.parametrize("document", [ch.Model.preset("b2b-saas").to_dict(), compared_document()])
@pytest.mark.parametrize("pieces", PIECES)
def test_a_model_that_looks_back_gives_the_same_bits_in_parts(pieces: int, document: dict[str, Any]) -> None:
    model = ch.Model.parse(document)
    whole = answers(ch.Portfolio(model, tables=company().select(model)).score(AS_OFS))
    parts = parts_of(model, pieces)
    peers = ch.Peers.from_bytes(fitted(parts, AS_OFS).to_bytes())
    apart = [answers(one.score(AS_OFS, peers=peers)) for one in parts]
    for place, (table, keys) in enumerate(whole):
        assert table.num_rows > 0 or not model.plays
        assert joined([each[place][0] for each in apart], keys).equals(joined([table], keys)), keys


def test_peers_say_which_as_ofs_were_asked_for() -> None:
    model = ch.Model.preset("b2b-saas")
    (one,) = parts_of(model, 1)
    peers = one.peers(AS_OFS)
    assert [str(at.date()) for at in peers.as_ofs] == sorted(AS_OFS)
    assert one.peers(AS_OFS, given=peers).levels == peers.levels + (not peers.complete)
    with pytest.raises(ch.DataError, match="at other as-ofs"):
        one.peers(END, given=peers)
    with pytest.raises(ch.DataError, match="fitted at different as-ofs"):
        ch.Peers.merge([peers, one.peers(AS_OFS, over_time=True)])


def test_every_question_over_time_takes_the_peers_of_the_whole() -> None:
    model = ch.Model.parse(compared_document())
    whole = ch.Portfolio(model, tables=company().select(model))
    parts = parts_of(model, 3)
    peers = fitted(parts, [START, END], over_time=True)
    assert peers == fitted([whole], [START, END], over_time=True)
    questions: dict[str, tuple[Any, list[str]]] = {
        "memberships": (lambda p, **w: p.memberships(START, END, **w), ["cohort", "account_id", "entered"]),
        "moves": (lambda p, **w: p.moves("place", START, END, **w), ["account_id", "at"]),
        "plays": (lambda p, **w: p.plays(END, closed=True, **w), ["id"]),
    }
    for name, (ask, keys) in questions.items():
        expected = joined([ask(whole)], keys)
        assert expected.num_rows > 0, name
        assert joined([ask(one, peers=peers) for one in parts], keys).equals(expected), name
        assert not joined([ask(one) for one in parts], keys).equals(expected), f"{name}: parts alone would do"
    counted: dict[str, tuple[Any, str]] = {
        "cohorts": (lambda p, **w: p.cohorts(START, END, **w), "size"),
        "overlap": (lambda p, **w: p.overlap(END, **w), "accounts"),
        "drift": (lambda p, **w: p.drift(START, END, **w), "after"),
        "funnel": (lambda p, **w: p.funnel("place", START, END, by="standing_grade", **w), "entered"),
        "transitions": (lambda p, **w: p.transitions("place", START, END, **w), "moves"),
        "replay": (lambda p, **w: p.replay(START, END, plays="lift", outcome="standing < 30", **w).summary, "openings"),
    }
    for name, (ask, column) in counted.items():
        expected = pc.sum(ask(whole)[column]).as_py()
        assert sum(pc.sum(ask(one, peers=peers)[column]).as_py() or 0 for one in parts) == expected, name
    for one in (whole, parts[0]):
        assert one.handoffs("place", START, END, peers=peers).num_rows == 0  # no stage has an owner


def test_a_part_is_validated_among_the_peers_of_the_whole() -> None:
    model = ch.Model.parse(compared_document())
    whole = ch.Portfolio(model, tables=company().select(model))
    parts = parts_of(model, 2)
    days, asked = ["2025-08-01", "2025-09-01"], {"outcome": "standing < 45", "horizon": "60d", "observed": END}
    peers = fitted(parts, [*days, END], over_time=True)

    def scored(p: ch.Portfolio, **given: Any) -> pa.Table:
        cases = p.validate(["standing", "health"], as_ofs=days, among="seats > 0", rounds=1, **asked, **given).cases
        keys = [("account_id", "ascending"), ("as_of", "ascending")]
        return plain(cases).sort_by(keys)

    expected = scored(whole)
    found = pa.concat_tables([scored(one, peers=peers) for one in parts])
    found = found.sort_by([("account_id", "ascending"), ("as_of", "ascending")])
    assert expected.num_rows > 20
    assert found.equals(expected)


def test_plays_and_labels_do_not_matter_to_peers_and_scores_do() -> None:
    document = compared_document()
    peers = fitted(parts_of(ch.Model.parse(document), 1), END, over_time=True)
    document["plays"]["other"] = {"when": "standing < 10"}
    document["name"] = "another"
    (other,) = parts_of(ch.Model.parse(document), 1)
    assert other.score(END, peers=peers).table.equals(other.score(END).table)
    document["scores"]["standing"]["measures"]["rank"]["percentile"]["least"] = 3
    (strange,) = parts_of(ch.Model.parse(document), 1)
    with pytest.raises(ch.DataError, match="of another model"):
        strange.score(END, peers=peers)


def megabytes() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's /proc")
def test_results_keep_their_own_memory_alone() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"usage": {"kind": "events", "account": "id", "time": "at"}},
            "metrics": {"total": {"from": "usage", "agg": "sum", "of": "amount"}},
            "scores": {"health": {"measures": {"total": {"value": "total", "curve": [[0, 0], [10, 100]]}}}},
        }
    )
    rows = 1_000_000
    usage = pa.table({"id": np.arange(rows) % 50, "at": pa.array(np.arange(rows), pa.timestamp("us")),
                      "amount": np.ones(rows)})  # fmt: skip
    kept = []
    for _ in range(6):
        panel = ch.Portfolio(model, usage=usage, threads=1).score("2026-01-01")
        kept += [panel.table, panel.contributions("health"), panel.reasons()]
        del panel
        gc.collect()
        if len(kept) == 3:
            before = megabytes()
    assert megabytes() - before < 40  # each portfolio has 16 MB
    assert [table.num_rows for table in kept[:2]] == [50, 50]
