"""What differs between operating systems: which signals end a program, keys typed too early."""

from __future__ import annotations

import signal
import sys
from typing import TextIO

if sys.platform == "win32":
    ENDING = (signal.SIGINT, signal.SIGTERM)
    TERMINATING = {signal.SIGTERM}

    def forget_typed_keys(_: TextIO) -> None:
        """Drop what was typed at the terminal and is not read yet."""
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
else:
    ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    TERMINATING = {signal.SIGTERM, signal.SIGHUP}

    def forget_typed_keys(stream: TextIO) -> None:
        """Drop what was typed at the terminal and is not read yet."""
        import termios

        try:
            termios.tcflush(stream.fileno(), termios.TCIFLUSH)
        except (OSError, ValueError, termios.error):
            return  # not a terminal: a test's pipe
