"""y, groups and time beside X, and splits that go forward in time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import customerhealth as ch

MODEL = ch.Model.parse(
    {
        "format": 1,
        "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        "metrics": {
            "quiet": {"from": "usage", "agg": "days_since_last"},
            "events": {"from": "usage", "agg": "count", "window": "28d"},
        },
        "scores": {"health": {"measures": {"use": {"value": "events", "curve": [[0, 0], [28, 100]]}}}},
    }
)
DAYS = {
    "loud": range(180),
    "left": range(65),
    "rare": range(0, 180, 5),
    "new": range(120, 180),
    "pause": [*range(50), *range(120, 180)],
}
FIRST = date(2026, 1, 1)
USAGE = pa.table(
    {
        "who": [who for who, days in DAYS.items() for _ in days],
        "day": [FIRST + timedelta(days=day) for days in DAYS.values() for day in days],
    }
)
AS_OFS = ["2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"]
ASKED: dict[str, Any] = {"outcome": ch.outcomes.silence("usage", "20d"), "horizon": "30d"}
PROJECTS = {"activity": ch.datasets.OSS_PROJECTS}


def features(**changed: Any) -> Any:
    return ch.sklearn.PanelFeatures(MODEL, **{"as_ofs": AS_OFS, **changed})


def test_rows_labels_accounts_and_dates_stand_beside_each_other() -> None:
    made = features().set_output(transform="pandas")
    found = ch.sklearn.cases(made, {"usage": USAGE}, **ASKED)
    assert len(found.X) == len(found.y) == len(found.groups) == len(found.time) == len(found)
    assert [who for who, _ in found.X.index] == found.groups.tolist()
    assert [at.tz_localize(None) for _, at in found.X.index] == [pd.Timestamp(at) for at in found.time]
    assert found.time.dtype == "datetime64[us]"
    labels = {(who, str(at)[:10]): y for who, at, y in zip(found.groups, found.time, found.y.tolist(), strict=True)}
    assert {key for key, y in labels.items() if y} == {("left", "2026-03-01"), ("pause", "2026-03-01")}
    assert ("new", "2026-04-01") not in labels, "nobody knew it yet"
    assert ("pause", "2026-04-01") not in labels, "it was silent already"
    assert ("loud", "2026-06-01") not in labels, "its window is not over"
    assert not hasattr(made, "feature_names_out_"), "a clone is fitted"
    assert found.features.get_feature_names_out().tolist() == ["quiet", "events"]
    alone = (
        ch.sklearn.PanelFeatures(MODEL, as_ofs="2026-03-01")
        .set_output(transform="pandas")
        .fit_transform({"usage": USAGE})
    )
    march = found.X[found.X.index.get_level_values("as_of") == pd.Timestamp("2026-03-01", tz="UTC")]
    pd.testing.assert_frame_equal(march, alone.loc[march.index], check_exact=True)


def test_cases_are_those_of_a_validation() -> None:
    portfolio = ch.Portfolio(MODEL, usage=USAGE)
    asked = {**ASKED, "lead": "3d", "among": "events > 2", "observed": "2026-06-20"}
    found = ch.sklearn.cases(features(columns=["health", "quiet"]), portfolio, **asked)
    judged = portfolio.validate("health", as_ofs=AS_OFS, **asked)
    rows = [row for row in judged.cases.to_pylist() if row["status"] == "case"]
    assert [row["account_id"] for row in rows] == found.groups.tolist()
    assert [row["as_of"].replace(tzinfo=None) for row in rows] == found.time.tolist()
    assert [row["outcome"] is not None for row in rows] == found.y.astype(bool).tolist()
    assert [row["health"] for row in rows] == found.X[:, 0].tolist()
    assert found.statuses == {row["status"]: row["cases"] for row in judged.population.to_pylist()}
    assert 0 < found.statuses["not_among"] < sum(found.statuses.values())
    (row,) = judged.summary.to_pylist()
    assert roc_auc_score(found.y, -found.X[:, 0]) == pytest.approx(row["auc"], abs=1e-12)


def test_any_of_several_outcomes_counts() -> None:
    sold = pa.table({"account_id": ["loud"], "at": [datetime(2026, 3, 10)]})
    both = {"silent": ch.outcomes.silence("usage", "20d"), "sold": sold}
    found = ch.sklearn.cases(features(), {"usage": USAGE}, outcome=both, horizon="30d")
    judged = ch.Portfolio(MODEL, usage=USAGE).validate("health", as_ofs=AS_OFS, outcome=both, horizon="30d")
    rows = [row for row in judged.cases.to_pylist() if row["status"] == "case"]
    assert {row["outcome"] for row in rows} == {"silent", "sold", None}
    assert [int(row["outcome"] is not None) for row in rows] == found.y.tolist()


@pytest.mark.parametrize("container", ["default", "pandas", "polars"])
def test_cases_keep_the_container(container: str) -> None:
    found = ch.sklearn.cases(features().set_output(transform=container), {"usage": USAGE}, **ASKED)
    assert isinstance(found.X, {"default": np.ndarray, "pandas": pd.DataFrame, "polars": pl.DataFrame}[container])
    expected = ch.sklearn.cases(features(), {"usage": USAGE}, **ASKED).X
    assert np.asarray(found.X).tobytes() == expected.tobytes()


def test_what_became_known_later_changes_no_row_of_x() -> None:
    document = MODEL.to_dict()
    document["tables"]["usage"]["known"] = "loaded"
    model = ch.Model.parse(document)
    usage = USAGE.append_column("loaded", pc_days(USAGE["day"], 1))
    late = usage.set_column(2, "loaded", pc_days(USAGE["day"], 400))
    made = ch.sklearn.PanelFeatures(model, as_ofs=AS_OFS).set_output(transform="pandas")
    asked = {**ASKED, "observed": "2026-06-25"}
    one = ch.sklearn.cases(made, {"usage": usage}, **asked)
    two = ch.sklearn.cases(made, {"usage": pa.concat_tables([usage, late])}, **asked)
    pd.testing.assert_frame_equal(one.X, two.X, check_exact=True)
    assert one.y.tolist() == two.y.tolist()


def pc_days(column: Any, days: int) -> pa.Array:
    return pa.array([datetime.combine(day, datetime.min.time()) + timedelta(days=days) for day in column.to_pylist()])


def test_integer_accounts_are_integer_groups() -> None:
    codes = {who: place for place, who in enumerate(DAYS)}
    usage = pa.table({"who": [codes[who] for who in USAGE["who"].to_pylist()], "day": USAGE["day"]})
    found = ch.sklearn.cases(features(), {"usage": usage}, **ASKED)
    assert found.groups.dtype == np.int64
    assert set(found.groups.tolist()) <= set(codes.values())


def test_cross_validation_by_account_and_forward_in_time() -> None:
    made = ch.sklearn.PanelFeatures(
        ch.Model.preset("oss-projects"), as_ofs=ch.dates("2014-01-01", "2026-01-01", every="1q")
    )
    found = ch.sklearn.cases(made, PROJECTS, outcome=ch.outcomes.silence("activity", "90d"), horizon="180d")
    line = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(C=0.1))
    scored = {"scoring": "neg_log_loss", "error_score": "raise"}
    by_account = cross_val_score(line, found.X, found.y, groups=found.groups, cv=GroupKFold(3), **scored)
    forward = ch.sklearn.ForwardSplit(3, horizon="180d")
    by_time = cross_val_score(line, found.X, found.y, groups=found.time, cv=forward, **scored)
    base = found.y.mean()
    alone = base * np.log(base) + (1 - base) * np.log(1 - base)
    assert by_account.mean() > alone
    assert np.isfinite(by_time).all()
    assert len(by_time) == 3
    for train, test in forward.split(found.X, found.y, found.time):
        assert found.time[train].max() + np.timedelta64(180, "D") <= found.time[test].min()
    search = GridSearchCV(line, {"logisticregression__C": [0.01, 1.0]}, cv=forward, scoring="roc_auc")
    assert search.fit(found.X, found.y, groups=found.time).n_splits_ == 3


def test_routed_metadata_reach_the_split() -> None:
    times = np.repeat(ch.dates("2026-01-01", "2026-12-01", every="1mo"), 2)
    x, y = np.arange(24.0)[:, None], np.arange(24) % 2
    with sklearn.config_context(enable_metadata_routing=True):
        scores = cross_val_score(
            LogisticRegression(), x, y, cv=ch.sklearn.ForwardSplit(2, horizon="2mo"),
            params={"groups": times},
        )  # fmt: skip
    assert len(scores) == 2


# ---- forward in time -------------------------------------------------------------------------------------------------


def blocks(time: Any, **asked: Any) -> list[tuple[list[int], list[int]]]:
    split = ch.sklearn.ForwardSplit(**asked)
    return [(train.tolist(), test.tolist()) for train, test in split.split(None, None, time)]


def test_windows_that_are_not_over_are_not_trained_on() -> None:
    time = ch.dates("2026-01-01", "2026-06-01", every="1mo")
    assert blocks(time, n_splits=2, horizon="2mo") == [([0], [2, 3]), ([0, 1, 2], [4, 5])]
    assert blocks(time, n_splits=1, horizon="2mo", lead="1mo") == [([0], [3, 4, 5])]
    assert blocks(time, n_splits=1, horizon="2mo", gap="1d") == [([0], [3, 4, 5])]
    assert blocks(time, n_splits=5, horizon="1d") == [([*range(k)], [k]) for k in range(1, 6)]


def test_rows_stand_in_any_order_and_a_date_is_in_one_block() -> None:
    rng = np.random.default_rng(3)
    grid = ch.dates("2024-01-01", "2026-01-01", every="1mo")
    time = rng.choice(grid, 400)
    seen: list[int] = []
    for train, test in ch.sklearn.ForwardSplit(4, horizon="90d", lead="10d", gap="20d").split(None, None, time):
        assert time[train].max() + np.timedelta64(120, "D") <= time[test].min()
        left = np.setdiff1d(np.arange(400), [*train, *test])
        assert (time[left] + np.timedelta64(120, "D") > time[test].min()).all(), "one that was over is missing"
        seen += test.tolist()
    assert len(seen) == len(set(seen))
    assert set(time[seen]) == {at for at in set(time) if at >= time.min() + np.timedelta64(120, "D")}


def test_dates_of_a_split_may_be_a_column() -> None:
    time = ch.dates("2026-01-01", "2026-06-01", every="1mo")
    expected = blocks(time, n_splits=2, horizon="2mo")
    for column in (pd.Series(time), pl.Series(time), pa.array(time), [str(at) for at in time]):
        assert blocks(column, n_splits=2, horizon="2mo") == expected


def test_a_split_has_its_number_and_says_what_it_is() -> None:
    split = ch.sklearn.ForwardSplit(4, horizon="30d")
    assert split.get_n_splits() == 4
    assert repr(split) == "ForwardSplit(gap='0d', horizon='30d', lead='0d', n_splits=4)"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"n_splits": 5, "horizon": "2mo"}, "ForwardSplit: 4 as-ofs come when the first window is over; 5 blocks need"),
        ({"n_splits": 1, "horizon": "2y"}, "ForwardSplit: 0 as-ofs come when the first window is over"),
        ({"n_splits": 0, "horizon": "2mo"}, "n_splits: expected a whole number above 0, got 0"),
        ({"n_splits": 1.5, "horizon": "2mo"}, "n_splits: expected a whole number above 0, got 1.5"),
        ({"n_splits": 1, "horizon": "soon"}, "horizon"),
        ({"n_splits": 1, "horizon": "0d"}, "horizon"),
        ({"n_splits": 1, "horizon": "1d", "gap": 3}, "gap"),
    ],
)
def test_splits_that_cannot_be_are_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        blocks(ch.dates("2026-01-01", "2026-06-01", every="1mo"), **asked)


def test_a_split_needs_the_dates() -> None:
    with pytest.raises(ch.DataError, match="ForwardSplit: expected the as-of of each row as groups=, got none"):
        cross_val_predict(
            LogisticRegression(),
            np.zeros((4, 1)),
            [0, 1, 0, 1],
            cv=ch.sklearn.ForwardSplit(2, horizon="1d"),
        )
    with pytest.raises(ch.DataError, match="'acme' is no date"):
        blocks(["acme", "zeta"], n_splits=1, horizon="1d")


# ---- what people do wrong --------------------------------------------------------------------------------------------


def test_what_cannot_be_asked_is_said() -> None:
    tables = {"usage": USAGE}
    with pytest.raises(TypeError, match="features: expected a PanelFeatures, not a Model"):
        ch.sklearn.cases(MODEL, tables, **ASKED)  # type: ignore[arg-type]
    with pytest.raises(ch.DataError, match="as_ofs: 'soon' is no date"):
        ch.sklearn.cases(features(as_ofs="soon"), tables, **ASKED)
    with pytest.raises(ch.DataError, match="horizon"):
        ch.sklearn.cases(features(), tables, **{**ASKED, "horizon": "soon"})
    with pytest.raises(ch.ModelError, match="among"):
        ch.sklearn.cases(features(), tables, **ASKED, among="evnts > 2")
    with pytest.raises(ch.DataError, match="cases: no row of the panel is a case: 1 already, 4 censored"):
        ch.sklearn.cases(features(as_ofs="2026-06-25"), tables, **{**ASKED, "horizon": "1y"})
    with pytest.raises(ch.DataError, match="cases: no row of the panel is a case: there are no rows"):
        ch.sklearn.cases(features(as_ofs="2020-01-01"), tables, **{**ASKED, "observed": "2026-01-01"})
