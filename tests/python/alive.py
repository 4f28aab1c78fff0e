"""Is all of a model at work on some data? What is not is told, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import customerhealth as ch


def dead(model: ch.Model, tables: dict[str, pa.Table], as_ofs: Any) -> list[str]:
    """The metrics without a value, bands and halves of curves never met, stages never held or left, and so on."""
    document, portfolio = model.to_dict(), ch.Portfolio(model, tables=tables)
    panel = portfolio.score(as_ofs)
    return [
        *_metrics(document, panel.table),
        *_scores(document, panel),
        *_stages(document, portfolio, panel, as_ofs),
        *_cohorts(document, panel.table),
        *_plays(document, panel),
    ]


def _metrics(document: dict[str, Any], table: pa.Table) -> Iterator[str]:
    for name in document.get("metrics", {}):
        for column in table.column_names:
            if (column == name or column.startswith(name + ".")) and table[column].null_count == len(table):
                yield f"metric {column}"


def _scores(document: dict[str, Any], panel: ch.Panel) -> Iterator[str]:
    for name, score in document.get("scores", {}).items():
        parts = panel.contributions(name).to_pandas()
        for measure, spec in score["measures"].items():
            rows = parts[(parts["part"] == measure) | parts["part"].str.startswith(measure + ".")]
            yield from (f"{name}.{measure} {what}" for what in _measure(spec, rows, score.get("scale", [0, 100])))
        grades = set(panel.table[f"{name}_grade"].to_pylist()) if "grades" in score else set()
        yield from (f"grade {name} {grade['name']}" for grade in score.get("grades", []) if grade["name"] not in grades)
        for cap in score.get("caps", []):
            if not parts.loc[parts["part"] == f"cap:{cap['name']}", "contribution"].fillna(0).any():
                yield f"cap {name} {cap['name']}"


def _measure(spec: dict[str, Any], rows: pd.DataFrame, scale: list[float]) -> Iterator[str]:
    points, reasons = rows["points"].dropna(), set(rows["reason"].dropna())
    met = set(points)
    for shape in (spec, *spec.get("cases", [])):
        wanted = [band["points"] for band in shape.get("bands", [])] + list(shape.get("labels", {}).values())
        wanted += [shape["points"]] if "points" in shape else []
        yield from (f"{value} points" for value in wanted if value is not None and value not in met)
        if {"curve", "logistic", "percentile", "zscore"} & set(shape):
            ends = [y for _, y in shape["curve"]] if "curve" in shape else scale
            middle = np.mean([min(ends), max(ends)])
            yield from (
                half for half, there in (("low", points < middle), ("high", points > middle)) if not there.any()
            )
    declared = {case["missing"] for case in spec.get("cases", []) if "missing" in case}
    if isinstance(spec.get("missing"), dict):
        declared |= set(spec["missing"]) - {"else"}
    yield from (f"reason {reason}" for reason in sorted(declared - reasons))


def _stages(document: dict[str, Any], portfolio: ch.Portfolio, panel: ch.Panel, as_ofs: Any) -> Iterator[str]:
    for name, journey in document.get("journeys", {}).items():
        held = set(panel.table[name].to_pylist())
        left = set(portfolio.moves(name, as_ofs[0], as_ofs[-1])["from"].to_pylist())
        for stage in (each["name"] for each in journey["stages"]):
            if stage not in held:
                yield f"stage {name}.{stage} not held"
            if stage not in left:
                yield f"stage {name}.{stage} not left"


def _cohorts(document: dict[str, Any], table: pa.Table) -> Iterator[str]:
    for name in document.get("cohorts", {}):
        members = set(table[name].to_pylist())
        yield from (f"cohort {name} never {value}" for value in (True, False) if value not in members)


def _plays(document: dict[str, Any], panel: ch.Panel) -> Iterator[str]:
    rows = panel.plays(closed=True).to_pylist() if document.get("plays") else []
    for name in document.get("plays", {}):
        mine = [row for row in rows if row["play"] == name]
        if not mine:
            yield f"play {name} never opens"
        elif not any(row["closed"] for row in mine):
            yield f"play {name} never closes"
