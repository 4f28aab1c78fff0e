"""Sources that are read by calling back into Python: what they raise comes through as itself.

The Arrow C stream has room for a text alone, so pyarrow turns an exception of a generator into one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Producers"]

# The last line of a traceback that pyarrow quotes, of those exceptions that nobody may swallow.
_ENDS = re.compile(
    r"Python exception: Traceback.*\n(?:KeyboardInterrupt|SystemExit)(?:: (?P<status>.*))?\s*\Z", re.DOTALL
)


class Producers:
    """The sources of one call, and what they raised."""

    def __init__(self) -> None:
        self._raised: list[BaseException] = []

    def kept(self, source: Any) -> Any:
        """The source, such that what it raises while it is read is kept."""
        is_reader = type(source).__module__.startswith("pyarrow") and hasattr(source, "read_next_batch")
        return self._reader(source) if is_reader else source

    def _reader(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        import pyarrow as pa

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                yield from reader
            except pa.ArrowException:
                raise
            except BaseException as error:
                self._raised.append(error)
                raise

        return pa.RecordBatchReader.from_batches(reader.schema, batches())

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Around the reading: raises what a source raised in place of the words about it."""
        try:
            yield
        except DataError as error:
            if self._raised:
                raise self._raised[0] from None
            ended = _ENDS.search(str(error))
            if ended is None:
                raise
            if "\nKeyboardInterrupt" in ended.group():
                raise KeyboardInterrupt from error
            status = ended["status"]
            raise SystemExit(int(status) if status and status.isdecimal() else status) from error
