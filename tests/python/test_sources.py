"""The layouts of well-known exports: each read by its description, by path and as frames, answers what is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest

import customerhealth as ch
from commands import command
from exports import EXPORTS, Export, answers, frame

FOLDER = Path(ch.sources.__file__).parent
HERE = EXPORTS
of_source = pytest.mark.parametrize("export", HERE, ids=lambda export: export.source)
of_layout = pytest.mark.parametrize("name", ch.sources.names())


def layout(name: str) -> dict[str, Any]:
    """The file of the package as it is written."""
    parsed: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return parsed


@of_source
def test_an_export_by_path_gives_the_right_answer(export: Export, tmp_path: Path) -> None:
    document = export.model()
    portfolio = ch.Portfolio(ch.Model.parse(document), tables=export.files(tmp_path))
    for as_of, expected in export.answers.items():
        panel = portfolio.score(as_of).table
        assert answers(panel, list(document["metrics"])) == expected, as_of


@of_source
def test_the_command_line_reads_an_export_alike(export: Export, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps(export.model()))
    tables = [word for name, path in export.files(tmp_path).items() for word in ("--table", f"{name}={path}")]
    for as_of, expected in export.answers.items():
        out = tmp_path / "panel.parquet"
        done = command("score", tmp_path / "model.json", *tables, "--as-of", as_of, "--out", out)
        assert done.returncode == 0, done.stderr
        assert answers(pq.read_table(out), list(export.model()["metrics"])) == expected, as_of


NO_FRAMES = {"excel-contracts", "salesforce-case-report", "hubspot-company-snapshots"}  # what only a path can say


@pytest.mark.parametrize("package", ["pandas", "polars", "duckdb"])
@pytest.mark.parametrize(
    "export", [export for export in HERE if export.source not in NO_FRAMES], ids=lambda export: export.source
)
def test_frames_of_an_export_answer_alike(export: Export, package: str, tmp_path: Path) -> None:
    document = export.model()
    frames = {
        name: frame(path, document["tables"][name].pop("rows", None), package)  # of files alone
        for name, path in export.files(tmp_path).items()
    }
    portfolio = ch.Portfolio(ch.Model.parse(document), tables=frames)
    for as_of, expected in export.answers.items():
        assert answers(portfolio.score(as_of).table, list(document["metrics"])) == expected, as_of


@of_layout
def test_a_layout_is_a_table_of_a_model(name: str) -> None:
    beside = {table: ch.sources.get(source) for table, source in ch.sources.needs(name).items()}
    document = {
        "format": 1,
        "tables": {"mine": ch.sources.get(name), **beside},
        "metrics": ch.sources.metrics(name, "mine"),
    }
    assert list(ch.Model.parse(document).tables) == ["mine", *beside]
    jsonschema.validate(document, ch.Model.schema())


@of_layout
def test_a_layout_says_what_it_is_and_where_that_is_written(name: str) -> None:
    written = layout(name)
    assert set(written) <= {"system", "export", "page", "needs", "yours", "never_known", "table", "metrics"}
    told = ch.sources.describe(name)
    assert told.startswith(f"{written['system']}: {written['export']}\nhttps://")
    assert ch.sources.get(name)["description"] in told
    assert written["table"]["description"] in told


@of_layout
def test_what_is_overwritten_is_no_known(name: str) -> None:
    written = layout(name)
    refused = written.get("never_known", {})
    assert written["table"].get("known") not in refused
    for column, why in refused.items():
        assert f"`{column}` is no `known`: it {why}." in ch.sources.get(name)["description"]


def test_every_layout_is_read_by_a_test() -> None:
    beside = {source for export in EXPORTS for source in ch.sources.needs(export.source).values()}
    assert sorted({export.source for export in EXPORTS} | beside) == ch.sources.names()


def test_a_layout_is_a_new_dict_each_time() -> None:
    changed = ch.sources.get("segment-tracks")
    changed["types"]["timestamp"] = "text"
    changed["account"] = "mine"
    assert ch.sources.get("segment-tracks")["types"]["timestamp"] == "instant"
    assert ch.sources.get("segment-tracks")["account"] == "context_group_id"
    ch.sources.metrics("segment-tracks", "calls")["events"]["agg"] = "sum"
    assert ch.sources.metrics("segment-tracks", "calls")["events"]["agg"] == "count"


@pytest.mark.parametrize("ask", [ch.sources.get, ch.sources.describe, ch.sources.needs])
def test_an_unknown_layout_is_told_with_the_nearest(ask: Any) -> None:
    with pytest.raises(ch.UnknownNameError, match=r"no source 'segment-track': did you mean 'segment-tracks'\?"):
        ask("segment-track")
    with pytest.raises(ch.UnknownNameError, match=r"no source '\.\./presets/gitlab': expected one of "):
        ask("../presets/gitlab")


def test_the_command_line_lists_the_layouts_and_prints_one() -> None:
    listed = command("sources").stdout.splitlines()
    assert [line.partition(": ")[0] for line in listed] == ch.sources.names()
    assert all(line.partition(": ")[2] == layout(name)["system"] + ": " + layout(name)["export"]
               for line, name in zip(listed, ch.sources.names(), strict=True))  # fmt: skip
    assert json.loads(command("sources", "segment-tracks").stdout) == ch.sources.get("segment-tracks")
    done = command("sources", "segment")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: there is no source 'segment'")
