"""How fast the readiness of bots is read, as ratios measured in one run on this machine.

python benchmarks/readiness.py [BOTS [MANY]]: BOTS (default 40) with 3 aliases of 2 languages
each at 100 ms a call, side by side against the same calls one after another; then twice as
many for the growth; then the peak memory of MANY (default 400) bots against that of 10.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from lex_fake import REGION, Alias, LexFake, Locale, bot  # noqa: E402 - after the path

LATENCY = 0.1
READ = """
import resource, sys, time
from datetime import datetime, timezone
from wizard.aws.lex import read_bots
from wizard.aws.session import Session
from wizard.verify.bots import judge
from wizard.core.bots import Bot
session = Session(region="eu-central-1")
session.client("lexv2-models", "eu-central-1")
session.caller()
began = time.monotonic()
ready = 0
for bot in read_bots(session, ["eu-central-1"]):
    if isinstance(bot, Bot):
        ready += judge(bot, datetime.now(timezone.utc)).ready is True
scale = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
print(ready, time.monotonic() - began, peak)
"""


def world(count: int, latency: float) -> LexFake:
    """`count` bots with 3 aliases, each of its own version, of 2 languages each."""
    locales = {"en_US": True, "de_DE": True}
    versions = {str(n): {"en_US": Locale(), "de_DE": Locale()} for n in (1, 2, 3)}
    aliases = [Alias(f"ALIAS{n:05}", f"alias{n}", str(n), locales=locales) for n in (1, 2, 3)]
    bots = [bot(f"BOT{n:07}", f"Bot{n}", aliases=aliases, versions=versions) for n in range(count)]
    return LexFake(bots, latency=latency)


def measure(count: int, latency: float) -> tuple[float, float, int]:
    """Seconds, peak memory in bytes, and calls, of a process that reads these bots."""
    with world(count, latency) as fake:
        environment = {**os.environ, **fake.environment(), "PYTHONPATH": str(ROOT)}
        result = subprocess.run(
            [sys.executable, "-c", READ],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        ready, seconds, peak = result.stdout.split()
        assert int(ready) == count, "every bot of the benchmark is ready"
        calls = sum(n for (operation, _), n in fake.calls.items() if operation[:3] != "Get")
        return float(seconds), float(peak), calls


def one_call() -> float:
    """Seconds of one call, made by itself, with its 100 ms."""
    from wizard.aws.session import Session

    with world(1, LATENCY).connected():
        client = Session(region=REGION).client("lexv2-models", REGION)
        client.list_bots()
        began = time.monotonic()
        for _ in range(10):
            client.describe_bot(botId="BOT0000000")
        return (time.monotonic() - began) / 10


def main(count: int = 40, many: int = 400) -> None:
    """Print the ratios."""
    seconds, _, calls = measure(count, LATENCY)
    sequential = calls * one_call()
    print(f"{count} bots, {calls} calls of 100 ms: {seconds:.1f} s")
    print(f"  of the same calls one after another: {seconds / sequential:.3f} (at most 0.125)")
    double, _, _ = measure(2 * count, LATENCY)
    print(f"  twice the bots take {double / seconds:.2f} times as long (linear: 2)")
    _, few_peak, _ = measure(10, 0.0)
    _, many_peak, _ = measure(many, 0.0)
    print(f"  memory of {many} bots to that of 10: {many_peak / few_peak:.2f} (at most 1.5)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
