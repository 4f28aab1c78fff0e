"""The command line in this process: starting another takes longer than a command."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from unittest import mock

import pytest

from customerhealth.cli import main


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str
    written: bytes
    """Standard output as it is."""

    @property
    def complaint(self) -> str:
        """What stands on standard error, without the frame that is drawn around it."""
        return " ".join(self.stderr.replace("│", " ").split())


def command(*arguments: object) -> Done:
    """Run `customerhealth` with these arguments."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with (
        mock.patch("sys.argv", ["customerhealth", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        main()
    out.flush()
    written = out.buffer.getvalue()  # type: ignore[attr-defined]
    return Done(left.value.code or 0, written.decode(errors="replace"), err.getvalue(), written)
