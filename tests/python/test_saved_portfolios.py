"""A portfolio in a folder answers as one in memory, whatever happened on the way there."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

import customerhealth as ch
from commands import command
from customerhealth import _core
from customerhealth.storage import disk
from invariance import everything
from model_strategies import cases
from strategies import Case, examples

AS_OF = "2026-07-01"
MODEL: dict[str, Any] = {
    "format": 1,
    "tables": {
        "usage": {"kind": "events", "account": "id", "time": "day"},
        "plans": {"kind": "intervals", "account": "id", "start": "start", "end": "end", "key": "number"},
    },
    "metrics": {
        "events": {"from": "usage", "agg": "count"},
        "features": {"from": "usage", "agg": "count_distinct", "of": "feature"},
        "last_feature": {"from": "usage", "agg": "last", "of": "feature"},
        "seats": {"from": "plans", "agg": "sum", "of": "seats"},
    },
    "scores": {"health": {"measures": {"use": {"value": "events", "percentile": {}}}}},
}


def usage(number: int, rows: int = 30) -> pa.Table:
    """A day's rows; most of one account, all on one day, so that only their order tells which is last."""
    dice = random.Random(number)
    day = date(2026, 1, 1) + timedelta(days=number)
    return pa.table(
        {
            "id": [f"account {dice.randrange(12 + number)}" for _ in range(rows)],
            "day": [day] * rows,
            "feature": pa.array([dice.choice(["a", "b", None, f"only {number}"]) for _ in range(rows)], pa.string()),
            "not read": list(range(rows)),
        }
    )


def plans(number: int) -> pa.Table:
    ids = [f"account {i}" for i in range(number, number + 6)]
    return pa.table(
        {
            "id": ids, "start": [date(2025, 1 + number % 12, 1)] * 6, "end": pa.array([None] * 6, pa.date32()),
            "number": list(range(6)), "seats": [number + i for i in range(6)],
        }
    )  # fmt: skip


def model() -> ch.Model:
    return ch.Model.parse(MODEL)


def answers(portfolio: ch.Portfolio) -> list[Any]:
    panel = portfolio.score([AS_OF, "2026-02-01"])
    found = [panel.table, panel.reasons(), panel.contributions("health"), portfolio.quality()]
    return [pa.table(each).to_pylist() for each in found]


def at_once(*days: pa.Table, **tables: pa.Table) -> list[Any]:
    return answers(ch.Portfolio(model(), usage=pa.concat_tables(days), **tables))


# ---- the same answers


@examples(25)
@given(cases(), st.data())
def test_saved_opened_and_appended_in_any_pieces_it_answers_as_loaded_at_once(case: Case, data: st.DataObject) -> None:
    model, whole = ch.Model.parse(case.model), case.tables()
    expected = ch.Portfolio(model, tables=whole)
    cuts = {name: sorted(data.draw(st.lists(st.integers(0, t.num_rows), min_size=3, max_size=3)))
            for name, t in whole.items()}  # fmt: skip
    edges = {name: [0, *cuts[name], table.num_rows] for name, table in whole.items()}
    pieces = [
        {name: table.slice(edges[name][n], edges[name][n + 1] - edges[name][n]) for name, table in whole.items()}
        for n in range(4)
    ]
    with tempfile.TemporaryDirectory() as folder:
        ch.Portfolio(model, tables=pieces[0]).save(folder)
        ch.Portfolio.open(folder).append(tables=pieces[1], key="one")
        one = ch.Portfolio.open(folder)
        one.append(tables={name: table.slice(0, 1) for name, table in pieces[3].items()}, key="two")
        one.append(tables=pieces[2], key="two")
        one.append(tables=pieces[3])
        if data.draw(st.booleans()):
            one.compact()
        one.append(tables=pieces[1], key="one")
        for found in (one, ch.Portfolio.open(folder, verify=True)):
            assert everything(found.score(case.moments()), case.model) == everything(
                expected.score(case.moments()), case.model
            )
            assert found.accounts.equals(expected.accounts)


