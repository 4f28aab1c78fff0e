"""What a transformer is given: tables, or a portfolio of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..io.instants import AsOfs, to_micros
from ..io.table_like import TableLike
from ..loaded import Loaded
from ..model import Model
from ..portfolio import Portfolio

__all__ = ["Tables", "instants_of", "loaded_of", "portfolio_of"]

Tables: TypeAlias = Portfolio | Mapping[str, TableLike]
"""A portfolio, or the tables that one takes, by their names."""


def portfolio_of(given: object, model: object, threads: int | None) -> Portfolio:
    """The portfolio, or one of the tables."""
    if not isinstance(model, Model):
        raise TypeError(f"model: expected a Model, not a {type(model).__name__}; Model.load(path) makes one")
    if isinstance(given, Portfolio):
        if given.model != model:
            raise DataError("X: the portfolio is of another model")
        return given
    if isinstance(given, Mapping):
        return Portfolio(model, tables=given, threads=threads, progress=False)
    raise DataError(
        f"X: expected a dict of tables by their names, or a Portfolio, not a {type(given).__name__}; rows and columns "
        "are what comes out"
    )


def loaded_of(given: object, model: object, threads: int | None) -> Loaded:
    """What is inside the portfolio."""
    return portfolio_of(given, model, threads)._loaded  # noqa: SLF001  which no one else needs to see


def instants_of(as_ofs: AsOfs) -> npt.NDArray[np.datetime64]:
    """The as-ofs, one or more; an error says that it is they."""
    try:
        micros = to_micros(as_ofs)
    except DataError as error:
        raise DataError(f"as_ofs: {error}") from None
    if not len(micros):
        raise DataError("as_ofs: expected one date or more, got none")
    return micros.astype("datetime64[us]")
