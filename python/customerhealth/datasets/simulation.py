"""A company of which all is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError
from ..io.columns import instant_column
from ..io.instants import DAY, FOREVER, AsOf, to_micros
from ..model import Model
from .company_tables import TABLES, TRUTHS, account_column, words
from .delivery import Delivery
from .market import Market
from .records import account_versions, corrected
from .traits import WORDS
from .truth import crossings, months
from .world import World

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Simulation", "simulate"]

_MOST_ACCOUNTS = 1_000_000
_NAMES = (
    ("Alder", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper", "Linden", "Maple"),
    ("Works", "Systems", "Labs", "Group", "Partners", "Logistics", "Health", "Bank", "Energy", "Media", "Foods"),
)


class Simulation(Mapping[str, "pa.Table"]):
    """The tables of a simulated company by name, and beside them the truth.

    Made by :func:`simulate`. A mapping: ``dict(simulation)`` has all tables, :meth:`select` those of a model.

    Attributes
    ----------
    truth : dict of str to pyarrow.Table
        What no customer-success team can see:

        ============= ================================================================================================
        ``renewals``  a row a decision: ``account_id``, ``decided_at``, ``ends_at`` (of the contract), ``health`` (the
                      hidden one), ``champion`` (was there one), ``urgent_tickets`` (of severity 1, opened in the 13
                      weeks before), ``first_year`` (the first term), ``probability`` (of leaving, rounded to 6
                      digits), ``renewed``, ``slow_onboarding``, ``single_threaded``, ``budget_cut``, ``cause`` (what
                      adds most to the odds of leaving)
        ``months``    a row an account and beginning of a month, from its first touch on: ``as_of``, ``customer``,
                      ``stage`` (attract, nurture, convert, retain, grow); of customers ``health``, ``satisfaction``
                      (the answer without noise), ``champion_strength``, ``seats``, ``seats_needed``, ``users_wanted``,
                      ``features_in_use`` (of ten), ``releases_behind``, ``products``, ``products_needed``, ``away``,
                      ``intent`` (to leave), ``cause``, ``hazard`` (were the renewal decided now; 1 once it is), and
                      the five groups at risk: ``used_rarely``, ``features_unused``, ``users_not_growing``,
                      ``does_not_recommend``, ``about_to_leave``
        ``crossings`` ``crossed_at``: when what an account has gained first was worth what it had paid
        ============= ================================================================================================
    """

    def __init__(self, tables: Mapping[str, pa.Table], truth: Mapping[str, pa.Table]) -> None:
        self._tables, self.truth = dict(tables), dict(truth)

    @property
    def renewals(self) -> pa.Table:
        """The decisions about renewals, which the truth has under the same name."""
        return self.truth["renewals"]

    def __getitem__(self, name: str) -> pa.Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def select(self, model: Model) -> dict[str, pa.Table]:
        """The tables that a model reads, for ``Portfolio(model, tables=...)``.

        Parameters
        ----------
        model : Model
            Any; the preset ``b2b-saas`` reads six of them.

        Returns
        -------
        dict of str to pyarrow.Table
            Without those that the simulation does not have, or has with other columns.
        """
        return {
            name: self._tables[name]
            for name, columns in model.tables.items()
            if name in self._tables and set(columns) <= set(self._tables[name].column_names)
        }

    def __repr__(self) -> str:
        return f"<Simulation of {', '.join(f'{name} {table.num_rows:,}' for name, table in self.items())}>"


def simulate(accounts: int = 1000, start: AsOf = "2024-07-01", end: AsOf = "2026-07-01", seed: int = 0) -> Simulation:
    """A software company and its market, made up, from the first touch to expansion, driven by a process that is known.

    For demos, tests and benchmarks: what a model says can be held against what truly drives the accounts. Many presets
    read the tables as they are; ``customerhealth presets NAME`` says which.

    Parameters
    ----------
    accounts : int
        How many, 1 to 1,000,000. Of them about 62 % are customers when the log begins, 22 % become customers later,
        and 16 % never do.
    start, end : date-like
        The log covers ``[start, end)``; what was not known before the end is not in it. Contracts, what belongs to
        them, and contacts reach further back. `start` is moved back to midnight.
    seed : int
        0 or more. The same seed gives the same tables with the same version of NumPy, on every platform as far as
        NumPy promises it: the generators are ``numpy.random.PCG64``.

    Returns
    -------
    Simulation
        A mapping from name to pyarrow.Table. Instants are timestamp[us, UTC]; texts are dictionary-encoded;
        ``account_id`` stands first in all of them. Each table is in the order in which its rows became known;
        ``accounts`` has the first row of each account by number, then those that replace them.

        ====================== ========================================================================================
        table                  columns beside ``account_id``
        ====================== ========================================================================================
        ``accounts``           ``created_at``, ``segment``, ``region``, ``industry``, ``owner``, ``parent_id``,
                               ``sales_owner``, ``marketing_owner``, ``name``, ``known_at``, ``target``
        ``usage``              ``user_id``, ``feature``, ``occurred_at``, ``ingested_at``, ``product``, ``person_id``
                               (the same number as ``user_id``)
        ``contracts``          ``contract_id``, ``start_date``, ``end_date``, ``signed_at``, ``seats``, ``mrr``,
                               ``product``, ``kind`` (new, renewal, upsell, cross_sell), ``features`` (how many it
                               brings), ``price``, ``discount``, ``term_months`` (0: it runs on, without an
                               ``end_date``), ``billing``, ``notice_given``
        ``tickets``            ``ticket_id``, ``severity`` (1 is the worst), ``opened_at``, ``closed_at``,
                               ``person_id``, ``kind`` (defect, question), ``urgent``, ``product``
        ``surveys``            ``answered_at``, ``score`` (would you recommend us, 0 to 10), ``person_id``
        ``sentiment``          ``set_at``, ``colour`` (red, yellow, green), by the account's manager
        ``contacts``           ``contact_id``, ``role``, ``buying_role``, ``since``, ``left_at``, ``person_id``
        ``opportunities``      ``opportunity_id``, ``kind``, ``opened_at``, ``closed_at``, ``won``, ``mrr``,
                               ``product``, ``lead_id``
        ``activities``         ``contact_id``, ``occurred_at``, ``action``, ``person_id``: what our contacts do with us
        ``people``             ``person_id``, ``known_at``, ``role``, ``buying_role``, ``title``, ``target_account``,
                               ``joined_at``, ``left_at``; who leaves or moves gets a further row
        ``touches``            ``person_id`` (null: anonymous), ``occurred_at``, ``known_at``, ``kind`` (visit,
                               download, form, event), ``channel``
        ``signals``            ``person_id``, ``observed_at``, ``known_at``, ``kind`` (trigger, brand, evaluation)
        ``mails``              ``person_id``, ``occurred_at``, ``kind`` (sent, opened, answered, unsubscribed)
        ``leads``              ``lead_id`` (a person), ``created_at``, ``channel``
        ``lead_scores``        ``lead_id``, ``scored_at``, ``points``
        ``decisions``          ``lead_id``, ``decided_at``, ``decision`` (accepted, qualified, rejected, lost)
        ``opportunity_stages`` ``opportunity_id``, ``entered_at``, ``stage`` (accepted, qualified, evaluation, decision,
                               won, lost)
        ``pauses``             ``paused_at``, ``resumed_at``
        ``entitlements``       ``contract_id``, ``product``, ``feature``, ``start_date``, ``end_date``, ``signed_at``
        ``installations``      ``reported_at``, ``versions_behind``; of those who host it themselves
        ``tasks``              ``product``, ``task`` (kickoff, first_login, integration, training, first_value),
                               ``done_at``, ``known_at``
        ``onboardings``        ``product``, ``started_at``, ``completed_at``
        ``invoices``           ``invoice_id``, ``contract_id``, ``product``, ``invoiced_at``, ``due_at``, ``amount``
        ``payments``           ``invoice_id``, ``paid_at``, ``amount``
        ``purchases``          ``person_id``, ``contract_id``, ``signed_at``: who signed; in small accounts that is the
                               administrator, else the sponsor
        ``promises``           ``promised_at``, ``due_at``, ``value``: gains that were promised with the first contract
        ``outcomes``           ``reached_at``, ``confirmed_at``, ``value``: gains that the customer confirmed
        ``meetings``           ``person_id``, ``met_at``, ``kind``
        ``satisfaction``       ``person_id``, ``answered_at``, ``score`` (how a ticket was handled, 1 to 5),
                               ``product``
        ``advocacy``           ``person_id``, ``occurred_at``, ``kind`` (referral, review, reference_call)
        ====================== ========================================================================================

        A person has one number in all tables. ``truth`` is the truth. Put in on purpose: one row of usage in 2,000 and
        one touch or signal in 200 twice; 2 % of usage late, by up to three days; anonymous touches are known once they
        are matched; of one contract in fifty ``mrr`` is entered a tenth too high and corrected within two weeks by a
        row of the same ``contract_id``; a notice is such a row too; one renewal in twenty is signed after it begins.
        The contracts of one account in twelve run on, unless they are for two years: they have no end until such a row
        gives them one, as the next term is signed, with a notice, or on the last day. Of three accounts in a hundred
        the industry was entered wrong, and one in eight gets another ``owner``: a later row of the account says so,
        from its ``known_at`` on.

    Raises
    ------
    ValueError
        If `accounts` or `seed` is out of range.
    DataError
        If a date is none, or the end is not after the start.

    Notes
    -----
    Each account has a *fit*, normal with mean 0.15 and deviation 0.85, and a hidden *health* that moves every week:

    .. code-block:: text

        health += 0.06 · (fit − 0.9 · no champion − 0.3 · slow onboarding − health)
                  − 0.25 · new tickets of severity 1 + normal(0, 0.16)

    An account is lost in one way only: 60 days before the end of its contract (a year long, of one in seven two) it
    decides, and leaves with probability 1 / (1 + exp(−x)), where

    .. code-block:: text

        x = −2.9 − 1.2 · health + 0.8 · no champion
            + 0.5 · tickets of severity 1 in the last 13 weeks (3 at most) + 0.4 · in its first term
            + 0.9 · slow onboarding (in the first term: first value after more than 60 days)
            + 0.7 · single-threaded (one person alone talks to us)
            + 1.6 · budget cut (for half a year, seen in late payments)

    Who leaves does half as much until the end and nothing afterwards. From five months on one in twenty comes back in a
    year. What can be seen:

    - onboarding: first value comes after a lognormal number of days, median 40, deviation 0.55; the roll-out is as
      fast;
    - the need for seats grows by 12 ± 15 % a year; users who want one are need / (1 + exp(−0.7 − 0.9 · health)), times
      the roll-out; what a user does a week grows with health by exp(0.35 · health);
    - features in use are 1 + 9 / (1 + exp(−0.6 − health)) of ten, times the roll-out, rounded down;
    - expansion: an upsell deal opens in a week with probability 0.008 · features in use where more than 95 % of the
      seats are wanted (else 0.1 %), a cross-sell deal with 0.04 / (1 + exp(0.9 · (6 − features in use))) for a product
      that is needed (else a twentieth of it); 75 and 60 % of them are won;
    - in a week 0.04 % of customers, and 0.8 % more where health is below −0.5, stay away for 6 to 20 weeks, with a
      twenty-fifth of the use; 0.15 % have their budget cut, so that 70 % of invoices are paid late;
    - a champion leaves in a week with probability 0.5 %, a sponsor 0.3 % (which changes nothing), and is replaced in a
      week with 7 %; one in seven turns up at another account;
    - tickets come with the number of seats, 40 % more of them where health is below 0; one in ten has severity 1;
      in one week of 1,000 an outage brings five more, half of them of severity 1; a ticket is about the core product
      twice as often as about each further one;
    - answers about a ticket are 4.3 - 0.06 · days to close + 0.4 · health + normal(0, 0.7), half a point less where it
      is about automation;
    - survey answers are 7.3 + 1.3 · (health + normal(0, 1.1)), rounded; colours follow health + normal(0, 0.5), red
      below −0.8 and green from 0 on;
    - gains are 1.25 · exp(0.45 · health) of what the seats cost, from first value on, confirmed 2 to 18 days later;
    - at a renewal seats grow by a fifth where more than 80 % are in use and shrink by a fifth below 45 %; a further
      product is dropped with probability 1 / (1 + exp(2 + health)).

    Region, owner and parent drive nothing; segment and industry drive nothing but what is needed.

    Examples
    --------
    >>> import customerhealth as ch
    >>> data = ch.datasets.simulate(50, "2025-07-01", "2026-07-01", seed=1)
    >>> model = ch.Model.preset("b2b-saas")
    >>> panel = ch.Portfolio(model, tables=data.select(model)).score("2026-07-01")
    >>> sorted(set(panel.table["health_grade"].to_pylist()) - {None})
    ['green', 'red', 'yellow']
    """
    first, last = (int(to_micros(at)[0]) for at in (start, end))
    _check(accounts, seed, first, last)
    first = first // DAY * DAY
    return _Company(World(accounts, first, last, seed)).simulation()


def _check(accounts: int, seed: int, first: int, last: int) -> None:
    for name, value, low, high in (("accounts", accounts, 1, _MOST_ACCOUNTS), ("seed", seed, 0, None)):
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if not whole or value < low or (high is not None and value > high):
            fits = f"from {low} to {high:,}" if high is not None else f"of {low} or more"
            raise ValueError(f"{name}: expected a whole number {fits}, got {value!r}")
    if last <= first:
        raise DataError("simulate: the end must be after the start")


class _Company:
    """Arrow tables of what the simulation wrote down."""

    def __init__(self, world: World) -> None:
        import pyarrow as pa

        self._world, self._rows = world, world.run()
        width = len(str(world.count - 1))
        self._ids = pa.array([f"account-{number:0{width}}" for number in range(world.count)])

    def simulation(self) -> Simulation:
        self._complete()
        tables = {"accounts": self._accounts(), "usage": self._usage()}
        for name, table in TABLES.items():
            tables[name] = table.arrow(self._rows[name], self._ids, self._world.end)
        truth = {name: table.arrow(self._rows[name], self._ids, self._world.end) for name, table in TRUTHS.items()}
        return Simulation(tables, truth)

    def _complete(self) -> None:
        """The tables that are drawn at once, after the weeks."""
        world, rows = self._world, self._rows
        rows["contacts"]["left_at"] = self._left_at()
        market = Market(world, rows)
        market.all()
        moves, contacts = rows["moves"], rows["contacts"]
        moved = {"contact_id": moves["person_id"], "account": moves["account"], "since": moves["since"]}
        moved |= {name: np.zeros(len(moves["since"]), np.int8) for name in ("role", "buying_role")}
        moved["left_at"] = np.full(len(moves["since"]), FOREVER)
        rows["contacts"] = {name: np.concatenate([contacts[name], moved[name]]) for name in contacts}
        Delivery(world, rows).all()
        rows["tickets"]["kind"], rows["tickets"]["urgent"] = rows["tickets"]["ticket"], rows["tickets"]["severity"] == 1
        signed = {name: rows["contracts"][name] for name in ("account", "contract_id", "signed_at")}
        rows["purchases"] = {**signed, "person_id": rows["contracts"]["signer"]}
        self._number_deals()
        rows["months"], rows["crossings"] = months(world, rows, market), crossings(rows)
        rows["contracts"], rows["entitlements"] = corrected(rows["contracts"], rows["notices"], world.seed, world.count)

    def _left_at(self) -> Any:
        left, contacts = self._rows["left"], self._rows["contacts"]["contact_id"]
        ends = np.full(len(contacts), FOREVER)
        order = np.argsort(contacts, kind="stable")
        ends[order[np.searchsorted(contacts[order], left["contact_id"])]] = left["left_at"]
        return ends

    def _number_deals(self) -> None:
        """Deals are numbered in the order of their table, which their stages refer to."""
        deals, stages = self._rows["opportunities"], self._rows["opportunity_stages"]
        order = TABLES["opportunities"].order(deals, self._world.end)
        number = np.full(len(deals["account"]), -1)
        number[order] = np.arange(len(order))
        stages["opportunity_id"] = number[stages["opportunity"]]
        deals["won"] = np.ma.masked_array(deals["won"], deals["closed_at"] >= self._world.end)

    def _accounts(self) -> pa.Table:
        import pyarrow as pa

        world, traits = self._world, self._world.traits
        known = np.flatnonzero(traits.met < world.end)
        first, later = account_versions(traits, known, world.end, world.seed)
        rows = np.concatenate([np.arange(len(known)), later["row"]])
        number = known[rows]
        above = np.maximum(traits.parent, 0)
        parent = pa.array(above, mask=(traits.parent < 0) | (traits.met[above] >= world.end)).cast(pa.int32())
        said = {name: np.concatenate([first[name], later[name]]) for name in first}
        owners = {name: words(number // step % len(WORDS[name]), WORDS[name]) for name, step in _OWNERS.items()}
        return pa.table(
            {
                "account_id": account_column(number, self._ids),
                "created_at": instant_column(traits.met[number]),
                **{name: words(getattr(traits, name)[number], WORDS[name]) for name in ("segment", "region")},
                "industry": words(said["industry"], WORDS["industry"]),
                "owner": words(said["owner"], WORDS["owner"]),
                "parent_id": pa.DictionaryArray.from_arrays(parent.take(pa.array(number)), self._ids),
                **owners,
                "name": pa.array([_name(int(each)) for each in number]),
                "known_at": instant_column(np.concatenate([traits.met[known], later["at"]])),
                "target": pa.array(traits.target[number]),
            }
        )

    def _usage(self) -> pa.Table:
        import pyarrow as pa

        rows = self._rows["usage"]
        user = pa.array(rows["user_id"])
        columns = {
            "account_id": account_column(rows["account"], self._ids),
            "user_id": user,
            "feature": words(rows["feature"], WORDS["feature"]),
            "occurred_at": instant_column(rows["occurred_at"]),
            "ingested_at": instant_column(rows["ingested_at"]),
            "product": words(rows["product"], WORDS["product"]),
            "person_id": user,
        }
        return pa.table(columns)


_OWNERS = {"sales_owner": 5, "marketing_owner": 20}


def _name(number: int) -> str:
    """The name of an account: no two are the same."""
    first, second = _NAMES
    many, again = len(first) * len(second), number // (len(first) * len(second))
    text = f"{first[number % len(first)]} {second[number % many // len(first)]}"
    return f"{text} {again + 1}" if again else text