@pytest.mark.parametrize("preset", ["b2b-saas", "oss-projects"])
def test_a_preset_saved_and_opened_has_the_same_bits(preset: str, tmp_path: Path) -> None:
    model = ch.Model.preset(preset)
    before = ch.Portfolio(model, tables=ch.datasets.tables_for(preset, accounts=30))
    before.save(tmp_path)
    after = ch.Portfolio.open(tmp_path, threads=2)
    assert after.model == before.model
    old, new = (one.score(["2026-01-01", AS_OF]) for one in (before, after))
    assert pa.table(new.table).equals(pa.table(old.table))
    assert pa.table(new.plays(closed=True)).equals(pa.table(old.plays(closed=True)))
    assert pa.table(after.quality()).equals(pa.table(before.quality()))
    with pytest.raises(ch.DataError, match="key: this portfolio is in memory alone"):
        before.append(key="day", tables={})


def test_night_after_night_it_stays_what_all_at_once_is(tmp_path: Path) -> None:
    days = [usage(n) for n in range(40)]
    ch.Portfolio(model(), usage=days[0], plans=plans(0)).save(tmp_path)
    for number, day in enumerate(days[1:], 1):
        one = ch.Portfolio.open(tmp_path)
        one.append(usage=day, key=f"day {number}")
    assert answers(ch.Portfolio.open(tmp_path)) == at_once(*days, plans=plans(0))
    one.append(usage=usage(99), key="day 3")  # long folded in
    days[3] = usage(99)
    assert answers(one) == answers(ch.Portfolio.open(tmp_path)) == at_once(*days, plans=plans(0))
    one.append(plans=plans(2), key="day 39")  # another table takes the place of that day's
    assert answers(ch.Portfolio.open(tmp_path)) == at_once(*days[:39], plans=pa.concat_tables([plans(0), plans(2)]))


def test_a_key_brings_its_rows_once_and_rows_without_it_stay(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    one.append(usage=usage(1))
    for _ in range(3):
        one.append(usage=usage(2), key="night")
    one.append(usage=usage(1))
    assert answers(one) == at_once(usage(0), usage(1), usage(2), usage(1))


def test_rows_that_come_again_keep_their_place_in_the_order_of_arrival(tmp_path: Path) -> None:
    def rows(feature: str) -> pa.Table:
        return pa.table({"id": ["a"], "day": [date(2026, 1, 1)], "feature": [feature]})

    ch.Portfolio(model(), usage=rows("x")).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    one.append(usage=rows("first"), key="1")
    one.append(usage=rows("second"), key="2")
    one.append(usage=rows("mended"), key="1")
    assert ch.Portfolio.open(tmp_path).score(AS_OF).table["last_feature"].to_pylist() == ["second"]


def test_keys_numbers_beyond_64_bits_and_integer_ids_come_back(tmp_path: Path) -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {
                "users": {"kind": "keys", "key": "user", "account": "org", "known": "since", "order": "turn"},
                "events": {"kind": "events", "account": "user", "through": {"table": "users"}, "time": "day"},
                "orgs": {"kind": "accounts", "account": "id"},
            },
            "metrics": {
                "rows": {"from": "events", "agg": "count"},
                "worth": {"from": "events", "agg": "sum", "of": "worth"},
                "wide": {"from": "events", "agg": "count_distinct", "of": "wide"},
            },
        }
    )

    def users(*rows: tuple[str, int, int]) -> pa.Table:
        since = [date(2026, 1, month) for *_, month in rows]
        return pa.table({"user": [row[0] for row in rows], "org": [row[1] for row in rows], "since": since,
                         "turn": [row[1] for row in rows]})  # fmt: skip

    def events(*rows: tuple[str, int]) -> pa.Table:
        big = [Decimal(10) ** 30 + row[1] for row in rows]
        return pa.table(
            {
                "user": [row[0] for row in rows], "day": [date(2026, 2, row[1]) for row in rows],
                "worth": pa.array([each / 100 for each in big], pa.decimal128(38, 2)),
                "wide": pa.array(big, pa.decimal128(38, 0)),
            }
        )  # fmt: skip

    def asked(portfolio: ch.Portfolio) -> list[Any]:
        found = [portfolio.score(AS_OF).table, portfolio.quality(), portfolio.rows("events", AS_OF)]
        return [portfolio.accounts.to_pylist(), *(pa.table(each).to_pylist() for each in found)]

    first, more = users(("ann", 1, 1), ("bob", 2, 1)), users(("eve", 2, 1), ("ann", 2, 3))
    use, later = events(("ann", 5), ("eve", 6), ("nobody", 7)), events(("ann", 5), ("bob", 9))
    orgs = pa.table({"id": [1, 2, 3]})
    whole = ch.Portfolio(model, users=pa.concat_tables([first, more]), events=pa.concat_tables([use, later]), orgs=orgs)
    ch.Portfolio(model, users=first, events=use, orgs=orgs).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    one.append(users=more, key="users")
    one.append(events=later, key="events")
    assert asked(one) == asked(ch.Portfolio.open(tmp_path)) == asked(whole)
    one.compact()
    assert asked(ch.Portfolio.open(tmp_path, verify=True)) == asked(whole)
    one.append(users=users(("eve", 1, 9)), key="users")
    one.append(users=more, key="users")
    assert asked(ch.Portfolio.open(tmp_path)) == asked(whole)


