"""Threads for calls side by side, which an interrupted run does not wait for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE_BY_SIDE = 16


@contextmanager
def threads(number: int = SIDE_BY_SIDE) -> Iterator[ThreadPoolExecutor]:
    """A pool whose end waits for its calls, unless the user has interrupted the run.

    A call may take a minute to fail; Ctrl-C while only reading must not.
    """
    pool = ThreadPoolExecutor(number)
    try:
        yield pool
        pool.shutdown()
    except (KeyboardInterrupt, GeneratorExit):
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    except BaseException:
        pool.shutdown()
        raise
