"""What the accounts of the simulated company are, for good, and the words that its tables use."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..io.columns import Flags, Floats, Ints
from ..io.instants import DAY

__all__ = [
    "CHURN",
    "NOTICE",
    "PEOPLE",
    "WORDS",
    "YEAR",
    "Drivers",
    "Rows",
    "Traits",
    "logistic",
    "stream",
    "whole_days",
]

Rows: TypeAlias = "dict[str, npt.NDArray[Any]]"
Codes: TypeAlias = "npt.NDArray[np.int8]"

YEAR = 365 * DAY
NOTICE = 60 * DAY  # before the end of a contract its renewal is decided
PEOPLE = 10_000  # ids of an account's people: its number times this, and on
FEATURES = (
    *("report", "dashboard", "export", "alert", "api", "share", "comment", "import", "schedule", "audit"),
    *("cohort_view", "forecast", "pivot", "drill_down"),
    *("workflow", "rule", "webhook", "approval"),
)
WORDS: dict[str, tuple[str, ...]] = {
    "segment": ("small", "medium", "large"),
    "region": ("americas", "emea", "apac"),
    "industry": ("software", "finance", "health", "manufacturing", "public"),
    "owner": ("ada", "ben", "cleo", "dev", "eve"),
    "sales_owner": ("finn", "gita", "hugo", "ines"),
    "marketing_owner": ("jo", "kim"),
    "product": ("core", "analytics", "automation"),
    "feature": FEATURES,
    "billing": ("monthly", "quarterly", "yearly"),
    "kind": ("new", "renewal", "upsell", "cross_sell"),
    "colour": ("red", "yellow", "green"),
    "role": ("champion", "executive_sponsor", "admin", "user", "finance", "it"),
    "buying_role": ("champion", "decision_maker", "practitioner", "influencer", "steering_committee", "other"),
    "task": ("kickoff", "first_login", "integration", "training", "first_value"),
    "touch": ("visit", "download", "form", "event"),
    "channel": ("content", "search", "review_site", "event", "advert"),
    "signal": ("trigger", "brand", "evaluation"),
    "mail": ("sent", "opened", "answered", "unsubscribed"),
    "decision": ("accepted", "qualified", "rejected", "lost"),
    "deal_stage": ("accepted", "qualified", "evaluation", "decision", "won", "lost"),
    "meeting": ("check_in", "business_review", "executive_review", "kickoff"),
    "ticket": ("defect", "question"),
    "advocacy": ("referral", "review", "reference_call"),
    "cause": ("experience", "champion", "support", "onboarding", "single_threaded", "budget"),
    "stage": ("attract", "nurture", "convert", "retain", "grow"),
    "title": ("Engineer", "Analyst", "Head of Operations", "VP Engineering", "IT Manager", "CFO", "Consultant"),
}
# What contacts do with us before the sale, and after it, with the share of each.
ACTIONS = (
    *("content_download", "webcast", "booth_visit", "demo_request", "trial", "contact_sales", "meeting", "workshop"),
    *("survey", "event_follow_up", "high_intent_content", "owned_event", "roundtable", "vendor_meeting"),
    *("registration", "syndicated_content", "hosted_elsewhere", "professional_services", "public_sector"),
    *("trial_self_hosted", "trial_in_product", "trial_saas", "free_trial_page", "unsubscribe"),
    *("self_service_registration", "subscribe_newsletter", "subscribe_live_events", "subscribe_security"),
    *("subscribe_webcasts", "requalified", "generic_email", "careers_page"),
)
WORDS["action"] = ACTIONS
_BEFORE = {"content_download": 14, "webcast": 13, "booth_visit": 10, "demo_request": 11, "trial": 9, "contact_sales": 9}
_AFTER = {"meeting": 34, "webcast": 16, "content_download": 16, "workshop": 15, "survey": 15}
_RARE = {"unsubscribe": 0.3, "public_sector": 0.4, "professional_services": 0.6, "generic_email": 0.8}


def _shares(common: dict[str, int]) -> Floats:
    weights = np.array([common.get(name, _RARE.get(name, 1.2 if common is _BEFORE else 0.2)) for name in ACTIONS])
    return np.asarray(np.cumsum(weights) / weights.sum())


BEFORE_SALE, AFTER_SALE = _shares(_BEFORE), _shares(_AFTER)


class Drivers:
    """The log-odds that a customer does not renew, when that is decided."""

    base = -2.9
    health = -1.2  # a unit of the hidden health
    no_champion = 0.8
    urgent_ticket = 0.5  # each of severity 1, opened in the 13 weeks before, up to 3
    first_term = 0.4
    slow_onboarding = 0.9  # in the first term: first value came later than 60 days, or not at all
    single_threaded = 0.7  # one person alone talks to us
    budget_cut = 1.6

    def terms(self, health: Floats, champion: Flags, urgent: Floats, slow: Flags, single: Flags, cut: Flags) -> Floats:
        """What each cause adds to the log-odds: a row a cause, in the order of ``WORDS["cause"]``."""
        experience = self.health * health
        support = self.urgent_ticket * np.minimum(urgent, 3)
        flags = self.no_champion * ~champion, self.slow_onboarding * slow, self.single_threaded * single
        return np.stack([experience, flags[0], support, flags[1], flags[2], self.budget_cut * cut])

    def probability(self, terms: Floats, first: Flags) -> Floats:
        """How likely each is to leave."""
        return logistic(self.base + self.first_term * first + terms.sum(axis=0))


CHURN = Drivers()


def logistic(x: Floats) -> Floats:
    """From log-odds to a probability."""
    return np.asarray(1 / (1 + np.exp(-x)))


def whole_days(at: Ints) -> Ints:
    """The midnight before each instant."""
    return at // DAY * DAY


def stream(seed: int, room: int) -> np.random.Generator:
    """Random numbers of one room of the simulation, so that a change in one moves nothing in the others."""
    return np.random.Generator(np.random.PCG64([seed, room]))


class Traits:
    """What the accounts are, and when they first meet us. Nothing here changes with time."""

    def __init__(self, count: int, start: int, end: int, seed: int) -> None:
        random = stream(seed, 0)
        self.segment = random.choice(3, count, p=[0.7, 0.26, 0.04])
        low, high = np.array([3, 12, 40])[self.segment], np.array([12, 40, 100])[self.segment]
        self.seats = (low * (high / low) ** random.random(count)).astype(np.int64)  # of the first contract
        self.fit = 0.15 + 0.85 * random.standard_normal(count)  # what the hidden health comes back to
        dear = np.array([30, 26, 20])[self.segment]  # a seat, a month
        self.price = np.round(dear * (0.8 + 0.4 * random.random(count)), 2)
        self.region, self.industry = random.integers(0, 3, count), random.integers(0, 5, count)
        parents = random.integers(0, np.maximum(np.arange(count), 1))
        self.parent = np.where((random.random(count) < 0.06) & (np.arange(count) > 0), parents, -1)
        self.target = random.random(count) < np.array([0.1, 0.3, 0.8])[self.segment]
        self.months = np.where(random.random(count) < 0.15, 24, 12)  # the term of a contract
        self.term = self.months // 12 * YEAR
        self.billing = random.choice(3, count, p=[0.3, 0.2, 0.5])
        self.discount = np.where(self.months == 24, 0.1, 0) + 0.05 * (random.random(count) < 0.2)
        want = np.array([[0.35, 0.65, 0.8], [0.2, 0.45, 0.65]])[:, self.segment]
        want = want + np.array([[0.15, 0.1, -0.1, -0.1, -0.15], [0.15, 0, -0.05, 0.15, -0.15]])[:, self.industry]
        self.needs = random.random((2, count)) < want  # analytics, automation
        self.growth = 0.12 + 0.15 * random.standard_normal(count)  # of the seats needed, a year
        self.self_hosted = random.random(count) < 0.4
        self._meet(count, start, end, random)

    def _meet(self, count: int, start: int, end: int, random: np.random.Generator) -> None:
        kind = random.random(count)
        self.old, self.never = kind < 0.62, kind >= 0.84  # customers before the start; those who never buy
        span = end - start + 200 * DAY  # some are on their way when the log ends
        before = start - ((0.1 + random.random(count) * 3.9) * YEAR).astype(np.int64)
        during = start + (random.random(count) * span).astype(np.int64)
        self.since = whole_days(np.where(self.old, before, during))  # of the first contract, had they bought
        days = random.random((3, count))
        self.opened = self.since - ((35 + 60 * days[0]) * DAY).astype(np.int64)  # the deal
        self.nurtured = self.opened - ((14 + 100 * days[1]) * DAY).astype(np.int64)
        self.touched = self.nurtured - ((10 + 140 * days[2]) * DAY).astype(np.int64)
        self.never_nurtured = self.never & (random.random(count) < 0.35)  # of those who never buy
        self.no_deal = self.never_nurtured | (self.never & (random.random(count) < 0.5))
        # In our books from the first form on, or once its anonymous visits were matched to it.
        matched = self.touched + (random.random(count) * 20 * DAY).astype(np.int64)
        self.met = np.where(self.never_nurtured, matched, self.nurtured)
        lost = ~self.old & ~self.never & (random.random(count) < 0.2)  # a deal before the one that was won
        self.earlier = np.where(lost, (180 + 120 * random.random(count)) * DAY, 0).astype(np.int64)
        self.met -= self.earlier
