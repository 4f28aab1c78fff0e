"""The report: what it says, that it is safe to open and to mail, and that nothing is ever half written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import customerhealth as ch
import drawn
from commands import command
from customerhealth.explain.causes import cause_in_words
from customerhealth.explain.part_names import PartNames

HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """The rows of the list, the pages of accounts, and all attributes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text = path.read_text(encoding="utf-8")
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.rows: list[list[str]] = []
        self.headings: list[str] = []
        self._list, self._at = False, ""
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        self._at = tag
        if tag == "table":
            self._list = ("id", "list") in attrs
        if self._list and tag == "tr":
            self.rows.append([])
        if self._list and tag in ("td", "th"):
            self.rows[-1].append("")
        if tag in ("h1", "h2"):
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        self._list = self._list and tag != "table"

    def handle_data(self, data: str) -> None:
        if self._list and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data
        if self._at in ("h1", "h2"):
            self.headings[-1] += data
            self._at = ""


def written(tmp_path: Path, panel: ch.Panel | None = None, **options: Any) -> Page:
    (path,) = ch.report(drawn.panel() if panel is None else panel, tmp_path / "report.html", **options)
    return Page(path)


def test_the_list_is_in_the_order_of_ranked_and_says_the_same_of_why(tmp_path: Path) -> None:
    page = written(tmp_path, revenue="arr")
    head, *rows = page.rows
    assert head == ["account", "grade", "health", "change", "pays", "holds it down", "lifts it", "open plays"]
    assert [row[:5] for row in rows] == [
        ["zeta", "red", "0.0", "−40.0", "50"],
        ["delta", "red", "16.0", "+6.0", "300"],
        ["Acme & Sons (acme)", "red", "42.0", "−42.0", "1,000"],
        ["eps", "yellow", "57.5", "0.0", "100"],
        ["beta", "yellow", "58.0", "+18.0", "500"],
        ["gamma", "green", "96.0", "0.0", "2,000"],
    ]
    assert rows[2][5:7] == ["logins −19.2", "colour +11.6, mood +7.6"]
    ranked = drawn.panel().ranked("health", revenue="arr").to_pylist()
    assert [row[0].removesuffix(" (acme)") for row in rows] == [each["label"] or each["account_id"] for each in ranked]
    for row, each in zip(rows, ranked, strict=True):
        assert [text.replace("−", "-") for text in row[5:7]] == [each[n] or "–" for n in ("held_down_by", "lifted_by")]
    assert page.tags["details"] == 6


def test_of_equal_scores_those_who_pay_more_come_first(tmp_path: Path) -> None:
    quiet = drawn.panel("2026-09-01", mood=[7.0] * 6, colour=["red"] * 6)
    page = written(tmp_path, quiet, revenue="arr")
    assert {row[2] for row in page.rows[1:]} == {"16.0"}
    assert [row[3] for row in page.rows[1:]] == ["2,000", "1,000", "500", "300", "100", "50"]


def test_what_the_model_says_that_accounts_pay_is_the_default(tmp_path: Path) -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["cohorts"] = {"all": {"when": "true", "revenue": "arr"}}
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    page = written(tmp_path, panel)
    assert page.rows[0][:4] == ["account", "grade", "health", "pays"]
    assert page.rows[1][:4] == ["zeta", "red", "0.0", "50"]


def test_a_cap_that_sets_the_score_is_what_holds_it_down(tmp_path: Path) -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["health"]["caps"] = [{"name": "said", "when": "mood > 6", "set": 30}]
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    rows = {row[0]: row for row in written(tmp_path, panel).rows[1:]}
    (ranked,) = [row for row in panel.ranked("health").to_pylist() if row["account_id"] == "gamma"]
    assert [text.replace("−", "-") for text in rows["gamma"][3:5]] == [
        ranked["held_down_by"] or "–", ranked["lifted_by"] or "–",
    ]  # fmt: skip


def test_the_state_is_said_with_its_change(tmp_path: Path) -> None:
    page = written(tmp_path, revenue="arr")
    text = re.sub(r"<[^>]*>", " ", page.text)
    assert page.headings[0] == "health as of 2026-07-01"
    for said in ("3 (0)  red, pay 1,350", "2 (+1)  yellow, pay 600", "1 (−1)  green, pay 2,000"):
        assert re.sub(r" +", " ", said) in re.sub(r" +", " ", text)
    assert "2 fell and 2 rose since 2026-06-01; furthest fell Acme &amp; Sons (acme) −42.0, zeta −40.0." in text
    assert "2026-05-01: 2 of 5 accounts red (40%)" in page.text  # on hover of the drawing


