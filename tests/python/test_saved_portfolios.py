"""A portfolio in a folder answers as one in memory, whatever happened on the way there."""

from __future__ import annotations

import tempfile
from datetime import date
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
from invariance import everything
from model_strategies import cases
from saved import AS_OF, MODEL, answers, at_once, model, plans, usage
from strategies import Case, examples


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
