"""What an account is worth by its model."""

from __future__ import annotations

from .model import Model

__all__ = ["worth_of"]


def worth_of(model: Model) -> str | None:
    """What an account pays: the metric that the cohorts of the model name as their revenue, else one called mrr."""
    cohorts = model.to_dict().get("cohorts", {}).values()
    named = {str(cohort["revenue"]) for cohort in cohorts if "revenue" in cohort}
    if len(named) == 1:
        return named.pop()
    return "mrr" if "mrr" in model.columns else None