def test_each_account_has_a_page_with_parts_causes_and_its_id(tmp_path: Path) -> None:
    text = written(tmp_path).text
    (mine,) = [part for part in text.split("<details")[1:] if "Acme &amp; Sons" in part]
    assert "<span class='q'>(acme)</span>" in mine
    assert "<td>logins<td class='n'>1<td class='n'>10<td>" in mine
    assert "<tr><td class='n'>−42.0<td>logins<td>fell from 8 to 1" in mine
    assert "polyline points='0,6 120,9 240,32'" in mine


def test_caps_are_said_to_hold_a_score_down(tmp_path: Path) -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["health"]["caps"] = [{"name": "gloom", "when": "mood > 6", "at_most": 30}]
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    rows = {row[0]: row for row in written(tmp_path, panel).rows[1:]}
    assert rows["gamma"][:3] == ["gamma", "red", "30.0"]
    assert rows["gamma"][3].split(", ")[0] == "gloom (cap) −66.0"


def test_pulls_of_nested_scores_are_in_points_of_the_score_itself(tmp_path: Path) -> None:
    """Whatever scale the nested one has."""
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["use"] |= {"scale": [0, 10]}
    document["scores"]["use"]["measures"]["logins"]["curve"] = [[0, 0], [10, 10]]
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    rows = {row[0]: row for row in written(tmp_path, panel).rows[1:]}
    assert rows["Acme & Sons (acme)"][3:5] == ["logins −19.2", "colour +11.6, mood +7.6"]


def test_one_as_of_and_a_score_without_grades_make_a_report_without_change_and_grades(tmp_path: Path) -> None:
    page = written(tmp_path, drawn.panel("2026-07-01"), score="use")
    assert page.rows[0] == ["account", "use", "holds it down", "lifts it", "open plays"]
    assert page.headings[0] == "use as of 2026-07-01"
    assert "since" not in re.sub(r"<(style|script).*?</\1>", "", page.text, flags=re.DOTALL)


def test_accounts_without_a_score_say_why_and_stand_last(tmp_path: Path) -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["scores"]["health"]["least_coverage"] = 0.9
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score("2026-07-01")
    rows = written(tmp_path, panel).rows[1:]
    assert [row[0] for row in rows[-2:]] == ["eps", "zeta"]
    assert rows[-1][1:4] == ["–", "–", "too little is known about the account for a score"]


def test_stages_plays_and_what_is_missing_have_their_place(tmp_path: Path) -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["journeys"] = {"path": {"stages": [{"name": "idle", "enter": "true"},
                                                {"name": "busy", "enter": "logins_28d >= 5"}]}}  # fmt: skip
    document["plays"] = {"call": {"when": "logins_28d < 3", "owner": "ann", "message": "only {logins_28d} <logins>"}}
    panel = ch.Portfolio(ch.Model.parse(document), accounts=drawn.accounts(), logins=drawn.logins()).score(
        ["2026-06-01", "2026-07-06"]
    )
    page = written(tmp_path, panel)
    assert page.headings[2:] == ["Stages: path", "What is not known", "Accounts"]
    now = Counter(panel.table["path"].to_pylist()[1::2])
    for stage, count in now.items():
        assert re.search(rf"<td>{stage}<td class='n'>\d+<td class='n'>{count}", page.text)
    opened = {str(row["opened"])[:10] for row in panel.plays().to_pylist() if row["account_id"] == "delta"}
    assert f"call: open since {max(opened)}, by ann: only" in page.text
    assert "&lt;logins&gt;" in page.text
    assert {row[0]: row[-1] for row in page.rows[1:]}["delta"] == "call"
    assert (
        "<td>renewal<td class='n'>1<td class='n'>17%<td>1 the account has data, but none of it counts here" in page.text
    )