def test_it_is_opened_under_another_model_of_the_same_tables(tmp_path: Path) -> None:
    document = {**MODEL, "scores": {"health": {"measures": {"use": {"value": "seats", "percentile": {}}}}}}
    document["metrics"] = {name: MODEL["metrics"][name] for name in ("seats", "last_feature", "events")}
    other = ch.Model.parse(document)
    ch.Portfolio(model(), usage=usage(0), plans=plans(0)).save(tmp_path)
    one = ch.Portfolio.open(tmp_path, other)
    one.append(usage=usage(1))
    expected = ch.Portfolio(other, usage=pa.concat_tables([usage(0), usage(1)]), plans=plans(0))
    for found in (one, ch.Portfolio.open(tmp_path)):
        assert found.model == other
        assert pa.table(found.score(AS_OF).table).equals(pa.table(expected.score(AS_OF).table))
    assert ch.Portfolio.open(tmp_path, version=1).model == model()
    document["metrics"]["price"] = {"from": "plans", "agg": "sum", "of": "price"}
    with pytest.raises(ch.DataError, match=r"has not read the column plans\.price"):
        ch.Portfolio.open(tmp_path, ch.Model.parse(document))


def test_what_is_saved_again_is_the_newest_version(tmp_path: Path) -> None:
    assert ch.Portfolio(model(), usage=usage(0)).save(tmp_path) == 1
    assert ch.Portfolio(model(), usage=usage(5)).save(tmp_path, note="anew") == 2
    assert answers(ch.Portfolio.open(tmp_path)) == at_once(usage(5))
    assert answers(ch.Portfolio.open(tmp_path, version=1)) == at_once(usage(0))


def test_what_cells_of_text_files_decided_is_kept(tmp_path: Path) -> None:
    document = {**MODEL, "tables": {"usage": MODEL["tables"]["usage"]}, "scores": {}}
    document["metrics"] = {"last": {"from": "usage", "agg": "last", "of": "feature"}}
    for name, value in (("a", "5"), ("b", "7")):
        (tmp_path / f"{name}.csv").write_text(f"id,day,feature\n{name},2026-01-01,{value}\n")
    model = ch.Model.parse(document)
    whole = ch.Portfolio(model, usage=tmp_path / "a.csv")
    whole.append(usage=tmp_path / "b.csv")
    ch.Portfolio(model, usage=tmp_path / "a.csv").save(tmp_path / "saved")
    one = ch.Portfolio.open(tmp_path / "saved")
    for _ in range(2):
        one.append(usage=tmp_path / "b.csv", key="b")
    expected = pa.table(whole.quality()).to_pylist()
    assert "read_by_cells" in {row["check"] for row in expected}
    assert pa.table(ch.Portfolio.open(tmp_path / "saved").quality()).to_pylist() == expected


