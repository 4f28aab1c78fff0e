"""What is true of the simulated company, and no table of it tells."""

from __future__ import annotations

import numpy as np

from ..io.columns import Flags, Ints
from ..io.instants import DAY, FOREVER
from .market import Market
from .traits import Rows
from .world import World

__all__ = ["crossings", "months"]

_HALF_YEAR = 182 * DAY


def months(world: World, rows: dict[str, Rows], market: Market) -> Rows:
    """Each account at each month's beginning since its first touch: its stage and, of customers, what drives it."""
    told = rows["truth"]
    customers = {name: told[name] for name in told if name not in ("account", "as_of")}
    as_ofs = np.unique(told["as_of"])
    touched, prospect_at, stage = _prospects(world, rows, market, as_ofs)
    grown = _grows(rows["contracts"], told["account"], told["as_of"])
    count, more = len(told["account"]), len(touched)
    customers |= _groups(told)
    columns = {}
    for name, values in customers.items():  # of prospects there is nothing to say
        nothing = np.arange(count + more) >= count
        columns[name] = np.ma.masked_array(np.concatenate([values, np.zeros(more, values.dtype)]), nothing)
    return {
        "account": np.concatenate([told["account"], touched]),
        "as_of": np.concatenate([told["as_of"], prospect_at]),
        "customer": np.arange(count + more) < count,
        "stage": np.concatenate([np.where(grown, 4, 3), stage]).astype(np.int8),
        **columns,
    }


def _prospects(world: World, rows: dict[str, Rows], market: Market, as_ofs: Ints) -> tuple[Ints, Ints, Ints]:
    """Accounts without a contract that have met us, with the furthest phase that holds: attract, nurture, convert."""
    ways, told = rows["cycles"], rows["truth"]
    phases = market.phases()
    met = np.full(world.count, FOREVER)
    np.minimum.at(met, ways["account"], ways["touched_at"])
    contracts = rows["contracts"]
    np.minimum.at(met, contracts["account"], contracts["start_date"])
    parts = []
    for at in as_ofs:
        customer = np.zeros(world.count, np.bool_)
        customer[told["account"][told["as_of"] == at]] = True
        stage = np.zeros(world.count, np.int8)
        for name, number in (("nurture", 1), ("after", 1), ("convert", 2)):
            begin, end = phases[name]
            inside = (begin <= at) & (at < end)
            np.maximum.at(stage, ways["account"][inside], number)
        signed = ways["won"] & (ways["closed_at"] <= at) & (at < ways["closed_at"] + 40 * DAY)
        np.maximum.at(stage, ways["account"][signed], 2)
        who = np.flatnonzero(~customer & (met <= at))
        parts.append((who, np.full(len(who), at), stage[who]))
    who, when, stages = (np.concatenate(column) for column in zip(*parts, strict=True)) if parts else _none()
    return who, when, stages


def _none() -> tuple[Ints, Ints, Ints]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)


def _grows(contracts: Rows, account: Ints, at: Ints) -> Flags:
    """Who pays more than half a year ago, and paid something then."""
    now, before = _paid(contracts, account, at), _paid(contracts, account, at - _HALF_YEAR)
    return np.asarray((before > 0) & (now > before + 0.005))


def _paid(contracts: Rows, account: Ints, at: Ints) -> Ints:
    """Recurring revenue, in hundredths, of contracts in force at an instant."""
    total = np.zeros(len(account), np.int64)
    for column, sign in (("start_date", 1), ("end_date", -1)):
        place = contracts["account"] * 2**42 + contracts[column] // 1_000_000
        order = np.argsort(place, kind="stable")
        sums = np.concatenate([[0], np.cumsum(np.rint(100 * contracts["mrr"][order]).astype(np.int64))])
        upto = np.searchsorted(place[order], account * 2**42 + (at - 1) // 1_000_000, side="right")
        first = np.searchsorted(place[order], account * 2**42 - 2**41, side="right")
        total += sign * (sums[upto] - sums[first])
    return total


def _groups(told: Rows) -> dict[str, Flags]:
    """The five groups at risk, by their true causes."""
    order = np.lexsort((told["as_of"], told["account"]))
    account, wanted = told["account"][order], told["users_wanted"][order]
    same = np.zeros(len(order), np.bool_)
    same[3:] = account[3:] == account[:-3]
    before = np.where(same, np.roll(wanted, 3), 0)
    flat = np.zeros(len(order), np.bool_)
    flat[order] = same & (wanted <= before)
    full = told["users_wanted"] >= 0.9 * told["seats"]
    return {
        "used_rarely": told["away"],
        "features_unused": (told["features_in_use"] <= 4) | (told["releases_behind"] >= 2),
        "users_not_growing": flat & ~full,
        "does_not_recommend": told["satisfaction"] < 6.5,
        "about_to_leave": told["intent"],
    }


def crossings(rows: dict[str, Rows]) -> Rows:
    """When what an account has gained first was worth what it had paid."""
    paid, gained = rows["invoices"], rows["outcomes"]
    account = np.concatenate([paid["account"], gained["account"]])
    at = np.concatenate([paid["invoiced_at"], gained["reached_at"]])
    value = np.concatenate([-paid["amount"], gained["value"]])
    order = np.lexsort((at, account))
    account, at, value = account[order], at[order], np.cumsum(value[order])
    first = np.flatnonzero(np.concatenate([[True], account[1:] != account[:-1]])) if len(account) else np.zeros(0, int)
    counts = np.diff(np.append(first, len(account)))
    base = np.repeat(np.where(first > 0, value[first - 1], 0), counts)
    over = np.flatnonzero((value - base >= 0) & (order >= len(paid["account"])))
    who, place = np.unique(account[over], return_index=True)
    return {"account": who, "crossed_at": at[over[place]]}
