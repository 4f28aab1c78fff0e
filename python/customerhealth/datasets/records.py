"""What goes wrong, is put right or changes, where the simulated company writes its contracts and accounts down."""

from __future__ import annotations

import numpy as np

from ..io.columns import Flags, Ints
from ..io.instants import DAY, FOREVER
from .traits import WORDS, Rows, Traits, stream

__all__ = ["account_versions", "corrected"]

_FEATURES = np.array([0, 10, 14])  # the first feature of each product


def corrected(contracts: Rows, notices: Rows, seed: int, accounts: int) -> tuple[Rows, Rows]:
    """Contracts with their corrections, rows of the same ``contract_id`` that are known later; and the features of all.

    Of one in fifty the revenue was entered wrong, a tenth too high, and is corrected within two weeks. A notice is a
    correction too. The contracts of one account in twelve run on: they have no end before a row gives them one.
    """
    random = stream(seed, 4)
    count = len(contracts["account"])
    wrong = np.flatnonzero(random.random(count) < 0.02)
    days = 1 + 13 * random.random(len(wrong))
    on = (random.random(accounts) < 1 / 12)[contracts["account"]] & (contracts["term_months"] == 12)
    rows = dict(contracts, notice_given=np.zeros(count, np.bool_), mrr=contracts["mrr"].copy())
    rows["end_date"] = np.where(on, FOREVER, contracts["end_date"])
    rows["term_months"] = np.where(on, 0, contracts["term_months"])
    right = {name: values[wrong] for name, values in rows.items()}
    right["signed_at"] = right["signed_at"] + (days * DAY).astype(np.int64)
    rows["mrr"][wrong] = np.round(1.1 * rows["mrr"][wrong], 2)
    row, notice = _noticed(contracts, notices)
    given = _later(rows, contracts, row, notices["given_at"][notice])
    given["notice_given"] = np.ones(len(row), np.bool_)
    quiet = on.copy()
    quiet[row] = False
    ended = _later(rows, contracts, np.flatnonzero(quiet), _closed(contracts)[quiet])
    ends = {name: np.concatenate([rows[name], given[name], ended[name]]) for name in rows}
    given_of_on = np.concatenate([np.ones(count, np.bool_), on[row], np.ones(len(ended["account"]), np.bool_)])
    every = {name: np.concatenate([rows[name], right[name], given[name], ended[name]]) for name in rows}
    return every, _entitlements({name: values[given_of_on] for name, values in ends.items()})


def _later(rows: Rows, contracts: Rows, row: Ints, known: Ints) -> Rows:
    """Further rows of contracts, with their revenue and their end, known at some instant."""
    further = {name: values[row] for name, values in rows.items()}
    further |= {name: contracts[name][row] for name in ("mrr", "end_date")}
    further["signed_at"] = np.maximum(known, further["signed_at"] + 15 * DAY)
    return further


def _closed(contracts: Rows) -> Ints:
    """When the end of each contract becomes known without a notice: as the next term is signed, else as it comes."""
    renewed = np.flatnonzero((contracts["kind"] == 1) & (contracts["product"] == 0))
    place = _place(contracts["account"][renewed], contracts["start_date"][renewed])
    order = np.argsort(place)
    found, inside = _found(place[order], _place(contracts["account"], contracts["end_date"]))
    closed = np.array(contracts["end_date"], np.int64)
    closed[inside] = contracts["signed_at"][renewed[order[found]]]
    return closed


def _noticed(contracts: Rows, notices: Rows) -> tuple[Ints, Ints]:
    """The contracts that end with each notice, and the notice of each."""
    place = _place(notices["account"], notices["ends_at"])
    order = np.argsort(place)
    found, inside = _found(place[order], _place(contracts["account"], contracts["end_date"]))
    return np.flatnonzero(inside), order[found]


def _place(account: Ints, at: Ints) -> Ints:
    return np.asarray(account * 2**42 + at // 1_000_000)


def _found(places: Ints, asked: Ints) -> tuple[Ints, Flags]:
    """Where in sorted places those are that were asked for and are there, and which are."""
    found = np.searchsorted(places, asked)
    inside = found < len(places)
    inside[inside] = places[found[inside]] == asked[inside]
    return found[inside], inside


def _entitlements(contracts: Rows) -> Rows:
    """The features of each contract: a row each, and another one when a contract that ran on is given its end."""
    row = np.repeat(np.arange(len(contracts["account"])), contracts["features"])
    first = np.cumsum(contracts["features"]) - contracts["features"]
    number = np.arange(len(row)) - first[row]
    names = ("account", "contract_id", "product", "start_date", "end_date", "signed_at")
    features = (_FEATURES[contracts["product"][row]] + number).astype(np.int8)
    return {**{name: contracts[name][row] for name in names}, "feature": features}


def account_versions(traits: Traits, accounts: Ints, end: int, seed: int) -> tuple[Rows, Rows]:
    """What the books say of the accounts at first, and what became known later, in the order in which it did.

    Of three in a hundred the industry was entered wrong, and is corrected within 90 days. One in eight gets another
    owner after a time.
    """
    random = stream(seed, 6)
    draw, days = random.random((2, len(traits.met)))[:, accounts], random.random((2, len(traits.met)))[:, accounts]
    owner, industry = accounts % len(WORDS["owner"]), traits.industry[accounts]
    wrong, other = draw[0] < 0.03, draw[1] < 1 / 8
    first = {"industry": np.where(wrong, (industry + 1) % len(WORDS["industry"]), industry), "owner": owner}
    met = traits.met[accounts]
    right_at = met + ((1 + 89 * days[0]) * DAY).astype(np.int64)
    other_at = met + ((0.1 + 0.9 * days[1]) * (end - met)).astype(np.int64)
    new = (owner + 1) % len(WORDS["owner"])
    right = {"at": right_at, "industry": industry, "owner": np.where(other & (other_at < right_at), new, owner)}
    industry_then = np.where(wrong & (other_at < right_at), first["industry"], industry)
    handed = {"at": other_at, "industry": industry_then, "owner": new}
    row = np.concatenate([np.flatnonzero(wrong), np.flatnonzero(other)])
    later = {name: np.concatenate([right[name][wrong], handed[name][other]]) for name in right}
    order = np.flatnonzero(later["at"] < end)
    order = order[np.argsort(later["at"][order], kind="stable")]
    return first, {"row": row[order], **{name: values[order] for name, values in later.items()}}
