"""The simulated company against its own truth: ids join, the process is what its page says, and can be found again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import customerhealth as ch

START, END = "2024-07-01", "2026-07-01"


@pytest.fixture(scope="module")
def company() -> ch.datasets.Simulation:
    return ch.datasets.simulate(1500, START, END, seed=7)


def frame(company: ch.datasets.Simulation, name: str) -> pd.DataFrame:
    table = company.truth[name] if name in company.truth else company[name]
    return table.to_pandas().assign(account_id=table["account_id"].to_pandas().astype(str))


def fitted(outcome: pd.Series, given: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """A logistic regression by Newton's method: coefficients and their standard errors."""
    columns = np.column_stack([np.ones(len(given)), given.to_numpy(float)])
    beta = np.zeros(columns.shape[1])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-columns @ beta))
        information = columns.T * (chance * (1 - chance)) @ columns
        beta += np.linalg.solve(information, columns.T @ (outcome.to_numpy(float) - chance))
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    names = ["base", *given.columns]
    return pd.Series(beta, names), pd.Series(errors, names)


def test_the_stated_strengths_are_found_in_who_left(company: ch.datasets.Simulation) -> None:
    renewals = frame(company, "renewals")
    given = renewals[["health", "first_year", "slow_onboarding", "single_threaded", "budget_cut"]].astype(float)
    given = given.assign(no_champion=1.0 - renewals["champion"], urgent=renewals["urgent_tickets"].clip(upper=3))
    stated = {"base": -2.9, "health": -1.2, "first_year": 0.4, "slow_onboarding": 0.9, "single_threaded": 0.7}
    stated |= {"budget_cut": 1.6, "no_champion": 0.8, "urgent": 0.5}
    beta, errors = fitted(~renewals["renewed"].astype(bool), given)
    assert errors.max() < 0.6
    assert ((beta - pd.Series(stated)).abs() < 3 * errors).all(), (beta, errors)
    causes = renewals.loc[~renewals["renewed"], "cause"].value_counts()
    assert set(causes.index) == {"experience", "champion", "support", "onboarding", "single_threaded", "budget"}
    assert causes.iloc[0] == causes["experience"]


def test_breadth_brings_expansion(company: ch.datasets.Simulation) -> None:
    """In the month after, of those who need a further product; and upsell of those whose seats are wanted."""
    months = frame(company, "months").query("customer")
    months = months[~months["intent"].astype(bool)]
    deals = frame(company, "opportunities")
    for kind, open_to, low in (("cross_sell", months["products_needed"] > 0, 4), ("upsell", months["seats"] > 0, 4)):
        sold = deals[deals["kind"] == kind]
        month = sold["opened_at"].dt.tz_localize(None).astype("datetime64[us]").to_numpy().astype("datetime64[M]")
        opened = set(zip(sold["account_id"], month.astype("datetime64[us]").astype(str), strict=True))
        rows = months[open_to]
        at = rows["as_of"].dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(str)
        hit = np.array([key in opened for key in zip(rows["account_id"], at, strict=True)])
        wide, narrow = (rows["features_in_use"] >= 8).to_numpy(), (rows["features_in_use"] <= low).to_numpy()
        assert hit[wide].mean() > 2 * hit[narrow].mean() > 0, kind


def test_ids_join(company: ch.datasets.Simulation) -> None:
    accounts = set(frame(company, "accounts")["account_id"])
    for name in company:
        known = set(frame(company, name)["account_id"]) <= accounts
        assert known or name in ("touches", "signals"), name
    people = set(company["people"]["person_id"].to_pylist())
    for name, column in (
        ("usage", "user_id"),
        ("surveys", "person_id"),
        ("tickets", "person_id"),
        ("activities", "person_id"),
        ("mails", "person_id"),
        ("meetings", "person_id"),
        ("leads", "lead_id"),
        ("purchases", "person_id"),
        ("contacts", "contact_id"),
    ):
        persons = set(company[name][column].unique().to_pylist()) - {None}
        assert len(persons - people) <= 0.01 * len(persons), name
    contracts = set(company["contracts"]["contract_id"].to_pylist())
    assert set(company["entitlements"]["contract_id"].to_pylist()) <= contracts
    assert set(company["invoices"]["contract_id"].to_pylist()) <= contracts | set(
        company["purchases"]["contract_id"].to_pylist()
    )
    assert set(company["payments"]["invoice_id"].to_pylist()) <= set(company["invoices"]["invoice_id"].to_pylist())
    deals = frame(company, "opportunities").set_index("opportunity_id")
    stages = frame(company, "opportunity_stages")
    assert (deals.loc[stages["opportunity_id"], "account_id"].to_numpy() == stages["account_id"].to_numpy()).all()
    leads = set(company["leads"]["lead_id"].to_pylist())
    for name in ("lead_scores", "decisions"):
        assert set(company[name]["lead_id"].to_pylist()) - leads <= people


