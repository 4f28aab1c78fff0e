"""Dates in the names of files: ``snap/company_{known:%Y-%m-%d}.csv`` fills a column ``known``."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, NoReturn

from ..errors import DataError

__all__ = ["DatedPattern"]

_PLACE = re.compile(r"\{([^{}:/]+):([^{}]*%[^{}]*)\}")
_DIRECTIVES = {  # as a pattern of files, as a regular expression
    "Y": ("[0-9][0-9][0-9][0-9]", r"\d{4}"),
    "y": ("[0-9][0-9]", r"\d{2}"),
    "f": ("[0-9]*", r"\d{1,6}"),
    "j": ("[0-9]*", r"\d{1,3}"),
    "b": ("*", r"[^\W\d_]+"),
    "B": ("*", r"[^\W\d_]+"),
    "%": ("%", "%"),
} | dict.fromkeys("mdHMS", ("[0-9]*", r"\d{1,2}"))
_FITS = "%Y %y %m %d %j %b %B %H %M %S %f"


class _Place(NamedTuple):
    """A column's place in a name."""

    column: str
    form: str


class DatedPattern:
    """A pattern with dates at places such as ``{known:%Y%m%d}``; the rest is one of :mod:`glob`'s.

    Parameters
    ----------
    path : str
        The pattern.
    table : str
        The table's name, for messages.

    Raises
    ------
    DataError
        If a column has two places or a form is none.
    """

    def __init__(self, path: str, table: str) -> None:
        self.path, self._table = path.rstrip("/"), table
        self.places = [_Place(*found.groups()) for found in _PLACE.finditer(self.path)]
        columns = [place.column for place in self.places]
        for column in columns:
            if columns.count(column) > 1:
                self._refuse(f"has two places for the column '{column}'")
        literal = _PLACE.split(self.path)[::3]
        forms = [self._form(place) for place in self.places]
        self.glob = literal[0] + "".join(form[0] + text for form, text in zip(forms, literal[1:], strict=True))
        self._loose = literal[0] + "".join("*" + text for text in literal[1:])
        self._names = re.compile(
            _regex(literal[0])
            + "".join(f"({form[1]}){_regex(text)}" for form, text in zip(forms, literal[1:], strict=True))
            + "(?:/.*)?",  # files of a folder that the pattern finds
            re.DOTALL,
        )

    @staticmethod
    def is_one(path: str) -> bool:
        """Whether a path has such a place."""
        return _PLACE.search(path) is not None

    def dates_of(self, file: str) -> Mapping[str, datetime]:
        """What the name of a file that the pattern finds says."""
        found = self._names.fullmatch(file)
        if found is None:
            self._refuse(f"finds {file!r}, in which there is no date of the form {self._forms()}")
        out = {}
        for place, text in zip(self.places, found.groups(), strict=True):
            try:
                out[place.column] = datetime.strptime(text, place.form)
            except ValueError:
                self._refuse(f"finds {file!r}, and {text!r} is no date of the form {place.form}")
        return out

    def refuse_none(self) -> NoReturn:
        """Raise what there is to say where no file fits: with a name that fits but for the date."""
        met = sorted(glob.glob(self._loose, recursive=True))
        example = datetime(2026, 1, 31)
        fits = _PLACE.sub(lambda place: example.strftime(place[2]), self.path)
        near = f"; {met[0]!r} does not, {fits!r} would" if met else ""
        raise DataError(f"table '{self._table}': no file fits the pattern {self.path!r}{near}", self._table)

    def _form(self, place: _Place) -> tuple[str, str]:
        files, regex = "", ""
        for percent, letter, text in re.findall(r"(%)(.?)|([^%]+)", place.form):
            if percent and letter not in _DIRECTIVES:
                self._refuse(f"has {place.form!r} at '{place.column}', where %{letter} is not read; {_FITS} are")
            one = _DIRECTIVES[letter] if percent else (glob.escape(text), re.escape(text))
            files, regex = files + one[0], regex + one[1]
        return files, regex

    def _forms(self) -> str:
        return " and ".join(place.form for place in self.places)

    def _refuse(self, words: str) -> NoReturn:
        raise DataError(f"table '{self._table}': the pattern {self.path!r} {words}", self._table)


def _regex(pattern: str) -> str:
    """A part of a pattern of files as a regular expression."""
    out = ""
    for part in re.findall(r"\*\*/|\*+|\?|\[!?\]?[^\]]*\]|.", pattern, re.DOTALL):
        if part == "**/":
            out += "(?:.*/)?"
        elif part.startswith("*"):
            out += "[^/]*"
        elif part == "?":
            out += "[^/]"
        elif part.startswith("[") and len(part) > 1:
            out += "[^" + part[2:] if part.startswith("[!") else part
        else:
            out += re.escape(part)
    return out
