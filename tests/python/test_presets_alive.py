"""Every preset at work on data made for it: nothing in it is dead."""

from __future__ import annotations

from types import SimpleNamespace

import pyarrow as pa
import pytest
from typer.testing import CliRunner

import customerhealth as ch
from alive import dead
from customerhealth.cli import app

# What can never be met, with the reason: everything else has to be.
_NEVER_SILENT = "days and weeks without use count as 0 since the first of them; silent is for tables without such days"
SAAS = {
    "engagement.stickiness reason silent": _NEVER_SILENT,
    "engagement.rhythm reason silent": _NEVER_SILENT,
    "adoption.habit reason silent": _NEVER_SILENT,
}
HALF = {"similar_with_automation.above high": "of no size do more than half have automation"}
FINAL = {
    "lead-stages": {"stage lead.won not left": "won is for good"},
    "onboarding": {"stage usage_journey.value not left": "the last milestone stays reached"},
    "value-journey": {"stage value.value_expansion not left": "the crossover counts once"},
    "demandbase-stages": {"stage stage.customer not left": "won is for good"},
    "b2b-saas": SAAS,
    "customer-cohorts": HALF,
    "b2b-lifecycle": {**SAAS, **HALF, "stage value.value_expansion not left": "the crossover counts once"},
}
OF_THE_COMPANY = [
    "b2b-buyer-journey",
    "b2b-lifecycle",
    "b2b-saas",
    "churnzero",
    "contact-engagement",
    "customer-cohorts",
    "customer-lifecycle",
    "lead-stages",
    "natero",
    "onboarding",
    "person-class",
    "planhat",
    "value-journey",
    "vitally",
]
PUT_IN = {"repeated_rows", "key_in_accounts", "null_account"}  # null_account: a deal that no lead brought


@pytest.fixture(scope="module")
def company() -> ch.datasets.Simulation:
    return ch.datasets.simulate(500, "2024-07-01", "2026-07-01", seed=3)


@pytest.mark.parametrize("name", OF_THE_COMPANY)
def test_all_of_a_preset_is_alive(company: ch.datasets.Simulation, name: str) -> None:
    model = ch.Model.preset(name)
    tables = company.select(model)
    assert set(tables) == set(model.tables)
    found = dead(model, tables, ch.dates("2025-01-01", "2026-07-01", every="1mo"))
    assert found == list(FINAL.get(name, {}))
    assert set(ch.Portfolio(model, tables=tables).quality()["check"].to_pylist()) <= PUT_IN


def test_leads_of_the_company_are_scored(company: ch.datasets.Simulation) -> None:
    """People are ten times as many as accounts, and two dates see all of GitLab's actions."""
    model = ch.Model.preset("gitlab-leads")
    tables = company.select(model)
    assert set(tables) == set(model.tables)
    assert dead(model, tables, ch.dates("2025-07-01", "2026-07-01", every="1y")) == []
    assert set(ch.Portfolio(model, tables=tables).quality()["check"].to_pylist()) <= PUT_IN


def test_the_company_has_all_that_it_can_of_every_preset(company: ch.datasets.Simulation) -> None:
    models = {name: ch.Model.preset(name) for name in ch.Model.presets()}
    whole = {name for name, model in models.items() if set(company.select(model)) == set(model.tables)}
    assert whole == {*OF_THE_COMPANY, "gitlab-leads"}
    for name in {*ch.Model.presets()} - whole - {"oss-projects", "buying-group"}:
        model, made = models[name], ch.datasets.tables_for(name, accounts=20)
        assert set(made) == set(model.tables), name
        assert set(company.select(model)) < set(model.tables), name


@pytest.mark.parametrize("name", sorted({*ch.Model.presets()} - {*OF_THE_COMPANY, "gitlab-leads", "oss-projects"}))
def test_all_of_a_published_model_is_alive_on_tables_in_its_words(name: str) -> None:
    model, tables = ch.Model.preset(name), ch.datasets.tables_for(name)
    found = dead(model, tables, ch.dates("2025-01-01", "2026-07-01", every="1mo"))
    assert found == list(FINAL.get(name, {}))
    assert set(ch.Portfolio(model, tables=tables).quality()["check"].to_pylist()) <= PUT_IN


def test_the_model_of_the_demo_is_alive_on_its_log() -> None:
    model = ch.Model.preset("oss-projects")
    found = dead(model, ch.datasets.tables_for("oss-projects"), ch.dates("2010-01-01", "2026-07-01", every="1q"))
    assert found == ["cap health gone quiet"], "who is quiet for 90 days is below its 25 points anyway"
    log = ch.datasets.tables_for("oss-projects")
    real = {"repeated_rows", "known_before_time"}  # commits twice in a log, and clocks that were wrong
    assert {row["check"] for row in ch.Portfolio(model, tables=log).quality().to_pylist()} <= real


@pytest.mark.parametrize("name", ["planhat", "gitlab", "buying-group", "oss-projects"])
def test_the_command_says_on_what_data_to_try_a_preset(name: str) -> None:
    done = CliRunner().invoke(app, ["presets", name])
    assert ch.Model.parse(done.stdout).name == name, "the model alone is on stdout"
    said, line = done.stderr.splitlines()
    assert said.startswith("To try it on the ")
    assert line.startswith('python -c "import customerhealth as ch; print(')
    scored = line.partition("print(")[2].rpartition(')"')[0]
    given = ch.datasets.tables_for(name, accounts=30)
    rows = eval(scored, {"ch": Small(given)})
    assert len(rows) > 10


@pytest.mark.parametrize("name", ch.Model.presets())
def test_each_preset_has_a_line_to_try_it(name: str) -> None:
    done = CliRunner().invoke(app, ["presets", name])
    said, line = done.stderr.splitlines()
    assert said.startswith("To try it on the ")
    compile(line.removeprefix('python -c "').removesuffix('"'), name, "exec")
    assert f"tables_for('{name}')" in line


class Small:
    """The package, with few accounts in the tables to try a preset on."""

    def __init__(self, given: dict[str, pa.Table]) -> None:
        self.Portfolio, self.Model = ch.Portfolio, ch.Model
        self.datasets = SimpleNamespace(tables_for=lambda name: given)


def test_what_is_dead_is_told() -> None:
    """The check itself: an empty company has everything dead."""
    model = ch.Model.preset("customer-cohorts")
    company = ch.datasets.simulate(1, "2026-06-01", "2026-07-01", seed=0)
    found = dead(model, company.select(model), ["2026-07-01"])
    assert {"play save never opens", "cohort at_risk never True", "metric recommend"} <= set(found)