def test_stages_of_a_deal_come_in_order_and_end_as_the_deal_does(company: ch.datasets.Simulation) -> None:
    stages, deals = frame(company, "opportunity_stages"), frame(company, "opportunities").set_index("opportunity_id")
    order = {
        name: place for place, name in enumerate(("accepted", "qualified", "evaluation", "decision", "won", "lost"))
    }
    stages = stages.assign(place=stages["stage"].astype(str).map(order)).sort_values(["opportunity_id", "place"])
    later = stages.groupby("opportunity_id")["entered_at"].diff().dropna()
    assert (later >= pd.Timedelta(0)).all()
    last = stages.groupby("opportunity_id").last()
    ended = deals.loc[last.index]
    assert (last["stage"].eq("won") == ended["won"].eq(True)).all()
    assert (last["stage"].eq("lost") == ended["won"].eq(False)).all()


def test_a_contract_is_corrected_by_a_later_row_of_its_key(company: ch.datasets.Simulation) -> None:
    rows = frame(company, "contracts").sort_values(["contract_id", "signed_at"])
    again = rows[rows.duplicated("contract_id", keep=False)]
    first = again.drop_duplicates("contract_id").set_index("contract_id")
    last = again.drop_duplicates("contract_id", keep="last").set_index("contract_id")
    noticed = last["notice_given"]
    assert noticed.sum() > 50
    assert not rows.drop_duplicates("contract_id")["notice_given"].any(), "a notice is never the first row"
    runs_on = first["end_date"].isna()
    corrected = first[~noticed & ~runs_on]
    ratio = corrected["mrr"] / last.loc[corrected.index, "mrr"]
    assert len(ratio) > 50
    assert ratio.between(1.09, 1.11).all()
    same = ["start_date", "seats", "product", "kind", "term_months"]
    assert (first[same] == last[same]).all(axis=None)
    assert (first["end_date"] == last["end_date"])[~runs_on].all()


def test_some_contracts_have_no_end_before_a_row_gives_them_one(company: ch.datasets.Simulation) -> None:
    rows = frame(company, "contracts").sort_values(["contract_id", "signed_at"])
    first, last = (
        rows.drop_duplicates("contract_id", keep=side).set_index("contract_id") for side in ("first", "last")
    )
    runs_on = first["end_date"].isna()
    assert runs_on.equals(first["term_months"].eq(0))
    assert 0.05 < runs_on.mean() < 0.12
    still, ended = last[runs_on & last["end_date"].isna()], last[runs_on & last["end_date"].notna()]
    assert min(len(still), len(ended)) > 30
    assert ended["notice_given"].sum() > 3
    assert (ended["end_date"] > ended["start_date"]).all()
    core = last[last["product"].eq("core") & last["kind"].isin(["new", "renewal"])].sort_values("start_date")
    assert not core[core["end_date"].isna()].duplicated("account_id").any(), "one at most runs on at the end of the log"
    follows = core.assign(next=core.groupby("account_id")["start_date"].shift(-1), kind=core["kind"])
    follows = follows[follows["next"].notna() & follows["term_months"].eq(0)]
    assert (follows["end_date"] <= follows["next"]).all(), "it ends where the next one begins"
    brought = frame(company, "entitlements").sort_values("signed_at")
    brought = brought.drop_duplicates(["contract_id", "feature"], keep="last")
    mine = last.loc[brought["contract_id"], "end_date"]
    assert (brought["end_date"].isna().to_numpy() == mine.isna().to_numpy()).all(), "features end with their contract"


def test_accounts_are_corrected_and_change_hands_from_a_day_on(company: ch.datasets.Simulation) -> None:
    rows = frame(company, "accounts")
    first, later = rows.drop_duplicates("account_id"), rows[rows.duplicated("account_id")]
    assert later["known_at"].is_monotonic_increasing
    assert 0.1 < len(later) / len(first) < 0.2
    before = first.set_index("account_id").loc[later["account_id"]].reset_index()
    later = later.reset_index(drop=True)
    assert (later["known_at"] > before["known_at"]).all()
    same = ["segment", "region", "name", "created_at", "sales_owner", "marketing_owner", "target"]
    assert (later[same].astype(str) == before[same].astype(str)).all(axis=None)
    owner, industry = (later[name].ne(before[name].astype(later[name].dtype)) for name in ("owner", "industry"))
    assert (owner | industry).all()
    assert owner.sum() > industry.sum() > 10
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"accounts": {"kind": "accounts", "account": "account_id", "known": "known_at"}},
            "metrics": {"owner": {"formula": "accounts.owner"}},
        }
    )
    row = later[owner].iloc[-1]
    portfolio = ch.Portfolio(model, accounts=company["accounts"])
    seen = portfolio.score([row["known_at"], row["known_at"] + pd.Timedelta(microseconds=1)]).to_pandas()
    mine = seen[seen["account_id"] == row["account_id"]].sort_values("as_of")["owner"].astype(str).to_list()
    assert mine == [str(before.loc[row.name, "owner"]), str(row["owner"])]


