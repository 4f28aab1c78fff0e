"""A saved portfolio keeps its walk from night to night, and answers as one that was loaded at once."""

from __future__ import annotations

import random
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from customerhealth import _core
from customerhealth.storage import walks
from invariance import lives
from lives import STAGES, day, document
from model_strategies import cases
from strategies import Case, examples

LIFE = frozenset({"life"})
MODEL = document(
    journeys={"buying": {"stages": STAGES}},
    plays={"call": {"when": "v >= 10", "cooldown": "21d", "message": "{v} of {accounts.tier}", "evidence": ["v"],
                    "priority": "v + 1"}},
    scores={
        "health": {
            "measures": {"m": {"value": "v", "identity": True}},
            "grades": [{"name": "red"}, {"name": "green", "from": 10}],
            "hysteresis": {"points": 3},
            "trend": {"over": "14d"},
        }
    },
)  # fmt: skip
RANKED = {
    **MODEL,
    "scores": {
        "health": {
            **MODEL["scores"]["health"],
            "measures": {"m": {"value": "v", "percentile": {}}},
            "grades": [{"name": "red"}, {"name": "green", "from": 40}],
        }
    },
}
NAMES = "abcdefghijklmn"
Row = tuple[str, float, float]
HISTORY: list[Row] = [(name, 7 * k + 1, float((7 * k + 5 * n) % 25)) for n, name in enumerate(NAMES) for k in range(12)]
NIGHTS: list[list[Row]] = [
    [(name, 84 + night + 0.5, float((11 * night + 5 * n) % 25)) for n, name in enumerate(NAMES) if (n + night) % 5 == 0]
    for night in range(9)
]


def rows(*parts: list[Row]) -> pa.Table:
    """Account, day and value."""
    found = [row for part in parts for row in part]
    return pa.table(
        {
            "id": [row[0] for row in found],
            "at": pa.array([day(row[1]) for row in found], pa.timestamp("us", "UTC")),
            "value": pa.array([row[2] for row in found], pa.float64()),
        }
    )


def tiers(names: str = NAMES, tier: str = "gold") -> pa.Table:
    return pa.table({"id": list(names), "tier": [tier] * len(names)})


def at_once(*parts: list[Row], model: dict[str, Any] = MODEL, accounts: pa.Table | None = None) -> ch.Portfolio:
    accounts = tiers() if accounts is None else accounts
    return ch.Portfolio(ch.Model.parse(model), given=rows(*parts), accounts=accounts)


def reached(portfolio: ch.Portfolio) -> list[Any]:
    """Until when each node was walked, and whether that is of all accounts."""
    return [
        None if node is None else (pa.scalar(node[0], pa.timestamp("us", "UTC")).as_py(), node[1])
        for node in _core.walk_reached(portfolio._loaded.core)
    ]


def assert_alike(folder: Path, whole: ch.Portfolio, model: dict[str, Any] = MODEL) -> None:
    for as_ofs in ([day(93)], [day(7 * k + 2) for k in (3, 9, 12, 13)], [day(40)], [day(93)]):
        found = ch.Portfolio.open(folder)
        assert lives(found, as_ofs, model) == lives(whole, as_ofs, model)
        assert lives(found, as_ofs, model) == lives(whole, as_ofs, model)


# ---- nights


@pytest.mark.parametrize("model", [MODEL, RANKED], ids=["alone", "among peers"])
def test_each_night_goes_on_where_the_last_one_ended(model: dict[str, Any], tmp_path: Path) -> None:
    at_once(HISTORY, model=model).save(tmp_path)
    ch.Portfolio.open(tmp_path).score(day(84))
    for night, today in enumerate(NIGHTS):
        one = ch.Portfolio.open(tmp_path)
        assert reached(one) == [(day(84 + night), True)] * 3
        one.append(given=rows(today), key=str(night))
        assert reached(one) == [(day(84 + night), True)] * 3
        found = one.score(day(85 + night))
        whole = at_once(HISTORY, *NIGHTS[: night + 1], model=model)
        assert lives(one, [day(85 + night)], model) == lives(whole, [day(85 + night)], model)
        assert found.table.equals(whole.score(day(85 + night)).table)
    assert one.versions()["version"].to_pylist() == list(range(1, 11))
    assert_alike(tmp_path, whole, model)
    one.drop(before=10**6)
    assert len(list(tmp_path.glob("walk-*.json"))) == 2  # of the two versions that stay
    assert_alike(tmp_path, whole, model)


