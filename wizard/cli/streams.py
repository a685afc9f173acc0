"""The three standard streams, made safe: closed ones, lost readers, encodings without our signs."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, TextIO, cast

WRITE_ERRORS = (OSError, ValueError)  # no reader, no room, a closed file


class LossyStream:
    """A stream whose reader may disappear: a text that can't be written must stop no change."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or lose the text."""
        with contextlib.suppress(*WRITE_ERRORS):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or lose what is buffered."""
        with contextlib.suppress(*WRITE_ERRORS):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def prepare_streams() -> None:
    """Make the standard streams usable, whatever the caller has done to them.

    A closed one gets the null device, or else its number would be the next socket's.
    """
    with contextlib.suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - standard error
            continue  # the number was free; an open takes the lowest one
        os.close(number)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    sys.stderr = cast("TextIO", LossyStream(sys.stderr))
    if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def write_result(text: str) -> None:
    """Write to standard output, in UTF-8 as a file would have it. Raises OSError, ValueError."""
    if sys.stdout is None:
        raise OSError("it is closed")
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode(errors="backslashreplace"))
    sys.stdout.flush()


def silence_stdout() -> None:
    """Keep Python from failing once more when it flushes standard output at the end."""
    with contextlib.suppress(*WRITE_ERRORS):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def flush_all() -> None:
    """Flush what can be flushed."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(*WRITE_ERRORS):
                stream.flush()