def test_what_a_ticket_is_about_is_under_contract_and_automation_is_harder_to_help_with(
    company: ch.datasets.Simulation,
) -> None:
    answers, tickets, contracts = (frame(company, name) for name in ("satisfaction", "tickets", "contracts"))
    contracts = contracts.drop_duplicates("contract_id", keep="last")
    for product in ("analytics", "automation"):
        about = tickets[tickets["product"] == product].merge(
            contracts[contracts["product"] == product], on="account_id"
        )
        held = (about["start_date"] <= about["opened_at"]) & ~(about["end_date"] <= about["opened_at"])
        assert held.groupby(about["ticket_id"]).any().mean() > 0.99, "but for renewals signed late"
    by = answers.groupby("product", observed=True)["score"].agg(["mean", "size"])
    assert by["size"].min() > 150
    assert by.loc["automation", "mean"] < by.loc["core", "mean"] - 0.1


def test_anonymous_touches_are_matched_later(company: ch.datasets.Simulation) -> None:
    touches = frame(company, "touches")
    wait = (touches["known_at"] - touches["occurred_at"]).dt.total_seconds() / 86_400
    nameless = touches["person_id"].isna()
    assert 0.15 < nameless.mean() < 0.6
    assert wait[nameless].median() > 5
    accounts = frame(company, "accounts").drop_duplicates("account_id").set_index("account_id")["known_at"]
    known = touches[touches["account_id"].isin(accounts.index)]
    assert (known["known_at"] >= known["account_id"].map(accounts)).all()
    assert len(known) == len(touches)


def test_people_change_their_employer(company: ch.datasets.Simulation) -> None:
    people = frame(company, "people")
    employers = people.groupby("person_id")["account_id"].nunique()
    movers = employers[employers > 1].index
    assert len(movers) > 20
    rows = people[people["person_id"].isin(movers)].sort_values(["person_id", "known_at"])
    last = rows.drop_duplicates("person_id", keep="last").set_index("person_id")
    assert last["left_at"].isna().all()
    contacts = frame(company, "contacts")
    here = set(zip(contacts["contact_id"], contacts["account_id"], strict=True))
    assert set(zip(last.index, last["account_id"], strict=True)) <= here


def test_who_has_no_budget_pays_late(company: ch.datasets.Simulation) -> None:
    invoices = frame(company, "invoices").merge(frame(company, "payments")[["invoice_id", "paid_at"]], on="invoice_id")
    late = (invoices["paid_at"] > invoices["due_at"]).groupby(invoices["account_id"]).mean()
    renewals = frame(company, "renewals").groupby("account_id")["budget_cut"].any()
    both = pd.concat([late.rename("late"), renewals], axis=1).dropna()
    cut = both["budget_cut"].astype(bool)
    assert both.loc[cut, "late"].mean() > 2 * both.loc[~cut, "late"].mean()


def test_the_months_tell_each_account_once_a_month_from_its_first_touch_on(company: ch.datasets.Simulation) -> None:
    months = frame(company, "months")
    assert not months.duplicated(["account_id", "as_of"]).any()
    assert months["as_of"].nunique() == 24
    per_account = months.groupby("account_id")["as_of"].agg(["min", "count"])
    begin = pd.to_datetime(per_account["min"]).dt.tz_localize(None).to_numpy().astype("datetime64[M]")
    assert (per_account["count"].to_numpy() == (np.datetime64("2026-07") - begin).astype(int)).all()
    assert set(months["stage"]) == {"attract", "nurture", "convert", "retain", "grow"}
    assert months["customer"].eq(months["stage"].isin(["retain", "grow"])).all()
    begun = months.sort_values("as_of").groupby("account_id")["customer"]
    gap = begun.shift(1).eq(True) & begun.shift(-1).eq(True) & ~months.sort_values("as_of")["customer"].astype(bool)
    assert not gap.any(), "nobody is no customer for a month between two terms"
    told = months[["health", "hazard", "cause", "intent", "used_rarely"]].notna().all(axis=1)
    assert told.eq(months["customer"]).all()


def test_the_crossing_is_where_gains_reach_what_was_paid(company: ch.datasets.Simulation) -> None:
    crossings, invoices, outcomes = (frame(company, name) for name in ("crossings", "invoices", "outcomes"))
    assert len(crossings) > 500
    for row in crossings.head(40).itertuples():
        paid = invoices[(invoices["account_id"] == row.account_id) & (invoices["invoiced_at"] <= row.crossed_at)]
        gained = outcomes[outcomes["account_id"] == row.account_id]
        upto = gained[gained["reached_at"] <= row.crossed_at]["value"].sum()
        before = gained[gained["reached_at"] < row.crossed_at]["value"].sum()
        assert upto >= paid["amount"].sum() - 1e-6
        assert before < paid["amount"].sum() or before == 0


def test_a_seed_of_any_size_gives_the_same_bytes_each_time() -> None:
    one, same = (ch.datasets.simulate(30, "2025-01-01", "2025-07-01", seed=2**70) for _ in range(2))
    assert all(one[name].equals(same[name]) for name in one)
