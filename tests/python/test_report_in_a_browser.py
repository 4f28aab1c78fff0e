"""The report as people meet it: in a browser, which is asked what it logged, what it fetched and what it shows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import browser
import customerhealth as ch
import drawn

HOSTILE = "<script>document.title = 'taken'</script>"

if browser.PROGRAM is None and os.environ.get("CUSTOMERHEALTH_NEEDS_BROWSER"):
    pytest.fail("this run is to test the report in a browser, and there is no chromium", pytrace=False)
pytestmark = pytest.mark.skipif(browser.PROGRAM is None, reason="needs chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Browser]:
    with browser.Browser() as started:
        yield started


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = drawn.accounts()
    ids = [HOSTILE if each == "delta" else each for each in table["id"].to_pylist()]
    logins = drawn.logins()
    who = [HOSTILE if each == "delta" else each for each in logins["id"].to_pylist()]
    panel = ch.Portfolio(
        ch.Model.parse(drawn.DOCUMENT),
        accounts=table.set_column(0, "id", pa.array(ids)), logins=logins.set_column(0, "id", pa.array(who)),
    ).score(list(drawn.AS_OFS))  # fmt: skip
    (path,) = ch.report(panel, tmp_path_factory.mktemp("report") / "report.html", revenue="arr")
    return path


def column(chromium: browser.Browser, place: int) -> list[str]:
    """What a column of the list shows, hidden rows left out."""
    script = "JSON.stringify([...document.querySelectorAll('#list tbody tr')].filter(r => !r.hidden && r.offsetHeight)"
    shown: list[str] = json.loads(chromium.run(f"{script}.map(r => r.cells[{place}].textContent))"))
    return shown


def click(chromium: browser.Browser, place: int) -> None:
    chromium.run(f"document.querySelectorAll('#list th span')[{place}].click()")


def test_it_logs_nothing_and_fetches_nothing(chromium: browser.Browser, page: Path) -> None:
    chromium.logged.clear()
    chromium.requested.clear()
    chromium.open(page)
    assert chromium.run("document.querySelectorAll('svg').length") > 6
    assert chromium.logged == []
    assert {address for address in chromium.requested if not address.startswith("data:")} == {page.resolve().as_uri()}


def test_markup_of_the_data_is_shown_and_not_run(chromium: browser.Browser, page: Path) -> None:
    chromium.open(page)
    assert chromium.run("document.title") == "health as of 2026-07-01"
    assert chromium.run("document.scripts.length") == 1
    assert HOSTILE in column(chromium, 0)


def test_a_click_on_a_heading_sorts_by_it_and_another_turns_the_order_round(
    chromium: browser.Browser, page: Path
) -> None:
    chromium.open(page)
    click(chromium, 2)
    assert column(chromium, 2) == ["0.0", "16.0", "42.0", "57.5", "58.0", "96.0"]
    click(chromium, 2)
    assert column(chromium, 2) == ["96.0", "58.0", "57.5", "42.0", "16.0", "0.0"]
    assert chromium.run("document.querySelectorAll('#list th[aria-sort]').length") == 1
    chromium.run(
        "document.querySelectorAll('#list th span')[4]"
        ".dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))"
    )
    assert column(chromium, 4) == ["50", "100", "300", "500", "1,000", "2,000"]  # as numbers
    click(chromium, 0)
    assert column(chromium, 0)[1:] == ["Acme & Sons (acme)", "beta", "eps", "gamma", "zeta"]


def test_text_and_grade_filter_the_list(chromium: browser.Browser, page: Path) -> None:
    chromium.open(page)
    chromium.run("let f = document.getElementById('find'); f.value = 'ACME'; f.dispatchEvent(new Event('input'))")
    assert column(chromium, 0) == ["Acme & Sons (acme)"]
    assert chromium.run("document.getElementById('shown').textContent") == "1"
    chromium.run(
        "f.value = ''; let g = document.getElementById('grade'); g.value = 'yellow';"
        "g.dispatchEvent(new Event('change'))"
    )
    assert column(chromium, 1) == ["yellow", "yellow"]
    click(chromium, 2)
    assert column(chromium, 2) == ["57.5", "58.0"]


def test_a_link_opens_the_page_of_the_account(chromium: browser.Browser, page: Path) -> None:
    chromium.open(page)
    open_pages = "[...document.querySelectorAll('details[open]')].map(d => d.querySelector('bdi').textContent).join()"
    assert chromium.run(open_pages) == ""
    chromium.open(page, "#a2")
    assert chromium.run(open_pages) == "Acme & Sons"


def test_print_shows_what_is_open_and_no_controls(chromium: browser.Browser, page: Path) -> None:
    chromium.open(page, "#a2")
    chromium.emulate("print")
    heights = "[...document.querySelectorAll('details')].filter(d => d.offsetHeight).length"
    assert chromium.run(heights) == 1
    assert chromium.run("document.querySelector('.f').offsetHeight") == 0
    assert chromium.run("document.getElementById('list').offsetHeight") > 0
    chromium.emulate("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_page(chromium: browser.Browser, page: Path, scheme: str) -> None:
    chromium.emulate("", scheme)
    chromium.open(page)
    ink = chromium.run("getComputedStyle(document.body).color")
    assert ink == {"light": "rgb(0, 0, 0)", "dark": "rgb(255, 255, 255)"}[scheme]
    chromium.emulate("")
