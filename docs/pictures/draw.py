"""Draws the pictures of the pages anew: python docs/pictures/draw.py (needs Chromium).

Charts have no background, as on any page; what a notebook and the report show is drawn light and dark.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

import customerhealth as ch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "python"))

from browser import Browser  # noqa: E402

START, MIDDLE, END = "2024-07-01", "2025-07-01", "2026-07-01"
AS_OFS = ch.dates("2025-01-01", END, every="1mo")
WIDE, HIGH = 680, 380


def figures() -> tuple[dict[str, Any], ch.Panel, ch.Portfolio, Any]:
    company, model = ch.datasets.simulate(400, START, END, 1), ch.Model.preset("b2b-lifecycle")
    portfolio = ch.Portfolio(model, tables=company.select(model))
    panel = portfolio.score(AS_OFS)
    fallen = panel.movers("health", "2026-06-01", END, n=40).to_pylist()
    account = next(row["account_id"] for row in fallen if (row["change"] or 0) < -20)
    revenue = portfolio.revenue("contracts", mrr="mrr")
    months = ch.dates(MIDDLE, END, every="1mo")
    found = portfolio.validate(
        ["health", "staying"], outcome=ch.outcomes.churn("contracts", gap="30d"), horizon="90d", rounds=200
    )
    return {
        "score": ch.plot.score(panel, account),
        "contributions": ch.plot.contributions(panel.explain(account)),
        "change": ch.plot.change(panel, account, "2026-06-01", END),
        "grades": ch.plot.grades(panel),
        "risk": ch.plot.risk(panel, revenue="arr", renewal="days_to_renewal"),
        "drift": ch.plot.drift(panel, "active_users"),
        "distribution": ch.plot.distribution(panel, "points", "readiness"),
        "funnel": portfolio.funnel("lifecycle", MIDDLE, END).plot(),
        "moves": portfolio.moves("lifecycle", MIDDLE, END).plot(),
        "cohorts": revenue.cohorts(every="1q").plot(),
        "waterfall": revenue.waterfall([MIDDLE, END]).plot(),
        "retention": revenue.retention(months).plot(),
        "survival": ch.clv.KaplanMeier().fit(*lifetimes(company)).plot(),
        "lift": found.plot(),
        "calibration": ch.plot.calibration(found, "staying"),
        "capacity": ch.plot.capacity(found, "staying"),
        "shift": ch.plot.shift(found),
    }, panel, portfolio, company  # fmt: skip


def lifetimes(company: Any) -> tuple[Any, Any]:
    table = ch.clv.lifetimes(company["contracts"], account="account_id", start="start_date", end="end_date", as_of=END)
    return table["duration"].to_numpy(), table["event"].to_numpy(zero_copy_only=False)


def main() -> None:
    drawn, panel, portfolio, company = figures()
    with Browser() as browser, tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        for name, figure in drawn.items():
            high = figure.layout.height or HIGH
            div = figure.to_html(
                full_html=False, include_plotlyjs=False, default_width=f"{WIDE}px", default_height=f"{high}px",
                config={"displayModeBar": False, "staticPlot": True},
            )  # fmt: skip
            body(page, f"<script>{get_plotlyjs()}</script>{div}", "margin:0")
            browser.see_through(True)
            shoot(browser, page, name, WIDE, high, wait="document.querySelector('.main-svg')")
        browser.see_through(False)
        plain = ch.Model.preset("b2b-saas")
        paying = ch.Portfolio(plain, tables=company.select(plain)).score(AS_OFS).filter("mrr > 0")
        fallen = paying.movers("health", "2026-06-01", END, n=1)["account_id"].to_pylist()[0]
        money = portfolio.revenue("contracts", mrr="mrr")
        for scheme in ("light", "dark"):
            browser.emulate("screen", scheme)
            look = "margin:12px;font:16px system-ui,sans-serif;" + LOOKS[scheme]
            body(page, paying._repr_html_(), look)
            shoot(browser, page, f"notebook-{scheme}", 1200, 520)
            body(page, paying.explain(fallen)._repr_html_(), look)
            shoot(browser, page, f"explain-{scheme}", 900, 640)
            (report,) = ch.report(panel.filter("customers"), Path(folder) / "report.html", revenue=money)
            shoot(browser, report, f"report-{scheme}", 1000, 760)
            shoot(browser, report, f"report-account-{scheme}", 1000, 480, fragment="#a0")


LOOKS = {
    "light": "color-scheme:light;background:#fff;color:#111",
    "dark": "color-scheme:dark;background:#111;color:#eee",
}


def body(page: Path, inside: str, style: str) -> None:
    page.write_text(f"<!doctype html><meta charset='utf-8'><body style='{style}'>{inside}")


def shoot(
    browser: Browser, page: Path, name: str, wide: int, high: int, *, fragment: str = "", wait: str = "1"
) -> None:
    browser.open(page, fragment)
    browser.run("document.documentElement.style.overflow = 'hidden'")  # no scroll bar
    while not browser.run(f"Boolean({wait})"):
        pass
    (HERE / f"{name}.png").write_bytes(base64.b64decode(browser.picture(wide, high)))


if __name__ == "__main__":
    main()
