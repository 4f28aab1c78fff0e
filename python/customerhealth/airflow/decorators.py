"""``@task.customerhealth``: a function that gives tables, and a task that scores them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

try:
    from airflow.sdk.bases.decorator import DecoratedOperator, determine_kwargs, task_decorator_factory
    from airflow.sdk.definitions.context import context_merge
except ImportError:  # Airflow 2
    from airflow.decorators.base import DecoratedOperator, task_decorator_factory
    from airflow.utils.context import context_merge
    from airflow.utils.operator_helpers import determine_kwargs

from .operators import ScorePortfolioOperator

__all__ = ["customerhealth_task"]

_TEMPLATED = tuple(name for name in ScorePortfolioOperator.template_fields if name not in ("tables", "portfolio"))


class _CustomerhealthDecoratedOperator(DecoratedOperator, ScorePortfolioOperator):
    """Scores what a function returns."""

    template_fields: Sequence[str] = (*DecoratedOperator.template_fields, *_TEMPLATED)
    custom_operator_name = "@task.customerhealth"

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(python_callable=python_callable, op_args=op_args, op_kwargs=op_kwargs, tables={}, **kwargs)

    def execute(self, context: Any) -> dict[str, Any]:
        """Call the function, then score; its frames stay in this process."""
        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        self.tables = self.python_callable(*self.op_args, **kwargs)
        try:
            return super(DecoratedOperator, self).execute(context)
        finally:
            self.tables = None


def customerhealth_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """Score the tables that a function returns; the arguments are those of :class:`ScorePortfolioOperator`.

    Parameters
    ----------
    python_callable : callable
        Gives a dict of tables by their names: frames, paths, whatever :class:`customerhealth.Portfolio` reads. Nothing
        of it goes to Airflow's database.
    **kwargs
        Those of :class:`ScorePortfolioOperator`, save ``tables``.

    Examples
    --------
    ::

        @task.customerhealth(model="b2b-saas", output="/data/scores", fail_on="orphans>100")
        def score(ds=None):
            return {"usage": pl.scan_parquet("/lake/usage"), "accounts": "/lake/accounts.csv"}
    """
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=_CustomerhealthDecoratedOperator, **kwargs
    )
