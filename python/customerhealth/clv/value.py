"""What customers are worth, with the definition beside every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.columns import number_column
from ..io.instants import AsOf
from ..io.lengths import check_count
from ..io.tables import Role, read_table, refuse_missing
from ..results import Table
from .columns import FloatArray, Numbers, as_column, columns_of, ids_of, is_frame
from .contracts import SBG
from .estimator import Estimator, fitted
from .survival import KaplanMeier

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Valuation", "account_value", "purchase_value", "value_segments"]

Survival: TypeAlias = "SBG | KaplanMeier | float | Sequence[float] | FloatArray"
"""How customers stay: a fitted SBG, BDW or KaplanMeier, a constant rate of retention, or a curve S(0), S(1), …"""


class Valuation:
    """Values of customers, and how they were worked out.

    Attributes
    ----------
    table : pyarrow.Table
        A row a customer; ``value`` is the lifetime value. The definition is in the schema's metadata, too.
    definition : dict of str to object
        Model and parameters, discount, horizon, as-of and the other choices. Two valuations can be compared where
        their definitions are equal.
    """

    def __init__(self, table: pa.Table, definition: dict[str, object]) -> None:
        self.definition = definition
        self.table = table.replace_schema_metadata({f"clv.{name}": str(value) for name, value in definition.items()})

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        return f"<Valuation of {len(self)} customers: {self.definition}>"

    @property
    def total(self) -> float:
        """The sum of the values; NaN where one of them is missing."""
        return float(self.table["value"].to_numpy().sum())

    def by_segment(self) -> Table:
        """Customers and value by segment.

        Returns
        -------
        Table
            ``segment``, ``customers``, ``value`` (summed), ``mean_value``, sorted by segment; null where the value of
            one of them is missing.
        """
        import pyarrow.compute as pc

        if "segment" not in self.table.column_names:
            raise DataError("this valuation has no segments: give segment= where it is made", "", "segment")
        every, whole = pc.CountOptions(mode="all"), pc.ScalarAggregateOptions(skip_nulls=False)
        columns = [("value", "count", every), ("value", "sum", whole), ("value", "mean", whole)]
        found = self.table.group_by("segment").aggregate(columns)
        found = found.select(["segment", "value_count", "value_sum", "value_mean"])
        return Table(found.rename_columns(["segment", "customers", "value", "mean_value"]).sort_by("segment"))

    def differences(self, other: Valuation) -> dict[str, tuple[object, object]]:
        """What differs between two definitions: why two numbers must not be compared.

        Parameters
        ----------
        other : Valuation
            What this one is compared with.

        Returns
        -------
        dict of str to (object, object)
            Empty where the numbers can be compared.
        """
        names = [*self.definition, *(name for name in other.definition if name not in self.definition)]
        pairs = {name: (self.definition.get(name), other.definition.get(name)) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def account_value(
    margin: Numbers,
    renewals: Numbers,
    survival: Survival | Mapping[Any, Survival],
    *,
    discount: float,
    horizon: int,
    expansion: float = 0.0,
    renewal_due: bool = False,
    account: Sequence[Any] | None = None,
    segment: Sequence[Any] | None = None,
    as_of: AsOf | None = None,
) -> Valuation:
    """The value of accounts with contracts: margin × survival × discount, with expansion.

    The sum over j = 1 … horizon of margin × S(n + j) / S(n) × ((1 + expansion) / (1 + discount))^k for an account
    with n renewals, where k = j: the account has just renewed, the next payment is a period away. With `renewal_due`
    the renewal is due now, and k = j - 1.

    Parameters
    ----------
    margin : float or array-like of float
        What an account brings a period, costs subtracted.
    renewals : float or array-like of float
        How often it has renewed, 0 or more.
    survival : SBG, BDW, KaplanMeier, float or array-like; or a mapping of segments to such
        How accounts stay: a fitted model, a constant rate of retention, or a curve S(0), S(1), … A mapping has one
        for every segment. Durations of a KaplanMeier are in periods of payment; it has to reach as far as the horizon,
        or to 0.
    discount : float
        Rate a period, 0 or more.
    horizon : int
        How many payments to come count, 1 or more.
    expansion : float
        By how much the margin grows a period, above -1.
    renewal_due : bool
        Whether the next renewal is due now.
    account : sequence, optional
        Ids, for the table.
    segment : sequence, optional
        Of each account, for a mapping and for :meth:`Valuation.by_segment`.
    as_of : date-like, optional
        When margin and renewals were so; kept in the definition.

    Returns
    -------
    Valuation
        With the columns ``account_id``, ``segment`` (where given), ``margin``, ``renewals``, ``expected_payments``
        (of the horizon, not discounted), ``value``.

    Raises
    ------
    DataError
        If a number cannot be, or a curve ends before the horizon.

    Examples
    --------
    >>> import customerhealth as ch
    >>> s = ch.clv.SBG.from_params(alpha=0.668, beta=3.806)
    >>> v = ch.clv.account_value([100, 100], [0, 5], s, discount=0.1, horizon=50)
    >>> v.table["value"].to_numpy().round(0)  # who has stayed is worth more
    array([491., 647.])
    >>> v.differences(ch.clv.account_value([100, 100], [0, 5], s, discount=0.1, horizon=5))
    {'horizon': (50, 5)}
    """
    import pyarrow as pa

    horizon = check_count("horizon", horizon)
    if not (0.0 <= discount < np.inf and -1.0 < expansion < np.inf):
        raise DataError(f"expected a discount of 0 or more and an expansion above -1, got {discount} and {expansion}")
    base, used = np.broadcast_arrays(_finite(margin, "margin"), _finite(renewals, "renewals", least=0.0))
    groups = _groups(segment, len(base))
    models = survival if isinstance(survival, Mapping) else dict.fromkeys(groups, survival)
    step = (1.0 + expansion) / (1.0 + discount)
    payments = np.arange(1, horizon + 1)
    weights = step ** (payments - 1.0 if renewal_due else payments)
    value, count = np.empty(len(base)), np.empty(len(base))
    for name, rows in groups.items():
        if name not in models:
            raise DataError(f"survival: no model for the segment {name!r}; there are {', '.join(map(repr, models))}")
        distinct, where = np.unique(used[rows], return_inverse=True)
        kept = np.array([_stays(models[name], n, payments) for n in distinct]).reshape(len(distinct), len(payments))
        value[rows] = base[rows] * (kept * weights).sum(axis=1)[where]
        count[rows] = kept.sum(axis=1)[where]
    columns: dict[str, Any] = {} if account is None else {"account_id": ids_of(account, len(base))}
    if segment is not None:
        columns["segment"] = _told(segment, len(base))
    columns |= {"margin": base, "renewals": used, "expected_payments": count, "value": value}
    if isinstance(survival, Mapping):
        shown: object = {name: _described(model) for name, model in survival.items()}
    else:
        shown = _described(survival)
    definition: dict[str, object] = {
        "formula": "margin x survival x discount",
        "survival": shown,
        "discount": discount,
        "horizon": horizon,
        "expansion": expansion,
        "renewal_due": renewal_due,
        "as_of": None if as_of is None else str(as_of),
    }
    return Valuation(pa.table(columns), definition)


def purchase_value(
    model: Any,
    spend: Any,
    frequency: Numbers,
    recency: Numbers | None = None,
    T: Numbers | None = None,  # noqa: N803
    monetary_value: Numbers | None = None,
    *,
    periods: int = 12,
    period_length: float = 1.0,
    discount: float = 0.01,
    margin: float = 1.0,
    account: Sequence[Any] | str | None = None,
    segment: Sequence[Any] | None = None,
    as_of: AsOf | None = None,
) -> Valuation:
    """The value of customers without a contract: purchases to come × their value, discounted.

    The sum over i = 1 … periods of the purchases expected in the i-th period × their expected value × margin
    / (1 + discount)^i.

    Parameters
    ----------
    model : BGNBD, MBGNBD, ParetoNBD or BGBB
        Of the purchases.
    spend : GammaGamma
        Of their value.
    frequency, recency, T, monetary_value : array-like of float, shape (n_customers,)
        The customers; or one table with these columns, as :func:`rfm` gives it, in place of the first.
    periods : int
        How many periods from T on.
    period_length : float
        Of a period, in the time unit of the customers: 4.345 for months where they are in weeks.
    discount : float
        Rate a period, 0 or more.
    margin : float
        Share of the value of a purchase that is kept.
    account : sequence, or str, optional
        Ids, for the result; of a table the name of its column. By default a table's ``account_id``, where it has one.
    segment, as_of
        As for :func:`account_value`.

    Returns
    -------
    Valuation
        With the columns ``account_id`` and ``segment`` (where given), ``expected_purchases`` (of all periods),
        ``expected_value`` (of a purchase), ``value``; both null for those whose purchases have no finite mean value
        (see :meth:`GammaGamma.expected_value`).

    Examples
    --------
    >>> import customerhealth as ch
    >>> m = ch.clv.BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> g = ch.clv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> v = ch.clv.purchase_value(m, g, [1], [1.71], [38.86], [11.77], period_length=4.345)
    >>> round(v.total, 2)
    4.64
    """
    import pyarrow as pa

    periods = check_count("periods", periods)
    if not 0.0 < period_length < np.inf:
        raise DataError(f"period_length: expected a length above 0, got {period_length}")
    if not 0.0 <= discount < np.inf:
        raise DataError(f"discount: expected a rate of 0 or more, got {discount}")
    given = _purchases(frequency, recency, T, monetary_value, account)
    customers = [as_column(values, name) for values, name in zip(given[:3], _CUSTOMERS[:3], strict=True)]
    account = given[4]
    worth = np.atleast_1d(spend.expected_value(customers[0], as_column(given[3], "monetary_value")))
    before, value = np.zeros_like(worth), np.zeros_like(worth)
    for i in range(1, periods + 1):
        bought = np.atleast_1d(model.expected_purchases(i * period_length, *customers))
        value += (bought - before) / (1.0 + discount) ** i
        before = bought
    rows = len(np.atleast_1d(before))
    columns: dict[str, Any] = {} if account is None else {"account_id": ids_of(account, rows)}
    if segment is not None:
        columns["segment"] = _told(segment, rows)
    columns |= {
        "expected_purchases": before,
        "expected_value": number_column(worth),
        "value": number_column(value * worth * margin),
    }
    definition: dict[str, object] = {
        "formula": "purchases x value x discount",
        "purchases": _described(model),
        "spend": _described(spend),
        "periods": periods,
        "period_length": period_length,
        "discount": discount,
        "margin": margin,
        "as_of": None if as_of is None else str(as_of),
    }
    return Valuation(pa.table(columns), definition)


def value_segments(current: Numbers, potential: Numbers, *, quantile: float = 0.5) -> npt.NDArray[np.str_]:
    """Sort customers by what they are worth now and what they could be.

    Parameters
    ----------
    current : array-like of float, shape (n_customers,)
        What each brings now.
    potential : array-like of float, shape (n_customers,)
        What each is expected to bring, or could.
    quantile : float
        Above it is high, in each of the two.

    Returns
    -------
    ndarray of str
        ``high_high``, ``high_low``, ``low_high`` or ``low_low``: current value, then potential.

    Examples
    --------
    >>> import customerhealth as ch
    >>> ch.clv.value_segments([1, 2, 8, 9], [7, 1, 2, 9]).tolist()
    ['low_high', 'low_low', 'high_low', 'high_high']
    """
    now, later = _finite(current, "current"), _finite(potential, "potential")
    if len(now) != len(later):
        raise DataError(f"potential: {len(later)} rows where current has {len(now)}", "", "potential")
    if not 0.0 < quantile < 1.0:
        raise DataError(f"quantile: expected a number between 0 and 1, got {quantile}")
    words = [np.where(values > np.quantile(values, quantile), "high", "low") for values in (now, later)]
    return np.char.add(np.char.add(words[0], "_"), words[1])


_CUSTOMERS = ("frequency", "recency", "T", "monetary_value")


def _purchases(
    frequency: Numbers, recency: Any, age: Any, monetary_value: Any, account: Sequence[Any] | str | None
) -> list[Any]:
    """The four columns and the accounts: as given, or from a table in place of the first."""
    if not is_frame(frequency) or isinstance(frequency, Mapping):
        return [*columns_of([frequency, recency, age, monetary_value], _CUSTOMERS), account]
    if any(value is not None for value in (recency, age, monetary_value)):
        raise DataError(f"a table has the columns {', '.join(_CUSTOMERS)}: give it alone")
    roles = {name: Role(name, "number", name) for name in _CUSTOMERS}
    named = "account_id" if account is None else account
    if isinstance(named, str):
        roles["account"] = Role(named, "account", "account")
    optional = [] if account is not None else ["account_id"]
    table = read_table(frequency, "customers", roles, needs="purchase_value needs", optional=optional)
    there = {alias: role for alias, role in roles.items() if alias in table.column_names}
    refuse_missing(table, "customers", there)
    return [*(table[name] for name in _CUSTOMERS), table["account"] if "account" in there else account]


def _told(segment: Sequence[Any], rows: int) -> Any:
    """A column of segments."""
    import pyarrow as pa

    if len(segment) != rows:
        raise DataError(f"segment: {len(segment)} rows where there are {rows} customers", "", "segment")
    try:
        return segment if isinstance(segment, pa.Array | pa.ChunkedArray) else pa.array(segment, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"segment: its values have no common type: {error}", "", "segment") from error


def _groups(segment: Sequence[Any] | None, rows: int) -> dict[Any, npt.NDArray[np.int64]]:
    if segment is None:
        return {None: np.arange(rows)}
    names = list(segment.to_pylist() if hasattr(segment, "to_pylist") else segment)
    if len(names) != rows:
        raise DataError(f"segment: {len(names)} rows where there are {rows} accounts", "", "segment")
    found: dict[Any, list[int]] = {}
    for row, name in enumerate(names):
        found.setdefault(name, []).append(row)
    return {name: np.array(rows) for name, rows in found.items()}


def _stays(survival: Survival, renewals: float, payments: npt.NDArray[np.int64]) -> FloatArray:
    """S(n + j) / S(n) for each j."""
    if isinstance(survival, SBG):
        if survival.limit_ is not None:
            return np.cumprod(survival.retention(renewals + payments))  # S(n) may be 0, these are not
        curve = np.asarray(survival.survival(np.r_[renewals, renewals + payments]))
        stays: FloatArray = curve[1:] / curve[0]
        return stays
    if isinstance(survival, KaplanMeier):
        return _read_off(survival, renewals, payments)
    if np.ndim(survival) == 0:
        rate = float(survival)  # type: ignore[arg-type]
        if not 0.0 <= rate <= 1.0:
            raise DataError(f"survival: expected a rate of retention between 0 and 1, got {rate:g}")
        constant: FloatArray = rate ** payments.astype(np.float64)
        return constant
    curve = _finite(survival, "survival", least=0.0)
    n = int(renewals)
    if n != renewals or n + int(payments[-1]) >= len(curve) or not curve[n] > 0.0:
        raise DataError(
            f"survival: a curve of {len(curve)} values ends before {payments[-1]} payments after {renewals:g} renewals"
        )
    taken: FloatArray = curve[n + payments] / curve[n]
    return taken


def _read_off(survival: KaplanMeier, renewals: float, payments: npt.NDArray[np.int64]) -> FloatArray:
    curve = np.asarray(survival.survival(np.r_[renewals, renewals + payments]))
    last = float(survival.table_["time"].to_numpy()[-1])
    if not curve[0] > 0.0 or (last < renewals + payments[-1] and curve[-1] > 0.0):
        raise DataError(
            f"survival: the curve ends at {last:g}, before {payments[-1]} payments after {renewals:g} renewals; take a "
            "shorter horizon, or fit an SBG, which goes on"
        )
    share: FloatArray = curve[1:] / curve[0]
    return share


def _finite(values: Numbers, name: str, least: float = -np.inf) -> FloatArray:
    column = as_column(values, name)
    bad = ~(np.isfinite(column) & (column >= least))
    if bad.any():
        row = int(bad.argmax())
        floor = "" if least == -np.inf else f", {least:g} or more"
        raise DataError(
            f"{name}[{row}]: expected a finite number{floor}, got {column[row]:g}", "", name, row, int(bad.sum())
        )
    return column


def _described(model: Any) -> object:
    if isinstance(model, Estimator):
        limit = {} if model.limit_ is None else {"limit": model.limit_}
        return {"model": type(model).__name__, **fitted(model), **limit}
    if isinstance(model, KaplanMeier):
        return {"model": "KaplanMeier", "curve": model.table_.select(["time", "survival"]).to_pydict()}
    return float(model) if np.ndim(model) == 0 else [float(value) for value in model]
