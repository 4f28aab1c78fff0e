"""A portfolio that is kept in a folder, from night to night."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import DataError
from ..io.table_like import TableLike
from ..loaded import Loaded
from ..model import Model
from ..progress import Progress
from ..results import Table
from ..storage import Saved, load_saved, save, versions_in

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Folders"]


class Folders:
    """The part of a :class:`Portfolio` that knows files."""

    _loaded: Loaded
    _strict: str
    _saved: Saved | None

    def save(self, folder: str | os.PathLike[str], *, note: str | None = None) -> int:
        """Write the tables to a folder, from which :meth:`open` has them back in no time.

        Nothing in a folder is ever changed: files are added, and a numbered manifest says which of them are a version.
        Until the manifest is there whole, the version before stands, whatever ends the process or the machine.

        Parameters
        ----------
        folder : path
            A folder of its own: a new one, an empty one, or one that holds a saved portfolio, of which this becomes
            the newest version.
        note : str, optional
            Whatever should stand beside the version, such as the version of a source.

        Returns
        -------
        int
            The version's number.

        Raises
        ------
        DataError
            If the folder holds other files, or cannot be written; what was there before stands.

        Examples
        --------
        >>> import customerhealth as ch, pyarrow as pa, tempfile
        >>> from datetime import date
        >>> model = ch.Model.parse({
        ...     "format": 1,
        ...     "tables": {"usage": {"kind": "events", "account": "who", "time": "day"}},
        ...     "metrics": {"events": {"from": "usage", "agg": "count"}},
        ... })
        >>> folder = tempfile.mkdtemp()
        >>> ch.Portfolio(model, usage=pa.table({"who": ["acme"], "day": [date(2026, 5, 1)]})).save(folder)
        1
        >>> portfolio = ch.Portfolio.open(folder)
        >>> day = pa.table({"who": ["acme", "zeta"], "day": [date(2026, 6, 30)] * 2})
        >>> portfolio.append(usage=day, key="2026-06-30")
        >>> portfolio.append(usage=day, key="2026-06-30")  # a rerun: the same rows once
        >>> ch.Portfolio.open(folder).score("2026-07-01").table["events"].to_pylist()
        [2.0, 1.0]
        """
        return save(self._loaded, self._strict, folder, note, self._loaded.given)

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        model: Model | None = None,
        *,
        threads: int | None = None,
        verify: bool = False,
        version: int | None = None,
    ) -> Self:
        """A saved portfolio: its files are mapped, not read; appends to it are committed before they return.

        Parameters
        ----------
        folder : path
            Where :meth:`save` wrote it.
        model : Model, optional
            Another model than the one that it was saved with: of the same tables, from which it reads no column that
            the other did not. What is appended is then saved with it. Default: the saved one.
        threads : int, optional
            As for :class:`Portfolio`.
        verify : bool
            Read all files and compare their checksums. Sizes, and the manifest, are always checked.
        version : int, optional
            One of :meth:`versions`, to be read; it cannot be appended to. Default: the newest.

        Returns
        -------
        Portfolio

        Raises
        ------
        DataError
            If the folder is no saved portfolio, is of a newer format, lacks a file, or is damaged; or if the model
            reads what is not there.
        """
        if model is not None and not isinstance(model, Model):
            raise TypeError(f"a portfolio needs a Model, not a {type(model).__name__}; Model.load(path) makes one")
        saved = load_saved(folder, model, Loaded.count_of(threads), verify, version)
        out = cls.__new__(cls)  # without reading tables
        vars(out).update(_saved=saved, _loaded=saved.loaded, _strict=saved.strict)
        return out

    def append(
        self,
        *,
        tables: Mapping[str, TableLike] | None = None,
        key: str | None = None,
        note: str | None = None,
        progress: Progress = None,
        **frames: TableLike,
    ) -> None:
        """Add rows that arrived since.

        The result is the same, to the bit, as if all rows had been loaded at once; the cost goes by the new rows and
        the accounts that they touch. When it raises, the portfolio is as it was, and so is the folder of an opened one,
        where rows are committed before this returns.

        Parameters
        ----------
        tables, **frames
            As for :class:`Portfolio`.
        key : str, optional
            Of an opened portfolio: a name for these rows, such as the day. The same key again takes the place of all
            rows that came with it, at their place in the order of arrival, so that a job can run twice.
        note : str, optional
            Of an opened portfolio: what should stand beside the new version.
        progress : bool or callable, optional
            As for :class:`Portfolio`.

        Raises
        ------
        DataError
            If a table cannot be used, the folder cannot be written, or `key` or `note` are given for a portfolio that
            was not opened from one.
        """
        if self._saved is None:
            if key is not None or note is not None:
                what = "key" if key is not None else "note"
                raise DataError(f"{what}: this portfolio is in memory alone: save it and Portfolio.open(folder) it")
            self._loaded.append(tables, frames, progress)
            return
        for name, value in (("key", key), ("note", note)):
            if value is not None and not isinstance(value, str):
                raise DataError(f"{name}: expected a text, got {value!r}")
        rows, given = self._loaded.read_more(tables, frames)
        self._loaded = self._saved.append(rows, given, key, note)

    def compact(self) -> None:
        """Rewrite an opened portfolio's many small files as few large ones, as a new version.

        Appends see to that by themselves now and then; answers, keys and older versions stay.

        Raises
        ------
        DataError
            If the portfolio was not opened from a folder, or that cannot be written.
        """
        self._opened("compact").compact()

    def versions(self) -> Table:
        """The versions in an opened portfolio's folder.

        Returns
        -------
        pyarrow.Table
            ``version``, ``written``, ``key`` and ``note`` of the append that made it, ``model_digest``, ``appends``
            since it was saved that can be told apart, ``bytes`` of its files, most of which it shares with others.

        Raises
        ------
        DataError
            If the portfolio was not opened from a folder.
        """
        return Table(versions_in(self._opened("versions").folder))

    def drop(self, *, before: int) -> None:
        """Forget versions of an opened portfolio, and remove the files that only these need.

        Parameters
        ----------
        before : int
            Versions of lesser numbers go; the two newest stay whatever it is.

        Raises
        ------
        DataError
            If the portfolio was not opened from a folder, or that cannot be written.
        """
        self._opened("drop").drop(before)

    def _opened(self, what: str) -> Saved:
        if self._saved is None:
            raise DataError(f"{what}: this portfolio was not opened from a folder: Portfolio.open(folder) does that")
        return self._saved
