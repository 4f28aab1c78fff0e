"""What the triggerer does while a sensor waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from .changes import signature_of

__all__ = ["TableChangedTrigger"]


class TableChangedTrigger(BaseTrigger):
    """Fires when the files of a table are others than before; it looks at names, sizes and times and reads nothing.

    Parameters
    ----------
    source : path or list of paths
        The table.
    seen : str or None
        What its files were like. None: files tell nothing of it, and the trigger fires after one interval.
    poke_interval : float
        Seconds between two looks.
    """

    def __init__(self, source: Any, seen: str | None, poke_interval: float) -> None:
        super().__init__()
        self.source, self.seen, self.poke_interval = source, seen, poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, as Airflow keeps them."""
        arguments = {"source": self.source, "seen": self.seen, "poke_interval": self.poke_interval}
        return f"{__name__}.TableChangedTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until there is something to look at."""
        if self.seen is None:
            await asyncio.sleep(self.poke_interval)
        while self.seen is not None and await asyncio.to_thread(signature_of, self.source) == self.seen:
            await asyncio.sleep(self.poke_interval)
        yield TriggerEvent({"changed": True})
