"""Threads for calls side by side, which nobody waits for once the user has pressed Ctrl-C."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Threads(ThreadPoolExecutor):
    """A pool whose end waits for its threads, unless Ctrl-C or SIGTERM is the reason.

    A call that hangs would otherwise keep the program for a minute. It only reads: what
    writes is waited for (`apply`). A generator that Ctrl-C leaves behind is closed.
    """

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait, or drop what has not begun."""
        stopped = kind in (KeyboardInterrupt, GeneratorExit)
        self.shutdown(wait=not stopped, cancel_futures=stopped)
