"""Lifetime value models give the numbers of the literature and of the packages before them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import customerhealth as ch

DATA = Path(__file__).parents[1] / "data" / "clv"
MODELS: dict[str, tuple[Any, str]] = {
    "bgnbd": (ch.clv.BGNBD, "r alpha a b"),
    "mbgnbd": (ch.clv.MBGNBD, "r alpha a b"),
    "pnbd": (ch.clv.ParetoNBD, "r alpha s beta"),
    "gg": (ch.clv.GammaGamma, "p q v"),
    "bgbb": (ch.clv.BGBB, "alpha beta gamma delta"),
}
CDNOW = {
    "bgnbd": ch.clv.BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426),
    "mbgnbd": ch.clv.MBGNBD.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614),
    "pnbd": ch.clv.ParetoNBD.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669),
}
SPEND = ch.clv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)


def table(name: str, **options: Any) -> pd.DataFrame:
    return pd.read_csv(DATA / name, **options)


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def value_of(model: Any, case: dict[str, str]) -> float:
    x, t_x, age, t, n, d, m = (float(case[k]) if case[k] else None for k in ("x", "t_x", "T", "t", "n", "d", "m"))
    customer = (x, m) if case["model"] == "gg" else (x, t_x, age)
    asked = {
        "conditional_expected_purchases": lambda: model.expected_purchases(t, *customer),
        "expected_purchases": lambda: model.expected_purchases_new(t),
        "log_likelihood": lambda: model.log_likelihood(*customer),
        "p_alive": lambda: model.probability_alive(*customer),
        "p_alive_at": lambda: model.probability_alive(*customer, ahead=t),
        "prob_n_purchases": lambda: model.probability_of_n_purchases(n, t),
        "conditional_prob_n_purchases": lambda: model.conditional_probability_of_n_purchases(n, t, *customer),
        "discounted_expected_residual_transactions": lambda: model.discounted_expected_residual_transactions(
            d, *customer
        ),
        "posterior_mean_dropout_rate": lambda: model.posterior_mean_dropout_rate(*customer),
        "posterior_mean_transaction_rate": lambda: model.posterior_mean_transaction_rate(*customer),
        "expected_value": lambda: model.expected_value(*customer),
    }
    return float(asked[case["quantity"]]())


@pytest.mark.parametrize("model", MODELS)
def test_single_values_agree_with_integration_to_25_digits(model: str) -> None:
    kind, names = MODELS[model]
    cases = [case for case in rows("point_cases.csv") if case["model"] == model]
    assert len(cases) > 10
    for case in cases:
        params = {name: float(case[f"p{i}"]) for i, name in enumerate(names.split(), 1)}
        expected = float(case["high_precision"])
        assert value_of(kind.from_params(**params), case) == pytest.approx(expected, rel=1e-11), case


def fitted(model: str, dataset: str) -> Any:
    name = dataset.partition(",")[0].partition(" ")[0]
    data = table(name)
    if model == "gg":
        return ch.clv.GammaGamma().fit(data["x"], data["zbar"])
    if model == "bgbb":
        return ch.clv.BGBB().fit(data["frequency"], data["recency"], data["periods"], weights=data["weights"])
    return MODELS[model][0]().fit(data["frequency"], data["recency"], data["T"])


@pytest.mark.parametrize("fit", json.loads((DATA / "fits.json").read_text()), ids=lambda f: f["model"] + f["dataset"])
def test_fits_reach_the_likelihood_and_the_parameters_of_others(fit: dict[str, Any]) -> None:
    model = fitted(fit["model"], fit["dataset"])
    assert model.converged_
    assert model.n_customers_ == fit["n"]
    assert model.log_likelihood_ >= fit["log_likelihood"] - 1e-6
    assert model.params_ == pytest.approx(fit["params"], rel=1e-5)


def published() -> list[dict[str, str]]:
    return rows("published.csv")


@pytest.mark.parametrize("case", published(), ids=lambda c: f"{c['model']} {c['quantity']} {c['at']}")
def test_what_is_printed_in_papers_comes_out(case: dict[str, str]) -> None:
    at = dict(part.split("=") for part in case["at"].split() if "=" in part)
    numbers = {name: float(value) for name, value in at.items()}
    quantity, name = case["quantity"], case["model"]
    if name == "sbg":
        if "per customer" in quantity:
            s = ch.clv.SBG.from_params(alpha=1, beta=1).survival(np.arange(8))
            left = table("survivors_by_year.csv")["high_end"].to_numpy()[:8]
            got = float((-np.diff(left) * np.log(-np.diff(s))).sum() + left[-1] * np.log(s[-1])) / 1000
        else:
            model = ch.clv.SBG().fit(table("survivors_by_year.csv")["high_end"][:8])
            got = model.log_likelihood_ if quantity == "log_likelihood" else model.params_[quantity.split()[1]]
    else:
        model = fitted(name, case["dataset"])
        customer = [numbers[k] for k in ("x", "t_x", "T", "n") if k in numbers]
        if quantity.startswith("param "):
            got = model.params_[quantity.split()[1]]
        elif quantity == "log_likelihood":
            got = model.log_likelihood_
        elif quantity == "expected_value":
            data = table("cdnow_customers_summary_with_transactions.csv").iloc[int(case["at"].split()[1]) - 1]
            got = model.expected_value(data["x"], data["zbar"])
        elif quantity == "expected_purchases":
            got = model.expected_purchases_new(numbers["t"])
        elif quantity == "conditional_expected_purchases":
            got = model.expected_purchases(numbers["t"], *customer)
        elif quantity.startswith("p_alive"):
            got = model.probability_alive(*customer)
        else:  # expected donors with n repeat gifts
            got = 11104 * model.probability_of_n_purchases(int(quantity.split()[3]), 6)
    assert got == pytest.approx(float(case["value"]), rel=0, abs=float(case["tolerance"]))


@pytest.mark.parametrize("name", CDNOW)
def test_customers_of_cdnow_get_their_expectations(name: str) -> None:
    expected = table("cdnow_customers_even.csv")
    data = table("cdnow_customers_summary_with_transactions.csv").set_index("ID").loc[expected["customer_id"]]
    customers = data["x"], data["t_x"], data["T"]
    np.testing.assert_allclose(CDNOW[name].probability_alive(*customers), expected[f"{name}_p_alive"], rtol=1e-11)
    np.testing.assert_allclose(
        CDNOW[name].expected_purchases(39, *customers), expected[f"{name}_expected_39"], rtol=1e-11
    )


def test_customers_of_cdnow_get_their_value() -> None:
    expected = table("cdnow_customers_even.csv")
    data = table("cdnow_customers_summary_with_transactions.csv").set_index("ID").loc[expected["customer_id"]]
    columns = [data[name] for name in ("x", "t_x", "T", "zbar")]
    value = ch.clv.purchase_value(CDNOW["bgnbd"], SPEND, *columns, period_length=4.345).table
    np.testing.assert_allclose(value["expected_value"], expected["gg_expected_value"], rtol=1e-11)
    np.testing.assert_allclose(value["value"], expected["clv_bgnbd_12m_r0.01_W"], rtol=1e-11)


def test_the_probability_to_be_alive_over_a_grid() -> None:
    grid = table("p_alive_grid_bgnbd_T38.csv")
    got = CDNOW["bgnbd"].probability_alive(grid["x"], grid["t_x"], grid["T"])
    np.testing.assert_allclose(got, grid["p_alive"], rtol=0, atol=1e-11)


def test_expected_donors_by_number_of_gifts() -> None:
    expected = table("donations_expected_donors_by_count_first6.csv")
    model = ch.clv.BGBB.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    got = 11104 * model.probability_of_n_purchases(expected["frequency"], 6)
    np.testing.assert_allclose(got, expected["model"], rtol=1e-10)


def cdnow_log() -> pd.DataFrame:
    log = table("CDNOW_sample.txt", sep=r"\s+", header=None, names=["all_id", "id", "date", "cds", "amount"], dtype=str)
    return log.assign(
        date=pd.to_datetime(log["date"], format="%Y%m%d"), amount=log["amount"].astype(float), id=log["id"].astype(int)
    )


def test_summaries_of_the_cdnow_log_are_those_of_lifetimes() -> None:
    got = ch.clv.rfm(cdnow_log(), account="id", time="date", amount="amount", end="1997-09-30")
    expected = table("cdnow_sample_rfm_day_19970930.csv")
    assert got["account_id"].to_pylist() == expected["id"].tolist()
    assert got.schema.metadata[b"rows_after_end"] == b"1959"
    for name in ("frequency", "recency", "T", "monetary_value"):
        np.testing.assert_allclose(got[name], expected[name], rtol=0, atol=1e-9)


def test_summaries_with_a_holdout_are_those_of_lifetimes() -> None:
    log = DATA / "example_transactions.csv"
    whole = ch.clv.rfm(log, account="id", time="date", end="2014-12-31")
    expected = by_text(table("example_transactions_rfm_day_20141231.csv"))
    split = ch.clv.rfm(log, account="id", time="date", end="2014-12-31", calibration_end="2014-09-01")
    expected_split = by_text(table("example_transactions_calibration_20140901_holdout_20141231_day.csv"))
    assert whole["account_id"].to_pylist() == expected["id"].tolist()
    assert split["account_id"].to_pylist() == expected_split["id"].tolist()
    for name in ("frequency", "recency", "T"):
        assert whole[name].to_pylist() == expected[name].tolist()
        assert split[name].to_pylist() == expected_split[f"{name}_cal"].tolist()
    for name in ("frequency_holdout", "duration_holdout"):
        assert split[name].to_pylist() == expected_split[name].tolist()


def by_text(customers: pd.DataFrame) -> pd.DataFrame:
    """With ids as a CSV has them, texts, and in their order."""
    return customers.astype({"id": str}).sort_values("id")


def test_cumulative_purchases_of_cdnow_by_week() -> None:
    log = cdnow_log()
    first = log.groupby("id")["date"].min()
    model = CDNOW["bgnbd"]
    for row in table("tracking_cdnow_sample_bgnbd_39_weeks.csv").itertuples():
        end = log["date"].min() + pd.Timedelta(days=7 * row.step)
        age = ((end - first).dt.days / 7).clip(lower=0)
        assert model.expected_purchases_new(age).sum() == pytest.approx(row.predicted, rel=1e-10)
        seen = ch.clv.rfm(log, account="id", time="date", end=end - pd.Timedelta(days=1))
        assert sum(seen["frequency"].to_pylist()) == row.actual


def test_a_customer_replayed_day_by_day() -> None:
    params = {name: float(value) for name, value in rows("alive_path_params.csv")[0].items()}
    model = ch.clv.BGNBD.from_params(**params)
    log = table("example_transactions.csv", parse_dates=["date"])
    for account, path in table("alive_path_example_transactions.csv").groupby("id"):
        days = np.unique((log.loc[log["id"] == account, "date"].dt.normalize()).to_numpy())
        ages = (days - days[0]) / np.timedelta64(1, "D")
        steps = path["step"].to_numpy()
        frequency = (ages <= steps[:, None]).sum(axis=1) - 1
        recency = ages[frequency]
        np.testing.assert_allclose(model.probability_alive(frequency, recency, steps), path["p_alive"], atol=1e-11)


@pytest.mark.parametrize("case", rows("sbg_bdw_fits.csv"), ids=lambda c: f"{c['model']} {c['renewals_used']}")
def test_renewals_are_projected_as_published(case: dict[str, str]) -> None:
    survivors = table("survivors_by_year.csv")[case["segment"]][: int(case["renewals_used"]) + 1]
    model = {"sBG": ch.clv.SBG, "BdW": ch.clv.BDW}[case["model"]]().fit(survivors)
    assert model.log_likelihood_ >= float(case["log_likelihood"]) - 1e-5
    assert model.params_ == pytest.approx({name: float(case[name]) for name in model.params_}, rel=1e-5)
    projected = [float(value) for value in case["projected"].split(";")]
    np.testing.assert_allclose(model.survival(np.arange(len(projected))), projected, atol=1e-6)


@pytest.mark.parametrize("case", rows("sbg_residual_lifetime.csv"), ids=lambda c: c["renewals"])
def test_residual_lifetimes_by_each_convention(case: dict[str, str]) -> None:
    model = ch.clv.SBG.from_params(alpha=float(case["alpha"]), beta=float(case["beta"]))
    d, n = float(case["discount"]), float(case["renewals"])
    got = {
        "derl_renewal_due": model.discounted_expected_residual_lifetime(d, n),
        "derl_just_renewed": model.discounted_expected_residual_lifetime(d, n, just_renewed=True),
        "retention_next": model.retention(n + 1),
        "expected_churn_probability": 1 - model.retention(n + 1),
        "del_new_customer": model.discounted_expected_lifetime(d) if case["del_new_customer"] else None,
    }
    assert {k: v for k, v in got.items() if v is not None} == pytest.approx(
        {name: float(case[name]) for name in got if case[name]}, rel=1e-11
    )


@pytest.mark.parametrize("name", ["waltons", "leukemia"])
def test_kaplan_meier_curves_are_those_of_lifelines(name: str) -> None:
    data, curve = table(f"km_{name}_input.csv"), table(f"km_{name}_curve.csv")
    for summary in json.loads((DATA / "survival.json").read_text())[name]["summary"]:
        group = summary["group"]
        chosen = data if group == "all" else data[data["group"].astype(str) == group]
        km = ch.clv.KaplanMeier().fit(chosen["duration"], chosen["event"])
        expected = curve[curve["group"].astype(str) == group]
        for column in ("time", "at_risk", "observed", "censored", "survival", "ci_low", "ci_high", "cumulative_hazard"):
            np.testing.assert_allclose(km.table_[column], expected[column], rtol=0, atol=1e-10)
        got = {
            "median": km.median_,
            "quantile_time_S<=0.25": km.quantile(0.25),
            "quantile_time_S<=0.75": km.quantile(0.75),
        }
        for key in summary:
            if key.startswith("S("):
                got[key] = km.survival(float(key[2:-1]))
            elif key.startswith("restricted_mean("):
                got[key] = km.restricted_mean(float(key[16:-1]))
        assert got == pytest.approx({key: summary[key] for key in got}, abs=1e-10)
