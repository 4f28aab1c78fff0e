"""What the arguments of a task stand for once they are rendered: models and tables."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ..errors import DataError
from ..model import Model

__all__ = ["model_of", "tables_of"]


def model_of(given: object) -> Model:
    """A model of a file, a preset's name, a document as a dict or as JSON text, or a Model itself.

    Raises
    ------
    ModelError
        If the document cannot be used.
    OSError
        If it is the path of no file.
    """
    if isinstance(given, Model):
        return given
    if isinstance(given, Mapping):
        return Model.parse(given)
    if isinstance(given, str) and given.lstrip().startswith("{"):
        return Model.parse(given)
    if isinstance(given, str) and given in Model.presets() and not os.path.exists(given):
        return Model.preset(given)
    if isinstance(given, str | os.PathLike):
        return Model.load(given)
    raise DataError(f"model: expected a file, a preset's name or a document, not a {type(given).__name__}")


def tables_of(given: object) -> Mapping[str, Any]:
    """Tables by their names; also as the text of a JSON object, which is what a template gives.

    Raises
    ------
    DataError
        If it is neither.
    """
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise DataError(f"tables: expected a dict or the text of a JSON object, got {given!r}: {error}") from None
    if not isinstance(given, Mapping):
        raise DataError(f"tables: expected a dict of tables by their names, not a {type(given).__name__}")
    return given