def test_revenue_says_what_was_kept_of_a_year(tmp_path: Path) -> None:
    contracts = pa.table({
        "account_id": ["acme", "beta", "gamma"], "mrr": [100.0, 50.0, 10.0],
        "start": [date(2025, 1, 1), date(2025, 1, 1), date(2026, 3, 1)], "end": [None, date(2026, 2, 1), None],
    })  # fmt: skip
    page = written(tmp_path, revenue=ch.Revenue(contracts))
    kept = "67 are there with what these customers bought more, 67 without it; 50 a month were lost."
    assert f"Of 100 of monthly revenue a year ago {kept}" in page.text
    pays = {row[0]: row[4] for row in page.rows[1:]}
    assert (pays["Acme & Sons (acme)"], pays["gamma"], pays["beta"], pays["zeta"]) == ("100", "10", "–", "–")
    for said in (">150<", ">+10<", ">−50<", ">110<"):
        assert said in page.text


def test_an_owner_gets_a_page_of_their_own_accounts(tmp_path: Path) -> None:
    document = json.loads(json.dumps(drawn.DOCUMENT))
    document["metrics"]["csm"] = {"formula": "accounts.csm"}
    who = ["Ann B.", "ann-b", "Ann B.", "../../etc", None, "Ann B."]
    accounts = drawn.accounts(csm=who)
    panel = ch.Portfolio(ch.Model.parse(document), accounts=accounts, logins=drawn.logins()).score(list(drawn.AS_OFS))
    paths = ch.report(panel, tmp_path / "deep" / "monday.html", owner="csm")
    assert {path.parent for path in paths} == {tmp_path / "deep"}
    assert [path.name for path in paths] == [
        "monday-etc.html", "monday-ann-b.html", "monday-ann-b-2.html", "monday-nobody.html",
    ]  # fmt: skip
    pages = [Page(path) for path in paths]
    assert [{row[0] for row in page.rows[1:]} for page in pages] == [
        {"delta"}, {"Acme & Sons (acme)", "gamma", "zeta"}, {"beta"}, {"eps"},
    ]  # fmt: skip
    assert [page.headings[0] for page in pages] == [
        f"health as of 2026-07-01, {who}" for who in ("../../etc", "Ann B.", "ann-b", "no csm")
    ]


def test_what_a_score_is_worth_is_told_in_the_words_of_the_validation(tmp_path: Path) -> None:
    portfolio = drawn.portfolio()
    validation = portfolio.validate(
        "health",
        as_ofs=list(drawn.AS_OFS[:2]),
        outcome="logins_28d < 2",
        horizon="30d",
        rounds=20,
        observed="2026-07-01",
    )
    page = written(tmp_path, validation=validation)
    assert "What the score is worth" in page.headings
    for line in validation.explain().splitlines():
        assert re.sub("['<>&\"]", "", line.strip()) in re.sub("&[#a-z0-9]+;", "", page.text)


@pytest.mark.parametrize(
    "name", [HOSTILE, "שלום עולם", "x" * 300, "=1+1", "a\u0000b", "'\"><img src=x onerror=alert(1)>"]
)
def test_texts_of_the_data_stay_texts(tmp_path: Path, name: str) -> None:
    table = drawn.accounts()
    ids = [name if each == "acme" else each for each in table["id"].to_pylist()]
    accounts = table.set_column(0, "id", pa.array(ids)).set_column(1, "name", pa.array([None, name, *[None] * 4]))
    panel = ch.Portfolio(ch.Model.parse(drawn.DOCUMENT), accounts=accounts, logins=drawn.logins()).score(
        list(drawn.AS_OFS)
    )
    page = written(tmp_path, panel)
    assert page.tags["script"] == 1  # the report's own
    assert page.tags["img"] == 0
    assert not any(key.startswith("on") or (value or "").startswith("javascript") for key, value in page.attributes)
    shown = name[:20].replace("\x00", " ")
    assert any(shown in row[0] for row in page.rows)


def test_a_page_asks_for_nothing_from_outside(tmp_path: Path) -> None:
    page = written(tmp_path)
    links = [value for key, value in page.attributes if key in ("src", "href") and value]
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "http" not in re.sub(r'http-equiv="', "", page.text)
    assert "url(" not in page.text
    policies = [value for key, value in page.attributes if key == "content" and value and "default-src" in value]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; ")


def test_an_account_costs_less_than_the_four_thousandth_of_eight_megabytes(tmp_path: Path) -> None:
    company, model = ch.datasets.simulate(60, "2024-07-01", "2026-07-01", 3), ch.Model.preset("b2b-lifecycle")
    portfolio = ch.Portfolio(model, tables=company.select(model))
    panel = portfolio.score(ch.dates("2024-08-01", "2026-07-01", every="1mo"))
    page = written(tmp_path, panel, revenue=portfolio.revenue("contracts", mrr="mrr"))
    assert page.tags["details"] > 50
    assert len(page.text.encode()) < 20_000 + 4_000 * page.tags["details"]


