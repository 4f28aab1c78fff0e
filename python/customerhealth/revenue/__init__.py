"""Recurring revenue: movements, retention, cohorts, and what lies ahead."""

from .rates import revenue_rates
from .revenue import Revenue

__all__ = ["Revenue", "revenue_rates"]
