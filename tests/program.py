"""The program as a user starts it: in the test's own process, or as one of its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import inside
from inside import Ended

if TYPE_CHECKING:
    from pathlib import Path

ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
OTHER_ORG = "99999999-8888-7777-6666-555544443333"
ROLE = "GenesysCloudLexV2Role"
POLICY = "GenesysCloudLexV2Policy"


@dataclass(frozen=True)
class Program:
    """Starts the program with an environment of its own."""

    path: Path
    home: Path
    url: str = ""

    def environment(self, **more: str) -> dict[str, str]:
        """A user's environment: an empty home, and credentials for the simulated account."""
        credentials = {
            "AWS_ACCESS_KEY_ID": "AKIATESTUSER00000000",
            "AWS_SECRET_ACCESS_KEY": "secret-that-must-not-show",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
        }
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "AWS_EC2_METADATA_DISABLED": "true",
            **(credentials if self.url else {}),
            **more,
        }

    def __call__(self, *arguments: str, **more: str) -> Ended:
        """Run a command line to its end, without starting a second Python."""
        with inside.home(self.environment(**more), self.home):
            return inside.run(*arguments)

    def process(self, *arguments: str, stdin: str = "", **more: str) -> Ended:
        """The console script as a process, with `stdin` on a pipe."""
        return self._run([str(self.path), *arguments], stdin, **more)

    def shell(self, line: str, **more: str) -> Ended:
        """Run a line of a shell in which `"$0"` is the program."""
        return self._run(["bash", "-c", line, str(self.path)], "", **more)

    def _run(self, command: list[str], stdin: str, **more: str) -> Ended:
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment(**more),
            cwd=self.home,
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def setup(self, *arguments: str, **more: str) -> Ended:
        """`setup --non-interactive` for the organization of the tests."""
        return self("setup", "--non-interactive", "--org-id", ORG, *arguments, **more)
