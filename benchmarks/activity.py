"""How long `activity` takes over Regions side by side, and whether its memory stays flat.

    python benchmarks/activity.py [RECORDS] [MILLISECONDS]

The same Regions one after another are the measure; both keep to CloudTrail's two requests a second.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from arrange import set_up
from aws_server import Server
from lex_fake import LexFake, recorded
from program import ORG
from trail import assumed, called

REGIONS = ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-2")
PROGRAM = str(Path(sys.executable).parent / "genesys-lex-wizard")


def run(server: Server, lex: LexFake, regions: tuple[str, ...]) -> tuple[float, int]:
    """Seconds and the largest memory (KiB) of one run as a process."""
    options = [word for region in regions for word in ("--region", region)]
    line = [PROGRAM, "activity", "-q", "--output", "json", "--org-id", ORG, *options]
    environment = {**os.environ, **server.environment(), **lex.lex_environment()}
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = os.posix_spawn(
            PROGRAM, line, environment, file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)]
        )
        _, status, usage = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return time.monotonic() - began, usage.ru_maxrss


def main() -> None:
    """Measure and print."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    milliseconds = int(sys.argv[2]) if len(sys.argv) > 2 else 100  # noqa: PLR2004
    with Server().running() as server, LexFake(latency=milliseconds / 1000) as lex:
        set_up(server)
        came_in, call = assumed(server), called(server)
        memory = {}
        for count in (500, 5000, records):
            each = count // len(REGIONS)
            lex.trail[:] = [
                recorded({**call, "eventID": f"{region}-{n}", "awsRegion": region})
                for region in REGIONS
                for n in range(each)
            ]
            lex.trail += [
                recorded({**came_in, "eventID": region, "awsRegion": region}) for region in REGIONS
            ]
            together, memory[count] = run(server, lex, REGIONS)
        alone = sum(run(server, lex, ("us-east-1",))[0] for _ in REGIONS)
        print(f"activity, {records} records in {len(REGIONS)} Regions, {milliseconds} ms a call")
        print(f"  side by side {together:.2f} s, one after another {alone:.2f} s")
        print(f"  ratio {together / alone:.2f} (bound 0.33)")
        print(f"  memory 500 to 5000 records {memory[5000] / memory[500]:.2f} (bound 1.30)")


if __name__ == "__main__":
    main()
