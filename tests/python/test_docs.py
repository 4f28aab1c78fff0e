"""The pages of docs/ say what the package does: their examples run, and the reference is the core's own.

python tests/python/test_docs.py    writes docs/reference.md anew
"""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path

import jsonschema
import pytest

import customerhealth as ch
from customerhealth import _core

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference.md"
PAGES = [
    "language.md",
    "results.md",
    "text-files.md",
    "published-models.md",
    "datasets.md",
    "people.md",
    "first-touch-to-expansion.md",
    "life-cycle.md",
    "revenue.md",
    "learning.md",
    "lifetime-value.md",
    "frames.md",
    "pipelines.md",
    "saved-portfolios.md",
    "sources.md",
    "validation.md",
    "charts.md",
]


def blocks(page: str, language: str) -> list[str]:
    """What stands in a page's fences of a language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def reference() -> str:
    """The page that lists all keys, made from what the parser itself knows."""
    head = (
        "# Reference of the model document\n\n"
        'Every key of a model, from the table that the parser, the JSON Schema and "did you mean" are made of. '
        "`docs/language.md` explains the words with examples. This page is generated; a test keeps it equal.\n\n"
    )
    return head + re.sub(r"^### ", "## ", _core.model_reference(), flags=re.MULTILINE).rstrip() + "\n"


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_print_what_it_shows(page: str) -> None:
    text = "\n".join(blocks(page, "python"))
    names = {"DOCUMENT": next(iter(blocks(page, "json")), "")}  # the page's first model
    example = doctest.DocTestParser().get_doctest(text, names, page, page, 0)
    assert len(example.examples) > 10
    results: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=results.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(results)


@pytest.mark.parametrize("page", PAGES)
def test_the_documents_of_a_page_are_models(page: str) -> None:
    for block in blocks(page, "json"):
        ch.Model.parse(block)
        jsonschema.validate(json.loads(block), ch.Model.schema())


def test_the_reference_is_what_the_core_knows() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == reference(), "python tests/python/test_docs.py writes it anew"


def words(key: str) -> list[str]:
    """The words that a key of the model may have, as the reference lists them."""
    row, *_ = re.findall(rf"^\| `{key}` \| (.*?) \|", _core.model_reference(), re.MULTILINE)  # a metric's comes first
    return re.findall(r"'([a-z_]+)'", row)


def test_the_language_page_shows_every_aggregation_and_every_way_to_join_buckets() -> None:
    text = (DOCS / "language.md").read_text(encoding="utf-8")
    assert len(words("agg")) > 20
    assert [
        word for word in [*words("agg"), *words("then"), *words("combine"), *words("rows")] if f"`{word}`" not in text
    ] == []
    examples = "".join(blocks("language.md", "python"))
    families = ("count", "decayed", "quantile", "last", "days_to_end", "longest_gap", "entropy", "completeness")
    assert [agg for agg in families if f'"agg": "{agg}"' not in examples] == []


def test_the_language_page_shows_every_shape() -> None:
    examples = "".join(blocks("language.md", "python"))
    measure = _core.model_reference().partition("### measure")[2].partition("### ")[0]
    keys = set(re.findall(r"^\| `([a-z]+)` \|", measure, re.MULTILINE)) - {"value", "score", "weight"}
    assert keys >= {"bands", "curve", "labels", "identity", "cases", "each", "missing"}
    assert {key for key in keys if f'"{key}":' not in examples} == set()


def test_the_page_of_published_models_names_every_preset() -> None:
    text = (DOCS / "published-models.md").read_text(encoding="utf-8")
    assert [name for name in ch.Model.presets() if f"`{name}`" not in text] == []


def test_the_readme_names_the_pages() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page for page in [*PAGES, "reference.md"] if f"docs/{page}" not in text] == []


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
