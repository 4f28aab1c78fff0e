"""AUC, precision, lists and rates with their draws, as scikit-learn and SciPy know them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

import customerhealth as ch
from customerhealth import _core

DATA = Path(__file__).parents[1] / "data" / "validation"
NONE = np.empty(0)
FLAGS = st.lists(st.booleans(), min_size=2, max_size=30).filter(lambda flags: 0 < sum(flags) < len(flags))


def foresight(scores: Any, events: Any, accounts: Any = None, shares: Any = NONE, **options: Any) -> dict[str, Any]:
    rows = np.atleast_2d(np.asarray(scores, float))
    codes = np.arange(rows.shape[1]) if accounts is None else accounts
    given = {"rounds": 0, "seed": 0, **options}
    return dict(
        _core.foresight(rows, np.asarray(events, bool), np.asarray(codes, np.int32), np.asarray(shares, float), **given)
    )


def sample(name: str) -> tuple[np.ndarray, np.ndarray]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([int(row["y"]) for row in rows]), np.array([float(row["p"]) for row in rows])


@pytest.mark.parametrize("name", ["scores_a", "scores_b"])
def test_gives_the_numbers_of_the_reference(name: str) -> None:
    events, p = sample(name)
    expected = json.loads((DATA / "classifier_metrics.json").read_text(encoding="utf-8"))[name]
    found = foresight(-p, events)
    assert found["auc"][0] == pytest.approx(expected["roc_auc"], abs=1e-14)
    assert found["ap"][0] == pytest.approx(expected["average_precision"], abs=1e-12)


# lifelines 0.30.3: concordance_index(1 - y, -p), every time observed. It wants pandas below 3: its numbers stand here.
@pytest.mark.parametrize(("name", "concordance"), [("scores_a", 0.5648267008985879), ("scores_b", 0.7181277319086935)])
def test_auc_is_the_concordance_of_lifelines(name: str, concordance: float) -> None:
    events, p = sample(name)
    assert foresight(-p, events)["auc"][0] == pytest.approx(concordance, abs=1e-14)


@settings(max_examples=20, deadline=None)
@given(FLAGS, st.data())
def test_auc_with_ties_is_that_of_scikit_learn_and_of_mann_whitney(flags: list[bool], data: st.DataObject) -> None:
    scores = np.array(data.draw(st.lists(st.integers(0, 6), min_size=len(flags), max_size=len(flags))), float)
    events = np.array(flags)
    found = foresight(scores, events)
    assert found["auc"][0] == pytest.approx(metrics.roc_auc_score(events, -scores), abs=1e-14)
    u = stats.mannwhitneyu(scores[~events], scores[events]).statistic
    assert found["auc"][0] == pytest.approx(u / (events.sum() * (~events).sum()), abs=1e-14)
    assert found["ap"][0] == pytest.approx(metrics.average_precision_score(events, -scores), abs=1e-12)
    assert foresight(-scores, events)["auc"][0] == pytest.approx(1.0 - found["auc"][0], abs=1e-15)


def drawn(accounts: np.ndarray, rounds: int, seed: int) -> np.ndarray:
    """How often each round draws each account, by the counts of one group an account."""
    codes = np.arange(accounts.max() + 1, dtype=np.int32)
    found = _core.rates(codes, codes.size, np.ones(codes.size, bool), codes, rounds, seed)
    return np.asarray(found["cases_draws"])


@pytest.fixture(scope="module")
def book() -> dict[str, np.ndarray]:
    """400 cases of 60 accounts, two scores with ties and gaps."""
    random = np.random.default_rng(5)
    accounts = random.integers(0, 60, 400).astype(np.int32)
    scores = np.round(random.normal(50, 15, (2, 400)))
    events = random.random(400) < 1 / (1 + np.exp((scores[0] - 40) / 8))
    scores[1, ::9] = np.nan
    return {"scores": scores, "events": events, "accounts": accounts}


def test_draws_are_weights_of_accounts_in_the_same_measures(book: dict[str, np.ndarray]) -> None:
    scores, events, accounts = book["scores"], book["events"], book["accounts"]
    found = foresight(scores, events, accounts, rounds=20, seed=3)
    counts = drawn(accounts, 20, 3)
    assert (counts.sum(axis=0) == 60).all()
    last = np.where(np.isnan(scores[1]), np.inf, scores[1])
    half = np.where(np.isnan(scores[1]), 0, 1)
    for number, weight in enumerate(counts.T):
        w = weight[accounts]
        auc = metrics.roc_auc_score(events, -scores[0], sample_weight=w)
        assert found["auc_draws"][0, number] == pytest.approx(auc, abs=1e-13)
        lost, kept = w * events, w * ~events
        wins = (scores[1][:, None] < scores[1]) + 0.5 * (scores[1][:, None] == scores[1])
        pairs = np.where(half[:, None] * half > 0, wins, 0.5)
        assert found["auc_draws"][1, number] == pytest.approx(
            lost @ pairs @ kept / (lost.sum() * kept.sum()), abs=1e-13
        )
        for score, values in enumerate((scores[0], np.minimum(last, 1e9))):
            precision = metrics.average_precision_score(events, -values, sample_weight=w)
            assert found["ap_draws"][score, number] == pytest.approx(precision, abs=1e-12)


def expected_hits(scores: np.ndarray, events: np.ndarray, many: int) -> float:
    """Of those that tie at the cut as many as of all of them."""
    last = np.sort(np.nan_to_num(scores, nan=np.inf))[many - 1]
    below, tied = np.nan_to_num(scores, nan=np.inf) < last, np.nan_to_num(scores, nan=np.inf) == last
    return float(events[below].sum() + (many - below.sum()) * events[tied].mean())


def test_lists_are_the_lowest_scores_with_their_share_of_ties(book: dict[str, np.ndarray]) -> None:
    scores, events, accounts = book["scores"], book["events"], book["accounts"]
    shares = [0.3, 0.01, 0.999, 0.1]
    found = foresight(scores, events, accounts, shares, rounds=10, seed=8)
    counts = drawn(accounts, 10, 8)
    for score in range(2):
        order = np.lexsort((np.arange(400), accounts, np.nan_to_num(scores[score], nan=np.inf)))
        for place, share in enumerate(shares):
            many = int(np.ceil(share * 400))
            assert found["listed"][score, place] == many
            assert found["hits"][score, place] == pytest.approx(expected_hits(scores[score], events, many), abs=1e-12)
            assert found["cutoff"][score, place] == pytest.approx(scores[score][order[many - 1]], nan_ok=True)
            for number, weight in enumerate(counts.T):
                copies = np.repeat(order, weight[accounts[order]].astype(int))
                many = int(np.ceil(share * copies.size - 1e-9))
                assert found["listed_draws"][score, place, number] == many
                hits = expected_hits(scores[score][copies], events[copies], many)
                assert found["hits_draws"][score, place, number] == pytest.approx(hits, abs=1e-12)


def test_rates_count_each_group_and_its_draws(book: dict[str, np.ndarray]) -> None:
    events, accounts = book["events"], book["accounts"]
    groups = (np.arange(400) % 5 - 1).astype(np.int32)
    found = _core.rates(groups, 5, events, accounts, 12, 4)
    counts = drawn(accounts, 12, 4)
    for group in range(5):
        inside = groups == group
        assert found["cases"][group] == inside.sum()
        assert found["events"][group] == events[inside].sum()
        weight = counts[accounts]
        np.testing.assert_array_equal(found["cases_draws"][group], weight[inside].sum(axis=0))
        np.testing.assert_array_equal(found["events_draws"][group], weight[inside & events].sum(axis=0))


def test_rows_in_any_order_and_any_threads_give_the_same_bytes(book: dict[str, np.ndarray]) -> None:
    scores, events, accounts = book["scores"], book["events"], book["accounts"]
    order = np.random.default_rng(1).permutation(400)
    first = foresight(scores, events, accounts, [0.2], rounds=30, seed=1, threads=1)
    for threads in (2, 7):
        other = foresight(
            np.ascontiguousarray(scores[:, order]),
            events[order],
            accounts[order],
            [0.2],
            rounds=30,
            seed=1,
            threads=threads,
        )
        for key in ("auc", "ap", "auc_draws", "ap_draws", "listed_draws"):
            assert first[key].tobytes() == other[key].tobytes(), key


def test_intervals_of_accounts_are_wider_than_those_of_rows() -> None:
    """Months of one account are one story: with 20 alike, rows drawn make an interval about 1 / sqrt(20) as wide."""
    random = np.random.default_rng(2)
    level = random.normal(size=80)
    accounts = np.repeat(np.arange(80, dtype=np.int32), 20)
    events = np.repeat(random.random(80) < 1 / (1 + np.exp(level)), 20)
    by_account = foresight(level[accounts], events, accounts, rounds=400, seed=0)["auc_draws"].std()
    by_row = foresight(level[accounts], events, np.arange(1600), rounds=400, seed=0)["auc_draws"].std()
    assert by_account > 3 * by_row


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"events": [True]}, "as many cases"),
        ({"accounts": [0, -1]}, r"accounts\[1\]: expected a code"),
        ({"accounts": [0]}, "accounts: 1 rows where events has 2"),
        ({"shares": [0.0]}, "shares: expected"),
        ({"shares": [1.1]}, "shares: expected"),
        ({"rounds": -1}, "rounds: expected 0 or more"),
        ({"threads": -1}, "threads: expected 1 or more"),
    ],
)
def test_refuses_what_does_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, ch.Error), match=message):
        foresight(**{"scores": [1, 2], "events": [True, False], **change})