@examples(40)
@given(cases(features=LIFE), st.randoms(use_true_random=False))
def test_nights_in_any_pieces_equal_loading_all_at_once(case: Case, random_: random.Random) -> None:
    model, tables = ch.Model.parse(case.model), case.tables()
    cuts = {name: sorted(random_.randint(0, table.num_rows) for _ in range(3)) for name, table in tables.items()}
    edges = {name: [0, *cuts[name], table.num_rows] for name, table in tables.items()}
    pieces = [
        {name: t.slice(edges[name][n], edges[name][n + 1] - edges[name][n]) for name, t in tables.items()}
        for n in range(4)
    ]
    with tempfile.TemporaryDirectory() as folder:
        ch.Portfolio(model, tables=pieces[0]).save(folder)
        for turn, place in enumerate([1, 2, 3, random_.randint(1, 3)]):
            one = ch.Portfolio.open(folder)
            if random_.random() < 0.7:
                one.score(random_.choice(case.moments()) + timedelta(days=random_.choice([-9, 0, 7])))
            if place == 2 and turn == 1:  # other rows, until the night runs again
                one.append(tables={name: t.slice(0, 2) for name, t in pieces[3].items()}, key="2")
                one.score(case.moments())
            one.append(tables=pieces[place], key=str(place))
            if random_.random() < 0.3:
                one.compact()
            if random_.random() < 0.7:
                one.score(case.moments())
            if random_.random() < 0.3:
                one.drop(before=10**6)
        whole = ch.Portfolio(model, tables=tables)
        expected = lives(whole, case.moments(), case.model)
        for found in (one, ch.Portfolio.open(folder, verify=True)):
            assert lives(found, case.moments(), case.model) == expected


def test_what_was_walked_before_saving_is_saved(tmp_path: Path) -> None:
    before = at_once(HISTORY)
    before.score(day(70))
    before.save(tmp_path)
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(70), True)] * 3
    assert_alike(tmp_path, at_once(HISTORY))


# ---- what a walk saw has changed


def test_rows_of_the_past_walk_their_accounts_anew(tmp_path: Path) -> None:
    late: list[Row] = [("c", 20.0, 24.0), ("c", 50.0, 1.0), ("d", 84.5, 3.0)]
    at_once(HISTORY).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    one.score(day(84))
    one.append(given=rows(late))
    assert reached(ch.Portfolio.open(tmp_path)) == reached(one) == [(day(84), False)] * 3
    assert_alike(tmp_path, at_once(HISTORY, late))
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(93), True)] * 3


def test_rows_of_the_past_move_the_ranks_of_all(tmp_path: Path) -> None:
    at_once(HISTORY, model=RANKED).save(tmp_path)
    ch.Portfolio.open(tmp_path).score(day(84))
    late: list[Row] = [("c", 50.0, 24.0)]
    ch.Portfolio.open(tmp_path).append(given=rows(late))
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(50), True)] * 3
    assert_alike(tmp_path, at_once(HISTORY, late, model=RANKED), RANKED)


@pytest.mark.parametrize("model", [MODEL, RANKED], ids=["alone", "among peers"])
def test_a_night_that_runs_again_keeps_what_its_rows_do_not_touch(model: dict[str, Any], tmp_path: Path) -> None:
    at_once(HISTORY, model=model).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    one.score(day(84))
    one.append(given=rows(NIGHTS[0]), key="night")
    one.score(day(84))
    one.append(given=rows(NIGHTS[0]), key="night")  # before anything was scored with these rows
    assert reached(one) == reached(ch.Portfolio.open(tmp_path)) == [(day(84), True)] * 3
    one.score(day(93))
    mended: list[Row] = [("a", 86.5, 24.0), ("zoe", 89.5, 12.0)]
    one.append(given=rows(mended), key="night")
    at = [node[0] for node in reached(one)]
    assert reached(ch.Portfolio.open(tmp_path)) == reached(one)
    assert at == [day(84.5) if model is RANKED else day(93)] * 3
    assert_alike(tmp_path, at_once(HISTORY, mended, model=model), model)
    one.append(given=rows(NIGHTS[0]), key="night")  # the account that was new is gone
    assert_alike(tmp_path, at_once(HISTORY, NIGHTS[0], model=model), model)


def test_a_key_of_long_ago_keeps_the_walk_of_other_accounts(tmp_path: Path) -> None:
    at_once(HISTORY).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    for night, today in enumerate(NIGHTS):
        one.append(given=rows(today), key=str(night))
    one.compact()
    one.score(day(93))
    mended = [(name, at, value + 1) for name, at, value in NIGHTS[1]]
    one.append(given=rows(mended), key="1")
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(93), False)] * 3
    assert_alike(tmp_path, at_once(HISTORY, NIGHTS[0], mended, *NIGHTS[2:]))