def test_a_last_as_of_at_which_nobody_has_a_row_is_no_report_of_the_one_before(tmp_path: Path) -> None:
    model = ch.Model.parse({**drawn.DOCUMENT, "include": "logins_28d > 0"})
    panel = ch.Portfolio(model, accounts=drawn.accounts(), logins=drawn.logins()).score(["2026-07-01", "2027-07-01"])
    with pytest.raises(ch.DataError, match="no account has a row as of 2027-07-01: there is nothing to report"):
        ch.report(panel, tmp_path / "report.html")
    assert not [*tmp_path.iterdir()]


def test_of_very_many_accounts_the_first_are_named_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customerhealth.reports.page.MOST_NAMED", 2)
    page = written(tmp_path, revenue="arr")
    assert [row[0] for row in page.rows[1:]] == ["zeta", "delta"]
    assert page.tags["details"] == 2
    assert "the first 2 of 6 accounts are named, all are counted above" in page.text
    assert "pay together" in page.text
    assert "<b>3,950</b>" in page.text


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before")
    with pytest.raises(ch.DataError, match="the panel has no rows: there is nothing to report"):
        ch.report(drawn.empty_panel(), path)
    with pytest.raises(ch.UnknownNameError, match="the panel has no column 'cms'"):
        ch.report(drawn.panel(), path, owner="cms")
    with pytest.raises(ch.UnknownNameError, match="the model has no score 'helth': did you mean 'health'"):
        ch.report(drawn.panel(), path, score="helth")
    with pytest.raises(ch.DataError, match=r"expected an \.html file, got .*report\.pdf"):
        ch.report(drawn.panel(), tmp_path / "report.pdf")
    assert path.read_text() == "before"
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file") as error:
        ch.report(drawn.panel(), tmp_path / "file" / "report.html")
    assert "file" in str(error.value.filename)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "report.html"]


