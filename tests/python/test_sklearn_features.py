"""X of a panel: what was known then, as scikit-learn wants it."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

import customerhealth as ch

MODEL = ch.Model.parse(
    {
        "format": 1,
        "tables": {
            "usage": {"kind": "events", "account": "who", "time": "day", "known": "loaded"},
            "deals": {"kind": "intervals", "account": "who", "start": "start", "end": "end"},
        },
        "metrics": {
            "spent": {"from": "usage", "agg": "sum", "of": "paid", "window": "30d"},
            "events": {"from": "usage", "agg": "count", "window": "30d"},
            "plan": {"from": "usage", "agg": "last", "of": "plan"},
            "last_day": {"from": "usage", "agg": "last", "of": "day"},
            "by_plan": {"from": "usage", "agg": "count", "by": {"column": "plan", "values": ["gold", "tin"]}},
            "busy": {"formula": "events > 2"},
            "mrr": {"from": "deals", "agg": "sum", "of": "mrr"},
        },
        "scores": {
            "use": {
                "measures": {
                    "often": {"value": "events", "curve": [[0, 0], [8, 100]], "weight": 3},
                    "rank": {"value": "events", "percentile": {}},
                }
            },
            "health": {
                "measures": {
                    "use": {"score": "use", "weight": 2},
                    "money": {"value": "mrr", "curve": [[0, 0], [300, 100]]},
                }
            },
        },
    }
)
AS_OFS = ["2026-02-01", "2026-03-01", "2026-04-01"]
NUMBERS = ["spent", "events", "by_plan.gold", "by_plan.tin", "busy", "mrr"]
START = datetime(2026, 1, 1)


def rows(seed: int = 7, accounts: int = 12, count: int = 300) -> dict[str, pd.DataFrame]:
    """Usage that is loaded up to 20 days late, and deals, some without an amount."""
    rng = np.random.default_rng(seed)
    who = np.array([f"a{k:02}" for k in range(accounts)])
    day = START + pd.to_timedelta(rng.integers(0, 100 * 24, count), unit="h")
    usage = pd.DataFrame(
        {
            "who": rng.choice(who, count),
            "day": day.astype("datetime64[us]"),
            "loaded": (day + pd.to_timedelta(rng.integers(0, 20, count), unit="D")).astype("datetime64[us]"),
            "paid": np.where(rng.random(count) < 0.2, np.nan, rng.integers(1, 1000, count) / 4),
            "plan": rng.choice(["gold", "tin"], count),
        }
    )
    deals = pd.DataFrame(
        {
            "who": who[: accounts - 3],
            "start": np.datetime64(START, "us"),
            "end": np.datetime64(START + timedelta(days=75), "us"),
            "mrr": 100.0 + np.arange(accounts - 3),
        }
    )
    return {"usage": usage, "deals": deals}


TABLES = rows()


def features(**changed: Any) -> Any:
    return ch.sklearn.PanelFeatures(MODEL, **{"as_ofs": AS_OFS, **changed})


# ---- what X is -------------------------------------------------------------------------------------------------------


def test_two_metrics_are_what_pandas_counts_of_the_rows_known_then() -> None:
    made = features(columns=["events", "spent"])
    matrix = made.fit_transform(TABLES)
    usage = TABLES["usage"]
    for row, key in zip(matrix, made.rows(TABLES).to_pylist(), strict=True):
        at = key["as_of"].replace(tzinfo=None)
        seen = usage[(usage.who == key["account_id"]) & (usage.day < at) & (usage.loaded < at)]
        seen = seen[seen.day >= at - timedelta(days=30)]
        assert row[0] == len(seen)
        np.testing.assert_equal(row[1], seen.paid.sum() if len(seen) == 0 or seen.paid.notna().any() else np.nan)
    assert len(matrix) > 30


def test_the_columns_are_the_panel_s_to_the_bit() -> None:
    made = features(columns=["metrics", "scores"])
    matrix = made.fit_transform(TABLES)
    panel = ch.Portfolio(MODEL, tables=TABLES).score(AS_OFS).table
    assert made.get_feature_names_out().tolist() == [*NUMBERS, "use", "health"]
    assert matrix.dtype == np.float64
    assert matrix.shape == (panel.num_rows, 8)
    assert np.isnan(matrix).any()
    for name, column in zip(made.feature_names_out_, matrix.T, strict=True):
        whole = panel[name].cast(pa.float64()).fill_null(np.nan).to_numpy()
        assert column.tobytes() == whole.tobytes(), name
    assert made.rows(TABLES).to_pylist() == panel.select(["account_id", "as_of"]).to_pylist()


def test_points_of_a_score_are_those_of_its_contributions() -> None:
    made = features(columns="points:health")
    matrix = made.fit_transform(TABLES)
    assert made.get_feature_names_out().tolist() == ["health.use.often", "health.use.rank", "health.money"]
    parts = ch.Portfolio(MODEL, tables=TABLES).score(AS_OFS).contributions("health", deep=True).to_pandas()
    for name, column in zip(made.feature_names_out_, matrix.T, strict=True):
        points = parts[parts.part == name.removeprefix("health.")]["points"]
        np.testing.assert_array_equal(column, points.to_numpy(dtype=float, na_value=np.nan))


def test_rows_that_became_known_later_change_nothing() -> None:
    usage, last = TABLES["usage"], pd.Timestamp(AS_OFS[-1])
    late = usage.assign(
        loaded=last, paid=1e9, plan="gold"
    )  # happened long ago, and was known at the last as-of: too late
    more = {**TABLES, "usage": pd.concat([usage, late], ignore_index=True)}
    known = {**TABLES, "usage": usage[usage.loaded < last]}
    made = features(columns=["metrics", "scores"])
    expected = made.fit_transform(known)
    assert made.transform(more).tobytes() == expected.tobytes()
    assert clone(made).fit(more).transform(known).tobytes() == expected.tobytes(), "fit has learned from rows"
    assert made.transform({**TABLES, "usage": usage[usage.loaded < pd.Timestamp(AS_OFS[0])]}).tobytes() != (
        expected.tobytes()
    )


def test_one_as_of_has_the_rows_that_many_have() -> None:
    frame = features(columns=["metrics", "scores"]).set_output(transform="pandas").fit_transform(TABLES)
    for as_of in AS_OFS:
        alone = (
            features(columns=["metrics", "scores"], as_ofs=as_of).set_output(transform="pandas").fit_transform(TABLES)
        )
        at = pd.Timestamp(as_of, tz="UTC")
        pd.testing.assert_frame_equal(frame[frame.index.get_level_values("as_of") == at], alone, check_exact=True)


def test_a_portfolio_gives_what_its_tables_give() -> None:
    portfolio = ch.Portfolio(MODEL, tables=TABLES)
    made = features()
    assert made.fit(portfolio).transform(portfolio).tobytes() == made.fit_transform(TABLES).tobytes()
    assert made.tables_in_ == ["usage", "deals"]
    assert made.fit(ch.Portfolio(MODEL, usage=TABLES["usage"])).tables_in_ == ["usage"]


def test_a_table_without_rows_is_there_and_one_that_is_not_given_is_not() -> None:
    empty = TABLES["deals"].iloc[:0]
    made = features().fit({"usage": TABLES["usage"], "deals": empty})
    assert made.tables_in_ == ["usage", "deals"]
    matrix = made.transform(TABLES)
    assert matrix.tobytes() == features().fit_transform(TABLES).tobytes()


def test_texts_and_instants_are_left_out_and_said() -> None:
    made = features().fit(TABLES)
    assert made.get_feature_names_out().tolist() == NUMBERS
    assert made.left_out_ == ["plan", "last_day"]
    assert features(columns=NUMBERS).fit(TABLES).left_out_ == []


def test_a_text_that_is_named_is_there() -> None:
    usage = TABLES["usage"].assign(plan=TABLES["usage"].plan.where(TABLES["usage"].who != "a00"))
    tables = {**TABLES, "usage": usage}
    made = features(columns=["events", "plan"])
    matrix = made.fit_transform(tables)
    assert matrix.dtype == object
    assert {type(value) for value in matrix[:, 0]} == {float}
    assert set(matrix[:, 1]) == {"gold", "tin", None}
    panel = ch.Portfolio(MODEL, tables=tables).score(AS_OFS)
    assert matrix[:, 1].tolist() == panel["plan"].to_pylist()
    frame = made.set_output(transform="pandas").transform(tables)
    assert frame["plan"].isna().sum() == sum(value is None for value in matrix[:, 1])
    assert frame["events"].dtype == np.float64
    assert made.set_output(transform="polars").transform(tables)["plan"].to_list() == matrix[:, 1].tolist()


# ---- scikit-learn's manners ------------------------------------------------------------------------------------------


def test_frames_have_the_account_and_the_as_of_as_index() -> None:
    made = features()
    matrix = made.fit_transform(TABLES)
    frame = made.set_output(transform="pandas").fit_transform(TABLES)
    assert frame.index.names == ["account_id", "as_of"]
    assert frame.columns.tolist() == NUMBERS
    assert frame.to_numpy().tobytes() == matrix.tobytes()
    assert list(frame.index)[:2] == [("a00", pd.Timestamp(at, tz="UTC")) for at in AS_OFS[:2]]
    assert frame.index.get_level_values("as_of").dtype == "datetime64[us, UTC]"
    ours = made.set_output(transform="polars").transform(TABLES)
    assert isinstance(ours, pl.DataFrame)
    assert ours.columns == NUMBERS
    assert ours.to_numpy().tobytes() == matrix.tobytes()
    assert ours.null_count().sum_horizontal().item() == 0, "missing is NaN"
    assert isinstance(made.set_output(transform="default").transform(TABLES), np.ndarray)
    assert isinstance(clone(made.set_output(transform="pandas")).fit_transform(TABLES), pd.DataFrame)


def test_a_clone_has_the_parameters_and_no_fit() -> None:
    made = features(columns=["events"], threads=1).fit(TABLES)
    again = clone(made)
    assert again.get_params() == made.get_params()
    assert made.get_params()["model"] is MODEL
    with pytest.raises(NotFittedError, match="This PanelFeatures instance is not fitted yet"):
        again.transform(TABLES)
    with pytest.raises(NotFittedError):
        again.get_feature_names_out()
    assert made.set_params(threads=2).threads == 2
    with pytest.raises(ValueError, match="Invalid parameter 'modal'"):
        made.set_params(modal=1)
    assert "PanelFeatures(" in repr(made)


def test_a_pickle_transforms_alike_and_has_no_data() -> None:
    made = features().fit(TABLES)
    data = pickle.dumps(made)
    assert pickle.loads(data).transform(TABLES).tobytes() == made.transform(TABLES).tobytes()
    assert copy.deepcopy(made).transform(TABLES).tobytes() == made.transform(TABLES).tobytes()
    assert b"a03" not in data
    assert len(data) == len(pickle.dumps(features().fit(rows(8, 50, 3000))))


def test_later_as_ofs_are_rows_of_the_same_columns() -> None:
    made = features(as_ofs=AS_OFS[:2]).fit(TABLES)
    later = made.set_params(as_ofs=AS_OFS[2]).transform(TABLES)
    assert later.tobytes() == features(as_ofs=AS_OFS[2]).fit_transform(TABLES).tobytes()


def test_it_is_the_first_step_of_a_pipeline() -> None:
    line = make_pipeline(features(), FunctionTransformer(np.nan_to_num, feature_names_out="one-to-one"))
    matrix = line.fit_transform(TABLES)
    assert not np.isnan(matrix).any()
    assert line.get_feature_names_out().tolist() == NUMBERS
    assert line.set_params(panelfeatures__columns="scores").fit_transform(TABLES).shape == (len(matrix), 2)


CHECKS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_set_params,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_mixin_order,
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_parameters_default_constructible,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_checks_that_hand_over_no_matrix_hold(check: Any) -> None:
    """All others of scikit-learn fit and transform arrays, where tables are wanted."""
    check("PanelFeatures", features())


# ---- what people do wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"columns": "evnts"}, "columns: a panel of this model has no column 'evnts': did you mean 'events'"),
        ({"columns": ["events", 3]}, "columns: expected 'metrics', 'scores', 'points:SCORE', names or a list"),
        ({"columns": 3}, "columns: expected 'metrics', 'scores', 'points:SCORE', names or a list, got 3"),
        ({"columns": []}, r"columns: the model has none of \[\]"),
        ({"columns": "points:helth"}, "columns: the model has no score 'helth': did you mean 'health'"),
        ({"columns": "last_day"}, "'last_day' is an instant, and no number: write a metric of the days since"),
        ({"as_ofs": "soon"}, "as_ofs: 'soon' is no date"),
        ({"as_ofs": []}, "as_ofs: expected one date or more, got none"),
        ({"as_ofs": [None]}, "as_ofs: None .NoneType. is no as-of"),
        ({"threads": 0}, "threads: expected a whole number above 0 or None, got 0"),
    ],
)
def test_what_cannot_be_is_said_at_fit(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        features(**changed).fit(TABLES)


def test_a_model_is_a_model() -> None:
    with pytest.raises(TypeError, match="model: expected a Model, not a str;"):
        ch.sklearn.PanelFeatures("model.json", as_ofs=AS_OFS).fit(TABLES)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "X: no table is given; the model reads usage, deals"),
        (np.zeros((3, 2)), "X: expected a dict of tables by their names, or a Portfolio, not a ndarray"),
        (TABLES["usage"], "X: expected a dict of tables by their names, or a Portfolio, not a DataFrame"),
        ({"usge": TABLES["usage"]}, "the model has no table 'usge': did you mean 'usage'"),
        ({"usage": TABLES["usage"].drop(columns="paid")}, "paid"),
        (ch.Portfolio(ch.Model.preset("oss-projects")), "X: the portfolio is of another model"),
    ],
)
def test_tables_that_do_not_fit_are_said(given: Any, message: str) -> None:
    with pytest.raises(ch.DataError, match=message):
        features().fit(given)


def test_other_tables_than_at_fit_are_refused() -> None:
    made = features().fit(TABLES)
    with pytest.raises(ch.DataError, match="X: table 'deals' was given at fit, and is not given here"):
        made.transform({"usage": TABLES["usage"]})
    made.fit({"usage": TABLES["usage"]})
    with pytest.raises(ch.DataError, match="X: table 'deals' is given here, and was not given at fit"):
        made.transform(TABLES)


def test_a_column_of_another_type_than_at_fit_is_refused() -> None:
    model = ch.Model.parse(
        {
            "format": 1,
            "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
            "metrics": {"last": {"from": "usage", "agg": "last", "of": "what"}},
        }
    )

    def usage(what: list[Any], kind: Any = None) -> dict[str, pa.Table]:
        return {"usage": pa.table({"who": ["a"], "day": [date(2026, 1, 1)], "what": pa.array(what, kind)})}

    made = ch.sklearn.PanelFeatures(model, as_ofs="2026-02-01").fit(usage([4.5]))
    assert made.transform(usage([7])).tolist() == [[7.0]]
    assert np.isnan(made.transform(usage([None], pa.float64()))).all()
    with pytest.raises(ch.DataError, match="X: 'last' is a text here, and was a number at fit"):
        made.transform(usage(["gold"]))
    named = ch.sklearn.PanelFeatures(model, as_ofs="2026-02-01", columns="last").fit(usage(["gold"]))
    assert named.transform(usage([None], pa.string())).tolist() == [[None]]
    with pytest.raises(ch.DataError, match="X: 'last' is a number here, and was a text at fit"):
        named.transform(usage([4.5]))
    with pytest.raises(ch.DataError, match="columns: none is a number: last"):
        ch.sklearn.PanelFeatures(model, as_ofs="2026-02-01").fit(usage(["gold"]))


def test_other_parameters_than_at_fit_are_refused() -> None:
    made = features().fit(TABLES)
    with pytest.raises(ch.DataError, match="the model, or its columns, are others than at fit: call fit again"):
        made.set_params(columns="scores").transform(TABLES)
    other = ch.Model.parse({**MODEL.to_dict(), "description": "another"})
    with pytest.raises(ch.DataError, match="the model, or its columns, are others than at fit: call fit again"):
        features().fit(TABLES).set_params(model=other).transform(TABLES)


# ---- the extra -------------------------------------------------------------------------------------------------------


def test_without_scikit_learn_the_extra_is_named() -> None:
    script = (
        "import sys\nsys.modules['sklearn'] = None\nimport customerhealth as ch\nch.Portfolio\n"
        "try:\n    ch.sklearn\nexcept ImportError as error:\n    print(error)\n"
        "assert 'sklearn' in dir(ch)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("customerhealth.sklearn needs scikit-learn (")
    assert done.stdout.rstrip().endswith("pip install 'customerhealth[sklearn]'")


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_without_the_container_its_extra_is_named(container: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["customerhealth.sklearn.columns"], "import_module", missing)
    with pytest.raises(ImportError, match=rf"'{container}'\) needs it .* pip install 'customerhealth\[{container}\]'"):
        features().set_output(transform=container).fit_transform(TABLES)


def missing(name: str) -> None:
    raise ImportError(f"No module named '{name}'")


def test_scikit_learn_is_imported_when_it_is_asked_for() -> None:
    script = (
        "import sys, customerhealth as ch\nch.Portfolio, ch.Model\nassert 'sklearn' not in sys.modules\n"
        "ch.sklearn.PanelFeatures\nassert 'sklearn' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_as_ofs_may_be_what_score_takes() -> None:
    for as_ofs in (
        "2026-02-01",
        date(2026, 2, 1),
        datetime(2026, 2, 1, tzinfo=timezone.utc),
        np.datetime64("2026-02-01"),
        pd.Timestamp("2026-02-01"),
        ch.dates("2026-02-01", "2026-02-01", every="1mo"),
        pa.array([date(2026, 2, 1)]),
    ):
        made = clone(features(as_ofs=as_ofs))
        assert made.fit_transform(TABLES).tobytes() == features(as_ofs="2026-02-01").fit_transform(TABLES).tobytes()
