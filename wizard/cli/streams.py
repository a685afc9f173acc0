"""The three standard streams, made safe: closed ones, lost readers, encodings without our signs."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE = (OSError, ValueError)  # no reader, no room, a closed file


class Forgiving:
    """Standard error, whose reader may go away: what can't be told must stop no change."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or lose the text."""
        with _nobody_minds():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or let it be."""
        with _nobody_minds():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _nobody_minds() -> Iterator[None]:
    with contextlib.suppress(*GONE):
        yield


def prepare_streams() -> None:
    """Make the standard streams usable, whatever the caller has done to them.

    A closed one gets the null device, or else its number would be the next socket's.
    """
    for number in range(3):
        with contextlib.suppress(OSError):
            if not _is_open(number):
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    sys.stderr = cast("TextIO", Forgiving(sys.stderr))
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
    with _nobody_minds():
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def flush_all() -> None:
    """Flush what can be flushed."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with _nobody_minds():
                stream.flush()


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
