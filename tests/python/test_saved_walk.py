"""A saved portfolio keeps its walk from night to night, and answers as one that was loaded at once."""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from customerhealth.storage import arrow_files, manifest, walks
from invariance import lives
from killed import played
from lives import day
from model_strategies import cases
from strategies import Case, examples
from walked import HISTORY, MODEL, NIGHTS, RANKED, Row, assert_alike, at_once, reached, rows, tiers

LIFE = frozenset({"life"})
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
    assert reached(ch.Portfolio.open(tmp_path)) == [(day(86), False)] * 3
    second.score(day(90))  # of a version that is the newest no more
    second.append(given=rows(NIGHTS[1]), key="1")
    first.drop(before=10**6)
    assert_alike(tmp_path, at_once(HISTORY, NIGHTS[0], NIGHTS[1]))


# ---- damage


def changed_in_turn(folder: Path, kind: str, turns: int) -> Iterator[bytes]:
    """A file of a kind with some bytes changed, in its place; what it held is put back."""
    (path,) = folder.glob(kind)
    data, dice = path.read_bytes(), random.Random(5)
    for _ in range(turns):
        bad = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            bad[dice.randrange(len(bad))] = dice.choice([0, 1, 2, 127, 128, 255, dice.randrange(256)])
        path.unlink()  # never in place: a mapped file would change below another portfolio
        path.write_bytes(bad)
        yield bytes(bad)
    path.unlink()
    path.write_bytes(data)


def kept(folder: Path) -> ch.Portfolio:
    """A version whose manifest names a walk, with what it should answer."""
    whole = at_once(HISTORY)
    whole.score(day(84))
    whole.save(folder)
    return whole


@pytest.mark.parametrize("kind", ["walk-*.arrow", "openings-*.arrow"])
def test_a_walk_that_is_damaged_is_found_when_it_is_opened(kind: str, tmp_path: Path) -> None:
    kept(tmp_path)
    (path,) = tmp_path.glob(kind)
    data = path.read_bytes()
    for bad in changed_in_turn(tmp_path, kind, 100):
        if bad != data:
            with pytest.raises(ch.DataError, match="damaged: its checksum is not that of its bytes"):
                ch.Portfolio.open(tmp_path)
    path.unlink()
    with pytest.raises(ch.DataError, match="a file is missing"):
        ch.Portfolio.open(tmp_path)


@pytest.mark.parametrize("kind", ["walk-*.arrow", "openings-*.arrow"])
def test_a_walk_that_somebody_made_to_do_harm_crashes_nothing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path)
    monkeypatch.setattr(arrow_files.Files, "check", lambda files, name, verify: files.folder / name)
    read = 0
    for _ in changed_in_turn(tmp_path, kind, 300):
        with contextlib.suppress(ch.Error, UnicodeDecodeError):
            one = ch.Portfolio.open(tmp_path, threads=1, version=1)  # keeps no walk beside it
            read += 1
            for as_of in (day(93), day(40)):
                panel = one.score(as_of)
                panel.plays(closed=True)
            one.moves("buying", day(0), day(93))
    assert 20 < read < 290


def test_a_manifest_that_lies_about_its_walk_is_refused(tmp_path: Path) -> None:
    whole = kept(tmp_path)
    content = manifest.read_manifest(tmp_path, 1)
    walk = content["walk"]
    grade, stage, play = walk["nodes"]
    lies = [
        {"accounts": 3}, {"accounts": "many"}, {"appends": 1}, {"appends": -1}, {"appends": None}, {"nodes": []},
        {"nodes": [grade, stage]}, {"nodes": [grade, grade, stage, play]}, {"nodes": [grade, play, stage]},
        {"nodes": [[*grade[:3], grade[3] + 1, 0], stage, play]}, {"nodes": [[*grade[:4], 1], stage, play]},
        {"nodes": [grade, stage, [*play[:4], play[4] - 1]]}, {"nodes": [grade, stage, [*play[:4], 2**62]]},
        {"nodes": [["grade", "other", *grade[2:]], stage, play]}, {"nodes": [["mood", *grade[1:]], stage, play]},
        {"nodes": [[*grade[:2], -(2**63), *grade[3:]], stage, play]}, {"nodes": [[*grade[:2], 2**80, 1, 1]]},
        {"nodes": [[*grade[:2], 0, *grade[3:]], stage, play]}, {"nodes": [["stage", *grade[1:]], stage, play]},
        {"nodes": 3}, {"entries": walk["values"]}, {"values": walk["entries"]}, {"entries": None},
    ]  # fmt: skip
    for lie in lies:
        (tmp_path / "manifest-0000000001.json").unlink()
        assert manifest.write_manifest(tmp_path, 1, {**content, "walk": walk | lie})
        with pytest.raises(ch.DataError):
            ch.Portfolio.open(tmp_path)
    for other in (3, [], {}):
        (tmp_path / "manifest-0000000001.json").unlink()
        assert manifest.write_manifest(tmp_path, 1, {**content, "walk": other})
        with pytest.raises(ch.DataError, match="its manifest does not say what it should"):
            ch.Portfolio.open(tmp_path)
    (tmp_path / "manifest-0000000001.json").unlink()
    assert manifest.write_manifest(tmp_path, 1, content)
    assert_alike(tmp_path, whole)


def test_a_damaged_manifest_of_a_walk_is_refused(tmp_path: Path) -> None:
    at_once(HISTORY).save(tmp_path)
    ch.Portfolio.open(tmp_path).score(day(93))
    path = tmp_path / "walk-0000000001-000001.json"
    text = path.read_bytes()
    for bad, said in [
        (text[:-20], "is no JSON"),
        (b"[]", "is no manifest"),
        (text.replace(b"grade", b"grape"), "damaged"),
        (text.replace(b'"format":1', b'"format":2'), "it has format 2"),
    ]:
        path.write_bytes(bad)
        with pytest.raises(ch.DataError, match=said):
            ch.Portfolio.open(tmp_path)
    path.unlink()
    assert_alike(tmp_path, at_once(HISTORY))


# ---- kills


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_nights_that_are_killed_and_played_again_end_in_the_bytes_of_one_load(seed: int, tmp_path: Path) -> None:
    played(tmp_path / "portfolio", 4, seed)