def test_a_folder_can_be_read_by_anybody(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    (rows,) = tmp_path.glob("rows-*.arrow")
    with pa.ipc.open_file(rows) as reader:
        table = reader.read_all()
    names = {field.metadata[b"column"].decode() for field in table.schema if field.metadata}
    assert names == {"day", "feature"}
    assert table.num_rows == 30


# ---- versions


def test_versions_are_kept_until_they_are_dropped(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path, note="from the start")
    one = ch.Portfolio.open(tmp_path)
    for number in range(1, 5):
        one.append(usage=usage(number), key=f"day {number}", note=f"source at {number}")
    versions = one.versions().to_pylist()
    assert [(row["version"], row["key"], row["note"]) for row in versions[:3]] == [
        (1, None, "from the start"), (2, "day 1", "source at 1"), (3, "day 2", "source at 2"),
    ]  # fmt: skip
    assert answers(ch.Portfolio.open(tmp_path, version=3)) == at_once(usage(0), usage(1), usage(2))
    with pytest.raises(ch.DataError, match=r"version 3 of .* was opened to be read"):
        ch.Portfolio.open(tmp_path, version=3).append(usage=usage(9))
    expected = answers(one)
    files = set(os.listdir(tmp_path))
    one.drop(before=100)
    assert one.versions()["version"].to_pylist() == [4, 5]
    one.compact()
    one.drop(before=100)
    assert len(set(os.listdir(tmp_path)) - files) > 0
    assert answers(ch.Portfolio.open(tmp_path, verify=True)) == expected
    with pytest.raises(ch.DataError, match="it has no version 1"):
        ch.Portfolio.open(tmp_path, version=1)
    with pytest.raises(ch.DataError, match="versions: this portfolio was not opened from a folder"):
        ch.Portfolio(model(), usage=usage(0)).versions()


def test_readers_go_on_while_versions_are_dropped(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    failed: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                assert len(ch.Portfolio.open(tmp_path).score(AS_OF)) > 0
            except BaseException as error:
                failed.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 12):
        one.append(usage=usage(number), key=str(number % 3))
        one.compact()
        one.drop(before=10**6)
    stop.set()
    for reader in readers:
        reader.join()
    assert not failed, failed[0]


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    ch.Portfolio(model(), plans=plans(0)).save(tmp_path)
    first, second = ch.Portfolio.open(tmp_path), ch.Portfolio.open(tmp_path)
    first.append(usage=usage(1), key="1")
    second.append(usage=usage(2), key="2")  # on top of the other's
    first.append(usage=usage(3), key="2")  # takes the place of what the other wrote
    assert answers(ch.Portfolio.open(tmp_path)) == at_once(usage(1), usage(3), plans=plans(0))
    writers = [ch.Portfolio.open(tmp_path) for _ in range(3)]

    def write(place: int) -> None:
        for number in range(4):
            writers[place].append(usage=usage(10 * place + number), key=f"{place} {number}")

    threads = [threading.Thread(target=write, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = ch.Portfolio.open(tmp_path)
    assert found.versions()["version"].to_pylist()[-1] == 4 + 12
    rows = [usage(1), usage(3), *(usage(10 * place + number) for place in range(3) for number in range(4))]
    assert found.score(AS_OF).table["events"].to_pylist() == [
        float(sum(table["id"].to_pylist().count(account) for table in rows)) for account in found.accounts.to_pylist()
        if any(account in table["id"].to_pylist() for table in rows) or account in plans(0)["id"].to_pylist()
    ]  # fmt: skip


# ---- what goes wrong

WRITER = """
import sys
sys.path[:0] = {path!r}
import customerhealth as ch
from test_saved_portfolios import usage
one = ch.Portfolio.open(sys.argv[1])
number = int(sys.argv[2])
while True:
    one.append(usage=usage(number), key=str(number))
    print(number, flush=True)
    if number % 3 == 0:
        one.drop(before=10**6)
    number += 1
"""


def test_killed_at_any_moment_it_is_some_version_with_all_that_returned(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0), plans=plans(0)).save(tmp_path)
    dice, done = random.Random(7), 0
    code = WRITER.format(path=sys.path)
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(done + 1)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline()]
            timer = threading.Timer(dice.random() * 0.4, writer.send_signal, [signal.SIGKILL])
            timer.start()
            said += writer.stdout.readlines()
        returned = [int(line) for line in said if line.endswith("\n")]
        found = ch.Portfolio.open(tmp_path, verify=True)
        keys = [key for key in found.versions()["key"].to_pylist() if key is not None]
        done = int(keys[-1])
        assert done >= returned[-1]
        assert answers(found) == at_once(*(usage(n) for n in range(done + 1)), plans=plans(0))
    found.append(usage=usage(0), key="after")
    found.drop(before=10**6)
    assert not list(tmp_path.glob(".tmp-*"))


def test_a_full_disk_leaves_the_version_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    expected, files = answers(one), sorted(os.listdir(tmp_path))
    sync = os.fsync
    for full_at in range(4):
        left = iter([True] * full_at)

        def fsync(descriptor: int, left: Any = left) -> None:
            if not next(left, False):
                raise OSError(28, "No space left on device")
            sync(descriptor)

        monkeypatch.setattr(disk.os, "fsync", fsync)
        with pytest.raises(ch.DataError, match=r"could not be written .No space left on device.; what was there"):
            one.append(usage=usage(1), key="1")
        with pytest.raises(ch.DataError, match="could not be written"):
            one.compact()
        monkeypatch.undo()
        assert answers(one) == answers(ch.Portfolio.open(tmp_path)) == expected
        assert sorted(name for name in os.listdir(tmp_path) if name != "lock") == [n for n in files if n != "lock"]
    one.append(usage=usage(1), key="1")
    assert answers(one) == at_once(usage(0), usage(1))


def test_rows_that_are_refused_change_nothing(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    one = ch.Portfolio.open(tmp_path)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(ch.DataError, match="day"):
        one.append(usage=usage(1).drop_columns(["day"]), key="1")
    with pytest.raises(ch.DataError, match=r"usage.feature: number values here, but text values in the rows loaded"):
        one.append(usage=usage(1).set_column(2, "feature", pa.array(range(30))), key="1")
    with pytest.raises(ch.DataError, match="key: expected a text, got 3"):
        one.append(usage=usage(1), key=3)  # type: ignore[arg-type]
    assert sorted(os.listdir(tmp_path)) == before
    assert answers(one) == answers(ch.Portfolio.open(tmp_path)) == at_once(usage(0))


def test_folders_that_are_none_say_so(tmp_path: Path) -> None:
    with pytest.raises(ch.DataError, match="there is no such folder"):
        ch.Portfolio.open(tmp_path / "nowhere")
    with pytest.raises(ch.DataError, match="it holds no manifest of a saved portfolio"):
        ch.Portfolio.open(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ch.DataError, match="it is no folder"):
        ch.Portfolio.open(tmp_path / "file")
    with pytest.raises(ch.DataError, match="holds other files: a portfolio is saved in a folder of its own"):
        ch.Portfolio(model(), usage=usage(0)).save(tmp_path)
    with pytest.raises(TypeError, match="a portfolio needs a Model, not a dict"):
        ch.Portfolio.open(tmp_path, {})  # type: ignore[arg-type]


def signed(folder: Path, number: int, content: dict[str, Any]) -> None:
    """A manifest that its checksum does not give away."""
    from customerhealth.storage import manifest

    (folder / f"manifest-{number:010}.json").unlink()
    assert manifest.write_manifest(folder, number, content)


def test_a_manifest_that_lies_is_refused(tmp_path: Path) -> None:
    from customerhealth.storage import manifest

    ch.Portfolio(model(), usage=usage(0), plans=plans(0)).save(tmp_path)
    whole = manifest.read_manifest(tmp_path, 1)
    for change, said in [
        ({"format": 2}, r"it has format 2 of customerhealth .*; this version reads format 1"),
        ({"files": {"../../etc/passwd": [1, "0" * 16]}}, "which is no file of a saved portfolio"),
        ({"files": {}}, "its manifest does not list"),
        ({"ledger": {}}, "its manifest does not say what it should"),
        ({"strict": "very"}, "strict is 'very'"),
        (
            {"appends": [{"key": None, "notes": [], "rows": 1, "tables": {"usage": "rows-" + "0" * 32 + ".arrow"}}]},
            "rows-",
        ),
    ]:
        signed(tmp_path, 1, whole | change)
        with pytest.raises(ch.DataError, match=said):
            ch.Portfolio.open(tmp_path)
    path = tmp_path / "manifest-0000000001.json"
    signed(tmp_path, 1, whole)
    text = path.read_bytes()
    for bad, said in [(text[:-20], "is no JSON"), (b"", "is no JSON"), (b"[]", "is no manifest"),
                      (text.replace(b"events", b"evenxs", 1), "damaged"), (b"[" * 10**5, "is no JSON")]:  # fmt: skip
        path.write_bytes(bad)
        with pytest.raises(ch.DataError, match=said):
            ch.Portfolio.open(tmp_path)


def test_files_that_are_damaged_are_found_or_crash_nothing(tmp_path: Path) -> None:
    ch.Portfolio(model(), usage=usage(0), plans=plans(0)).save(tmp_path)
    ch.Portfolio.open(tmp_path).append(usage=usage(1), key="1")
    files = sorted(tmp_path.glob("*.arrow"))
    dice = random.Random(3)
    for file in files:
        data = file.read_bytes()
        size = "bytes and should have"
        for bad, said in [(data[:-1], size), (b"", size), (None, "a file is missing")]:
            file.unlink()
            if bad is not None:
                file.write_bytes(bad)
            with pytest.raises(ch.DataError, match=said):
                ch.Portfolio.open(tmp_path)
            file.write_bytes(data)
    for turn in range(1000):
        file = files[turn % len(files)]
        data = file.read_bytes()
        bad = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            bad[dice.randrange(len(bad))] = dice.choice([0, 1, 127, 128, 255, dice.randrange(256)])
        file.unlink()  # never in place: a mapped file would change below another portfolio
        file.write_bytes(bad)
        if bytes(bad) != data and turn % 10 == 0:
            with pytest.raises(ch.DataError, match="damaged: its checksum is not that of its bytes"):
                ch.Portfolio.open(tmp_path, verify=True)
        with contextlib.suppress(ch.Error, UnicodeDecodeError):
            answers(ch.Portfolio.open(tmp_path, threads=1))
        file.unlink()
        file.write_bytes(data)
    assert answers(ch.Portfolio.open(tmp_path)) == at_once(usage(0), usage(1), plans=plans(0))


# ---- the command line


def test_a_night_on_the_command_line(tmp_path: Path) -> None:
    folder, out = tmp_path / "portfolio", tmp_path / "panel.parquet"
    (tmp_path / "model.json").write_text(model().to_json())
    for number in (1, 2):
        pa.parquet.write_table(usage(number), tmp_path / f"{number}.parquet")
    assert "holds nothing yet: give --model" in command("append", folder, "--table", "usage=x").complaint
    first = ["append", folder, "--model", tmp_path / "model.json", "--table", f"usage={tmp_path}/1.parquet"]
    assert command(*first, "--key", "1").returncode == 0
    for _ in range(2):
        night = command("append", folder, "--table", f"usage={tmp_path}/2.parquet", "--key", "2")
        assert night.returncode == 0, night.stderr
    assert "version 4 of" in night.stdout
    assert ch.Portfolio.open(folder).versions()["version"].to_pylist() == [3, 4]
    done = command("score", "--portfolio", folder, "--as-of", AS_OF, "--out", out)
    assert done.returncode == 0, done.stderr
    expected = ch.Portfolio(model(), usage=pa.concat_tables([usage(1), usage(2)])).score(AS_OF)
    assert pa.parquet.read_table(out).to_pylist() == pa.table(expected.table).to_pylist()
    assert "give a MODEL with tables, or --portfolio" in command("score", "--as-of", AS_OF, "--out", out).complaint


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0xEF46DB3751D8E999),
        (b"a", 0xD24EC4F1A98C6E5B),
        (b"abc", 0x44BC2CF5AD770999),
        (b"Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1),
    ],
)
def test_checksums_are_those_of_xxh64(data: bytes, expected: int) -> None:
    assert _core.checksum(data) == expected
