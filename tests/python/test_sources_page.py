"""docs/sources.md lists every layout of the package with a file that a test reads.

python tests/python/test_sources_page.py    writes its table anew
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import customerhealth as ch
from exports import EXPORTS

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
SYSTEMS = [
    *("Stripe", "Chargebee", "HubSpot", "Salesforce", "Zendesk", "Intercom", "Jira", "Segment", "Mixpanel"),
    *("Amplitude", "PostHog", "GA4 (BigQuery export)", "Snowflake", "BigQuery", "Typeform", "Delighted"),
    *("SurveyMonkey", "Gainsight", "dbt snapshots", "Fivetran history mode", "Airbyte", "Excel"),
]
_TABLE = re.compile(r"(<!-- exports: .*? -->\n).*?(<!-- /exports -->)", re.DOTALL)


def lines() -> list[str]:
    """The table: a line for each layout, systems in the order of the page."""
    rows = ["| system | export | by path | source | `known` | asked |", "| --- | --- | --- | --- | --- | --- |"]
    written = Path(ch.sources.__file__).parent
    layouts = {name: json.loads((written / f"{name}.json").read_text()) for name in ch.sources.names()}
    files = {export.source: export.file for export in EXPORTS}
    for export in EXPORTS:
        files |= {layouts[export.source]["needs"][table]: file for table, file in export.beside.items()}
    for name in sorted(layouts, key=lambda name: (SYSTEMS.index(layouts[name]["system"]), name)):
        layout, file = layouts[name], files[name]
        is_text = "{" not in file and not file.endswith((".xlsx", ".parquet"))
        shown = f"[{file}](../tests/data/exports/{file})" if is_text else f"`{file.rpartition('/')[2]}`"
        known = layout["table"].get("known")
        asked = (
            ", ".join(layout["metrics"])
            or {"accounts": "who is an account", "keys": "whose a key is"}[layout["table"]["kind"]]
        )
        rows.append(
            f"| {layout['system']} | [{layout['export']}]({layout['page']}) | {shown} | `{name}` | "
            f"{f'`{known}`' if known else '–'} | {asked} |"
        )
    return rows


def page() -> str:
    """The page as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    return _TABLE.sub(lambda found: found[1] + "\n" + "\n".join(lines()) + "\n\n" + found[2], text)


def test_the_page_lists_every_layout_with_its_file() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python tests/python/test_sources_page.py writes it anew"
    assert all(f"| `{name}` |" in page() for name in ch.sources.names())


def test_every_system_of_the_page_has_a_layout() -> None:
    systems = [ch.sources.describe(name).partition(":")[0] for name in ch.sources.names()]
    assert sorted(set(systems)) == sorted(SYSTEMS)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