def test_an_owners_file_that_cannot_be_written_says_which_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `colour` the owners are green, red and nobody; a folder stands where the second file belongs."""
    panel = drawn.panel()
    whole = {path.name: path.read_text() for path in ch.report(panel, tmp_path / "whole" / "by.html", owner="colour")}
    folder = tmp_path / "part"
    (folder / "by-red.html").mkdir(parents=True)
    (folder / "by-nobody.html").write_text("last week's")
    with pytest.raises(IsADirectoryError, match=r"1 of 3 files were written before it: by-green\.html\)") as error:
        ch.report(panel, folder / "by.html", owner="colour")
    assert error.value.filename == str(folder / "by-red.html")
    assert sorted(path.name for path in folder.iterdir()) == ["by-green.html", "by-nobody.html", "by-red.html"]
    assert (folder / "by-green.html").read_text() == whole["by-green.html"]
    assert (folder / "by-nobody.html").read_text() == "last week's"
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"\(0 of 3 files were written before it\)"):
        ch.report(panel, tmp_path / "file" / "by.html", owner="colour")

    def full(path: Path, text: str, **_: Any) -> int:
        if text == whole["by-red.html"]:
            path.write_bytes(text[:100].encode())
            raise OSError(28, "No space left on device")
        return path.write_bytes(text.encode())

    (folder / "by-red.html").rmdir()
    (folder / "by-red.html").write_text("last week's")
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match=r"No space left.*1 of 3 files") as error_of_space:
        ch.report(panel, folder / "by.html", owner="colour")
    assert error_of_space.value.filename == str(folder / "by-red.html")
    assert {path.name for path in folder.iterdir()} == {*whole}
    assert (folder / "by-red.html").read_text() == "last week's"


def test_the_command_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(json.dumps(drawn.DOCUMENT))
    pq.write_table(drawn.accounts(), "accounts.parquet")
    pq.write_table(drawn.logins(), "logins.parquet")
    given = ["report", "model.json", "--table", "accounts=accounts.parquet", "--table", "logins=logins.parquet"]
    dates = ["--from", "2026-05-01", "--to", "2026-07-01", "--every", "1mo"]
    done = command(*given, *dates, "--revenue", "arr", "--out", "monday.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "monday.html\n", "")
    assert len(Page(Path("monday.html")).rows) == 7
    owned = command(*given, "--as-of", "2026-07-01", "--owner", "colour", "--out", "by.html")
    assert owned.stdout.split() == ["by-green.html", "by-red.html", "by-nobody.html"]
    Path("part-red.html").mkdir()
    partly = command(*given, "--as-of", "2026-07-01", "--owner", "colour", "--out", "part.html")
    assert (partly.returncode, partly.stdout) == (1, "")
    assert "part-red.html: Is a directory (1 of 3 files were written before it: part-green.html)" in partly.stderr
    wrong = command(*given, *dates, "--out", "monday.txt")
    assert wrong.returncode == 2
    assert "expected an .html file" in wrong.complaint
    unknown = command(*given, *dates, "--owner", "colur", "--out", "x.html")
    assert unknown.returncode == 1
    assert "the panel has no column 'colur': did you mean 'colour'" in unknown.stderr
    assert not Path("x.html").exists()
    judged = command(*given, *dates, "--outcome", "logins_28d < 2", "--horizon", "30d", "--out", "worth.html")
    assert judged.returncode == 0
    assert "What the score is worth" in Page(Path("worth.html")).headings


def test_a_report_of_some_rows_of_a_panel_is_of_these(tmp_path: Path) -> None:
    panel = drawn.panel().filter("arr >= 300")
    page = written(tmp_path, panel, revenue="arr")
    assert [row[0] for row in page.rows[1:]] == ["delta", "Acme & Sons (acme)", "beta", "gamma"]
    assert page.rows[2][:6] == ["Acme & Sons (acme)", "red", "42.0", "−42.0", "1,000", "logins −19.2"]
    once = written(tmp_path, drawn.panel().at("2026-06-01"))
    assert once.headings[0] == "health as of 2026-06-01"
    assert {row[0] for row in once.rows[1:]} == {"Acme & Sons (acme)", "beta", "gamma", "delta", "eps", "zeta"}


def test_every_cause_has_words(tmp_path: Path) -> None:
    names = PartNames(drawn.DOCUMENT, "health")

    def row(cause: str, before: float | None, now: float | None, because: str | None) -> dict[str, Any]:
        return {"part": "use", "cause": cause, "from": before, "to": now, "because": because}

    said = {
        "fell from 41 to 11 (below 90 → below 30)": row("band", 41.0, 11.0, "below 90 → below 30"),
        "– before, 3 now": row("value", None, 3.0, None),
        "missing now: too few rows to judge by": row("value", 4.0, None, "missing now: too_few"),
        "another rule applies to it (young → old)": row("case", 1.0, 1.0, "young → old"),
        "those it is compared with have other values": row("peers", 1.0, 1.0, None),
        "counts for 50% instead of 25%, because mood came or went": row("weight", 0.25, 0.5, "mood"),
        "counts now, and did not before: not enough history yet": row("appeared", None, 1.0, "too_young"),
        "does not count any more: too few rows to judge by": row("vanished", 1.0, None, "too_few"),
        "another part decides (mood)": row("chosen", 1.0, 2.0, "mood"),
        "this limit applies now (45)": row("cap", None, 45.0, "on"),
        "this limit applies no more (it was 45)": row("cap", 45.0, None, "off"),
        "this limit went from 45 to 30": row("cap", 45.0, 30.0, "bound moved"),
        "this limit (45) still applies, and takes more or less away": row("cap", 45.0, 45.0, "on at both"),
        "other digits are rounded away": row("round", None, None, None),
        "the score is kept to its scale": row("clamp", None, None, None),
    }
    assert {words: cause_in_words(each, names) for words, each in said.items()} == {words: words for words in said}
    table = (ch.Panel.why_changed.__doc__ or "").partition("A score that is there at one date only")[0]
    listed = re.findall(r"^ {12}``(\w+)`` +[a-z]", table, re.MULTILINE)
    assert len(listed) == 11
    assert {each["cause"] for each in said.values()} == set(listed)  # no cause that why_changed lists lacks words


def test_a_report_needs_no_extra(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules |= dict.fromkeys(('plotly', 'polars', 'scipy', 'matplotlib'))\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import drawn, customerhealth as ch\n"
        f"print(ch.report(drawn.panel(), {str(tmp_path / 'bare.html')!r})[0].name)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout == "bare.html\n"
