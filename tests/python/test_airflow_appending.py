"""What a task appends to a saved portfolio, without Airflow."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from customerhealth.airflow.appending import Appending
from customerhealth.airflow.as_of import as_of_of
from customerhealth.airflow.scoring import Scoring, is_final
from small import AS_OF, DOCUMENT, document, usage

LOG = logging.getLogger("test")


def append(folder: Path, rows: pa.Table, key: Any, **changes: Any) -> dict[str, Any]:
    file = folder / "day.parquet"
    pq.write_table(rows, file)
    arguments = {"portfolio": str(folder / "kept"), "tables": {"usage": str(file)}, "key": key, "model": DOCUMENT}
    return Appending(**(arguments | changes)).run(LOG)


def score(folder: Path, output: str, **changes: Any) -> dict[str, bytes]:
    """The files that a task writes, by table."""
    arguments = {"model": None, "tables": None, "output": str(folder / output), "portfolio": str(folder / "kept")}
    summary, failing = Scoring(**(arguments | changes)).run(as_of_of(AS_OF, {}), LOG)
    assert failing == []
    return {name: Path(path).read_bytes() for name, path in summary["paths"].items()}


def test_nights_that_are_appended_score_as_the_whole(tmp_path: Path) -> None:
    rows = usage()
    for night in range(rows.num_rows):
        append(tmp_path, rows.slice(night, 1), f"night {night}")
    appended = score(tmp_path, "appended")
    whole = score(tmp_path, "whole", portfolio=None, model=DOCUMENT, tables={"usage": rows})
    assert appended == whole
    assert list(appended) == ["panel", "reasons"]


def test_a_night_that_is_run_again_takes_the_place_of_its_rows(tmp_path: Path) -> None:
    rows = usage()
    append(tmp_path, rows.slice(0, 3), "first")
    append(tmp_path, rows.slice(2), "second")
    append(tmp_path, rows.slice(3), "second")
    append(tmp_path, rows.slice(0, 3), "first")
    assert score(tmp_path, "twice") == score(tmp_path, "once", portfolio=None, model=DOCUMENT, tables={"usage": rows})


def test_the_first_night_makes_the_portfolio_where_there_is_a_model(tmp_path: Path) -> None:
    with pytest.raises(ch.DataError):
        append(tmp_path, usage(), "first", model=None)
    append(tmp_path, usage(), "first")
    summary = append(tmp_path, usage(), "first", model=None)
    assert summary["digest"] == ch.Model.parse(DOCUMENT).digest


def test_what_a_task_returns_is_small_and_can_be_kept_as_json(tmp_path: Path) -> None:
    summary = append(tmp_path, usage(), "2026-07-01")
    assert json.loads(json.dumps(summary)) == summary
    assert len(json.dumps(summary)) < 2000
    assert (summary["key"], summary["accounts"], summary["portfolio"]) == ("2026-07-01", 3, str(tmp_path / "kept"))
    assert append(tmp_path, usage(), "2026-07-01")["portfolio_version"] == summary["portfolio_version"] + 1


def test_old_versions_go_and_so_many_stay(tmp_path: Path) -> None:
    def there() -> int:
        return len(ch.Portfolio.open(tmp_path / "kept").versions()["version"])

    for night in range(4):
        append(tmp_path, usage().slice(night, 1), f"night {night}", keep_versions=None)
    assert there() == 5
    append(tmp_path, usage().slice(4, 1), "night 4", keep_versions=3)
    assert there() == 3
    append(tmp_path, usage().slice(5, 1), "night 5")
    assert there() == 2


@pytest.mark.parametrize("key", ["", " ", "None", None, 7])
def test_a_key_that_a_template_did_not_find_is_none_and_nothing_is_appended(tmp_path: Path, key: Any) -> None:
    with pytest.raises(ch.DataError, match="key: expected a text such as '2026-07-01', got") as caught:
        append(tmp_path, usage(), key)
    assert is_final(caught.value)
    assert not (tmp_path / "kept").exists()


def test_a_saved_portfolio_may_be_scored_with_another_model(tmp_path: Path) -> None:
    append(tmp_path, usage(), "first")
    fewer = document(scores={"health": DOCUMENT["scores"]["activity"]})
    with_another = score(tmp_path, "another", model=fewer)
    assert with_another == score(tmp_path, "whole", portfolio=None, model=fewer, tables={"usage": usage()})
    with pytest.raises(ch.DataError, match="model: expected a file, a preset's name or a document, got none"):
        score(tmp_path, "none", portfolio=None, tables={"usage": usage()})