def test_rows_that_are_read_otherwise_without_an_append_drop_the_walk(tmp_path: Path) -> None:
    integers = rows(HISTORY).set_column(2, "value", pa.array([int(row[2]) for row in HISTORY], pa.int64()))
    more = rows(NIGHTS[0])
    ch.Portfolio(ch.Model.parse(MODEL), given=integers, accounts=tiers()).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    one.append(given=more, key="night")  # not all are integers now
    one.score(day(93))
    one.append(given=more.slice(0, 0), key="night")  # and now they are
    assert_alike(tmp_path, ch.Portfolio(ch.Model.parse(MODEL), given=integers, accounts=tiers()))


def test_attributes_without_a_date_walk_their_account_anew(tmp_path: Path) -> None:
    stages = [{"name": "other", "enter": "v >= 0"}, {"name": "tin", "enter": "accounts.tier = 'tin' and v >= 5"}]
    model = {**MODEL, "journeys": {"buying": {"stages": stages}}}
    at_once(HISTORY, model=model).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    one.score(day(93))
    one.append(accounts=tiers("d", "tin"))
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(93), False)] * 3
    whole = at_once(HISTORY, model=model)
    whole.append(accounts=tiers("d", "tin"))
    assert_alike(tmp_path, whole, model)


def test_another_model_begins_anew(tmp_path: Path) -> None:
    at_once(HISTORY).save(tmp_path)
    ch.Portfolio.open(tmp_path).score(day(93))
    other = ch.Portfolio.open(tmp_path, ch.Model.parse(RANKED))
    assert reached(other) == [None] * 3
    assert lives(other, [day(93)], RANKED) == lives(at_once(HISTORY, model=RANKED), [day(93)], RANKED)
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(93), True)] * 3  # of the model that the folder has
    other.append(given=rows(NIGHTS[0]))
    assert reached(ch.Portfolio.open(tmp_path)) == [None] * 3
    assert_alike(tmp_path, at_once(HISTORY, NIGHTS[0], model=RANKED), RANKED)


def test_another_version_of_the_package_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once(HISTORY).save(tmp_path)
    ch.Portfolio.open(tmp_path).score(day(93))
    monkeypatch.setattr(walks, "__version__", "99.0")
    one = ch.Portfolio.open(tmp_path)
    assert reached(one) == [None] * 3
    one.score(day(93))
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(93), True)] * 3


# ---- who else is there


def test_what_cannot_be_kept_is_answered_all_the_same(tmp_path: Path) -> None:
    expected = lives(at_once(HISTORY), [day(93)], MODEL)
    folder = tmp_path / "portfolio"
    at_once(HISTORY).save(folder)
    pinned, gone = ch.Portfolio.open(folder, version=1), ch.Portfolio.open(folder)
    assert lives(pinned, [day(93)], MODEL) == expected
    assert not list(folder.glob("walk-*"))
    folder.rename(tmp_path / "elsewhere")
    assert lives(gone, [day(93)], MODEL) == expected
    (tmp_path / "elsewhere" / "lock").unlink()
    (tmp_path / "elsewhere" / "lock").mkdir()  # as if it could not be written
    assert lives(ch.Portfolio.open(tmp_path / "elsewhere"), [day(93)], MODEL) == expected
    assert not list((tmp_path / "elsewhere").glob("walk-*"))


def test_a_full_disk_keeps_no_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from customerhealth.storage import disk

    at_once(HISTORY).save(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    sync = disk.os.fsync
    for full_at in range(4):
        left = iter([True] * full_at)

        def fsync(descriptor: int, left: Any = left) -> None:
            if not next(left, False):
                raise OSError(28, "No space left on device")
            sync(descriptor)

        one = ch.Portfolio.open(tmp_path)
        monkeypatch.setattr(disk.os, "fsync", fsync)
        assert one.score(day(93)).table.equals(at_once(HISTORY).score(day(93)).table)
        monkeypatch.undo()
        assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert_alike(tmp_path, at_once(HISTORY))


def test_two_who_score_and_append_by_turns_go_on_from_each_other(tmp_path: Path) -> None:
    at_once(HISTORY).save(tmp_path)
    first, second = ch.Portfolio.open(tmp_path), ch.Portfolio.open(tmp_path)
    first.score(day(84))
    second.score(day(86))  # takes the place of the other's walk, whose files are gone
    first.append(given=rows(NIGHTS[0]), key="0")
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(84.5), False)] * 3 or reached(ch.Portfolio.open(tmp_path))
    second.score(day(90))  # of a version that is the newest no more
    second.append(given=rows(NIGHTS[1]), key="1")
    first.drop(before=10**6)
    assert_alike(tmp_path, at_once(HISTORY, NIGHTS[0], NIGHTS[1]))
