"""Dates in the names of files, by a pattern such as company_{known:%Y-%m-%d}.csv."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from text_files import EVENTS, model, scored

ACCOUNTS = {"kind": "accounts", "account": "id", "known": "known"}


def plans(**table: object) -> ch.Model:
    document = {
        "format": 1,
        "tables": {"c": ACCOUNTS | table, "u": EVENTS},
        "metrics": {"upper": {"formula": "if(c.plan = 'pro', 1, 0)"}},
    }
    return ch.Model.parse(document)


def uppers(path: object, as_of: str, loaded: ch.Model | None = None) -> dict[str, float]:
    rows = scored(ch.Portfolio(loaded or plans(), c=path), as_of)
    return {row["account_id"]: row["upper"] for row in rows}


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("%Y-%m-%d", ["2026-05-01", "2026-06-01"]),
        ("%Y%m%d", ["20260501", "20260601"]),
        ("%d.%m.%y", ["01.05.26", "1.6.26"]),
        ("%Y-%j", ["2026-121", "2026-152"]),
        ("%b %d %Y", ["May 01 2026", "Jun 01 2026"]),
        ("%Y-%m-%dT%H%M%S", ["2026-05-01T000000", "2026-06-01T000000"]),
        ("100%% %Y%m%d", ["100% 20260501", "100% 20260601"]),
    ],
)
def test_a_snapshot_is_known_since_the_date_in_its_name(form: str, names: list[str], tmp_path: Path) -> None:
    for name, plan in zip(names, ["free", "pro"], strict=True):
        (tmp_path / f"company_{name}.csv").write_text(f"id,plan\na,{plan}\n")
    (tmp_path / "company_latest.csv").write_text("id,plan\na,other\n")
    path = f"{tmp_path}/company_{{known:{form}}}.csv"
    assert uppers(path, "2026-05-15") == {"a": 0.0}
    assert uppers(path, "2026-06-15") == {"a": 1.0}


def test_dates_mix_with_stars_folders_and_other_files(tmp_path: Path) -> None:
    for region in ("eu", "us"):
        for month in ("05", "06"):
            folder = tmp_path / f"region={region}" / f"2026{month}"
            folder.mkdir(parents=True)
            pq.write_table(pa.table({"id": [f"{region}{month}"], "plan": ["pro"]}), folder / f"part-{month}.parquet")
    loaded = plans(types={"region": "text"})
    for pattern in ("region=*/{known:%Y%m}/part-*.parquet", "**/{known:%Y%m}/part-0[!7].parquet"):
        assert uppers(f"{tmp_path}/{pattern}", "2026-05-15", loaded) == {"eu05": 1.0, "us05": 1.0}
        assert len(uppers(f"{tmp_path}/{pattern}", "2026-06-15", loaded)) == 4
    several = [f"{tmp_path}/region=eu/{{known:%Y%m}}/*.parquet", f"{tmp_path}/region=us/{{known:%Y%m}}/*05.parquet"]
    assert len(uppers(several, "2026-06-15")) == 3


def test_a_date_may_stand_in_the_name_of_a_folder(tmp_path: Path) -> None:
    for month, plan in (("05", "free"), ("06", "pro")):
        folder = tmp_path / f"2026-{month}-01" / "deep"
        folder.mkdir(parents=True)
        (folder / "company.csv").write_text(f"id,plan\na,{plan}\n")
    for path in ("{known:%Y-%m-%d}", "{known:%Y-%m-%d}/", "{known:%Y-%m-%d}/*/company.csv"):
        assert uppers(f"{tmp_path}/{path}", "2026-05-15") == {"a": 0.0}
        assert uppers(f"{tmp_path}/{path}", "2026-06-15") == {"a": 1.0}


def test_two_columns_may_have_places(tmp_path: Path) -> None:
    (tmp_path / "a_20260601_20260610.csv").write_text("id\na\n")
    table = EVENTS | {"known": "known"}
    metrics = {"t": {"from": "u", "agg": "last_time"}}
    path = f"{tmp_path}/a_{{at:%Y%m%d}}_{{known:%Y%m%d}}.csv"
    assert scored(ch.Portfolio(model(metrics, u=table), u=path), "2026-06-05") == []
    right = datetime(2026, 6, 1, tzinfo=timezone.utc)
    assert scored(ch.Portfolio(model(metrics, u=table), u=path), "2026-06-15") == [{"account_id": "a", "t": right}]


def test_a_name_in_which_braces_mean_themselves_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "u_{at:%Y}.csv"
    path.write_text("id,at\na,2026-06-01\n")
    assert len(scored(ch.Portfolio(model(), u=path))) == 1


@pytest.mark.parametrize(
    ("files", "pattern", "message"),
    [
        (
            ["c_01-06-2026.csv"],
            "c_{known:%Y-%m-%d}.csv",
            "no file fits the pattern '.*'; '.*c_01-06-2026.csv' does not, '.*c_2026-01-31.csv' would",
        ),
        ([], "c_{known:%Y-%m-%d}.csv", r"no file fits the pattern '.*c_\{known:%Y-%m-%d\}\.csv'$"),
        (["c_2026-13-01.csv"], "c_{known:%Y-%m-%d}.csv", "and '2026-13-01' is no date of the form %Y-%m-%d"),
        (
            ["c_2026-01-31b.csv"],
            "c_{known:%Y-%m-%d}.csv",
            "in which there is no date of the form %Y-%m-%d|no file fits",
        ),
        (["c_2026.csv"], "c_{known:%Q}.csv", "has '%Q' at 'known', where %Q is not read; %Y %y"),
        (["c_2026_06.csv"], "c_{known:%Y}_{known:%m}.csv", "has two places for the column 'known'"),
        (["c_2026.csv"], "c_{plan:%Y}.csv", "gives the column 'plan', which its rows or folders have too"),
        (["c_2026.csv"], "c_{knwon:%Y}.csv", "needs a column 'known', the table has none; did you mean 'knwon'"),
    ],
)
def test_a_pattern_that_does_not_fit_is_refused(files: list[str], pattern: str, message: str, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).write_text("id,plan\na,pro\n")
    with pytest.raises(ch.DataError, match=message):
        uppers(f"{tmp_path}/{pattern}", "2026-06-15")


def test_folders_that_name_the_column_too_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "known=2026-01-01"
    folder.mkdir()
    (folder / "c_20260101.csv").write_text("id,plan\na,pro\n")
    with pytest.raises(ch.DataError, match="gives the column 'known', which its rows or folders have too"):
        uppers(f"{folder}/c_{{known:%Y%m%d}}.csv", "2026-06-15")
