"""Draws the pictures of docs/charts.md anew: python docs/pictures/draw.py (needs Chromium)."""

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
WIDE, HIGH = 680, 380


def figures() -> tuple[dict[str, Any], ch.Panel, ch.Portfolio]:
    company, model = ch.datasets.simulate(400, START, END, 1), ch.Model.preset("b2b-lifecycle")
    portfolio = ch.Portfolio(model, tables=company.select(model))
    panel = portfolio.score(ch.dates("2025-01-01", END, every="1mo"))
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
    }, panel, portfolio  # fmt: skip


def lifetimes(company: Any) -> tuple[Any, Any]:
    table = ch.clv.lifetimes(company["contracts"], account="account_id", start="start_date", end="end_date", as_of=END)
    return table["duration"].to_numpy(), table["event"].to_numpy(zero_copy_only=False)


def main() -> None:
    drawn, panel, portfolio = figures()
    with Browser() as browser, tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        for name, figure in drawn.items():
            div = figure.to_html(
                full_html=False, include_plotlyjs=False, default_width=f"{WIDE}px", default_height=f"{HIGH}px",
                config={"displayModeBar": False, "staticPlot": True},
            )  # fmt: skip
            style = "margin:0;background:#111" if name == "moves" else "margin:0;background:#fff"
            page.write_text(
                f"<!doctype html><meta charset='utf-8'><body style='{style}'><script>{get_plotlyjs()}</script>{div}"
            )
            shoot(browser, page, name, WIDE, HIGH, wait="document.querySelector('.main-svg')")
        (report,) = ch.report(panel.filter("customers"), page, revenue=portfolio.revenue("contracts", mrr="mrr"))
        shoot(browser, report, "report", 1000, 760)
        browser.open(report, "#a0")
        shoot(browser, report, "report-account", 1000, 480, fragment="#a0")


def shoot(
    browser: Browser, page: Path, name: str, wide: int, high: int, *, fragment: str = "", wait: str = "1"
) -> None:
    browser.open(page, fragment)
    while not browser.run(f"Boolean({wait})"):
        pass
    (HERE / f"{name}.png").write_bytes(base64.b64decode(browser.picture(wide, high)))


if __name__ == "__main__":
    main()
