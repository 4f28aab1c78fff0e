"""What Airflow is told of the provider: the entry point ``apache_airflow_provider``."""

from __future__ import annotations

from typing import Any

from .._version import __version__

__all__ = ["provider_info"]

_NAME = "customerhealth"  # of the distribution too: Airflow refuses a provider whose entry point has another


def provider_info() -> dict[str, Any]:
    """What ``airflow providers get customerhealth`` shows, in the form that Airflow's schema asks for.

    Returns
    -------
    dict
    """
    return {
        "package-name": _NAME,
        "name": "Customer health",
        "description": "Account health for B2B portfolios: scores as partitions, with checks of the tables.",
        "versions": [__version__],
        "integrations": [{"integration-name": _NAME, "tags": ["software"]}],
        "operators": [{"integration-name": _NAME, "python-modules": ["customerhealth.airflow.operators"]}],
        "sensors": [{"integration-name": _NAME, "python-modules": ["customerhealth.airflow.sensors"]}],
        "triggers": [{"integration-name": _NAME, "python-modules": ["customerhealth.airflow.triggers"]}],
        "task-decorators": [{"name": _NAME, "class-name": "customerhealth.airflow.decorators.customerhealth_task"}],
    }
