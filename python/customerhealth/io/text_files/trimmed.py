"""The bytes of a text file without the lines that are no rows: titles, second headers, footers."""

from __future__ import annotations

import codecs
from typing import Any

from ..layout import Layout

__all__ = ["trimmed"]

_BLOCK = 1 << 20


def trimmed(stream: Any, layout: Layout, encoding: str) -> Any:
    """The stream, without what `layout` skips, and in UTF-8 if it skips anything."""
    return _Trimmed(stream, layout, encoding) if layout.skips else stream


class _Trimmed:
    """A stream of bytes that leaves lines out. What it holds back is a block and the lines at the end."""

    def __init__(self, stream: Any, layout: Layout, encoding: str) -> None:
        self._stream, self._layout = stream, layout
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._ahead = b""  # read, and not given out
        self._is_over = self._has_begun = False
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        if not self._has_begun:
            self._begin()
        out = b""
        while True:
            end = (
                len(self._ahead)
                if self._is_over and not self._layout.last
                else _end_of_rows(self._ahead, self._layout.last)
            )
            if size < 0 and not self._is_over:
                self._fetch(_BLOCK)
                continue
            if end:
                end = end if size < 0 else min(end, size)
                out, self._ahead = self._ahead[:end], self._ahead[end:]
                return out
            if self._is_over:
                return b""
            self._fetch(max(size, _BLOCK))

    def close(self) -> None:
        self.closed = True

    def _fetch(self, size: int) -> bool:
        """Read on; False at the end."""
        block: bytes = self._stream.read(size)
        self._is_over = not block
        if self._decoder is not None:
            block = self._decoder.decode(block, self._is_over).encode()
        self._ahead += block
        return not self._is_over

    def _begin(self) -> None:
        self._has_begun = True
        self._fetch(_BLOCK)
        self._ahead = self._ahead.removeprefix(codecs.BOM_UTF8)
        end = 0
        for _ in range(self._layout.first):
            begin, end = end, self._line_end(end)
            if begin == end:
                break
        self._ahead = self._ahead[end:]
        if self._layout.below_header:
            header = self._row_end(0)
            end = header
            for _ in range(self._layout.below_header):
                begin, end = end, self._row_end(end)
                if begin == end:
                    break
            self._ahead = self._ahead[:header] + self._ahead[end:]

    def _line_end(self, begin: int) -> int:
        """Where the next line begins."""
        place = begin
        while True:
            ends = [end for end in (self._ahead.find(b"\n", place), self._ahead.find(b"\r", place)) if end >= 0]
            end = min(ends, default=-1)
            if 0 <= end < len(self._ahead) - 1 or (end >= 0 and self._is_over):
                return end + (2 if self._ahead[end : end + 2] == b"\r\n" else 1)
            place = max(len(self._ahead) - 1, begin)
            if not self._fetch(_BLOCK):
                return len(self._ahead)

    def _row_end(self, begin: int) -> int:
        """Where the next row begins. A row is a line, and those that its quoted cells go on in; empty ones are none."""
        end = begin
        while True:
            line, end = end, self._line_end(end)
            if end == line:
                return end
            text = self._ahead[begin:end]
            if text.strip(b"\r\n") and text.count(b'"') % 2 == 0:
                return end


def _end_of_rows(text: bytes, last: int) -> int:
    """Where the last lines begin, if nothing followed: empty ones at the very end do not count."""
    end = len(text.rstrip(b"\r\n")) if last else len(text)
    for _ in range(last):  # no more often than there are lines
        end = max(text.rfind(b"\n", 0, end), text.rfind(b"\r", 0, end))
        if end < 0:
            return 0
        if text[end - 1 : end + 1] == b"\r\n":
            end -= 1
    if last:
        end += 2 if text[end : end + 2] == b"\r\n" else 1
    return min(end, len(text))
