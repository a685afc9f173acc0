"""Ctrl-C, SIGTERM and a closed terminal, heard at once or between two changes."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wizard.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Signals:
    """Ctrl-C, SIGTERM, SIGHUP: raised at once, or, while changes are carried out, only noted."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.received: int | None = None
        self._deferred = False

    def install(self) -> None:
        """From now on these signals come here; what nohup has set aside stays so."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, self._handle)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.received = number
        self.stop.set()
        if not self._deferred:
            raise KeyboardInterrupt

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within it a signal does not interrupt: what is under way is finished first."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    def resume(self) -> None:
        """The signal was heard; waits may wait again, until the next one."""
        self.stop.clear()

    @property
    def exit_code(self) -> ExitCode:
        """The code of a run that a signal ended."""
        ended = self.received in {signal.SIGTERM, signal.SIGHUP}
        return ExitCode.TERMINATED if ended else ExitCode.CANCELLED
