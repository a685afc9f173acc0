"""The sandbox: a simulated account that touches nothing real, whatever is set around it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from program import ORG, Program
from terminal import start
from wizard.aws.sandbox import simulated_account

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent / "genesys-lex-wizard"
ARN = "arn:aws:iam::123456789012:role/GenesysCloudLexV2Role\n"
SANDBOX = ("--sandbox", "--non-interactive", "--org-id", ORG)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that nobody is to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_the_sandbox_needs_no_credentials_and_no_home_and_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    ended = Program(BIN, home)(*SANDBOX)
    assert (ended.code, ended.out) == (0, ARN)
    assert list(home.iterdir()) == []


def test_nothing_from_the_environment_is_used(tmp_path: Path, listener: socket.socket) -> None:
    here = f"http://127.0.0.1:{listener.getsockname()[1]}"
    broken = tmp_path / "broken"
    broken.write_text("[nonsense\n")
    hostile = {
        "AWS_ENDPOINT_URL": here,
        "AWS_ENDPOINT_URL_IAM": here,
        "AWS_ENDPOINT_URL_STS": here,
        "AWS_PROFILE": "nobody",
        "AWS_DEFAULT_PROFILE": "nobody",
        "AWS_CONFIG_FILE": str(broken),
        "AWS_SHARED_CREDENTIALS_FILE": str(broken),
        "AWS_REGION": "cn-north-1",
        "AWS_CA_BUNDLE": str(tmp_path / "none.pem"),
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/x",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "none"),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": here,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": here,
        "HTTP_PROXY": here,
        "HTTPS_PROXY": here,
    }
    ended = Program(BIN, tmp_path)(*SANDBOX, **hostile)
    assert (ended.code, ended.out) == (0, ARN)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_preview_and_a_refusal_say_sandbox_too(tmp_path: Path) -> None:
    program = Program(BIN, tmp_path)
    assert program(*SANDBOX, "--dry-run").out.splitlines()[1].startswith("SANDBOX")
    refused = program(*SANDBOX, "--account-id", "999999999999")
    assert refused.code == 3
    assert "SANDBOX" in refused.err


def test_the_sandbox_at_a_terminal_says_so_before_the_first_question(tmp_path: Path) -> None:
    terminal = start(Program(BIN, tmp_path), "--sandbox")
    screen = terminal.see("organization ID")
    assert screen.index("SANDBOX") < screen.index("organization ID")
    terminal.type("\x03")
    assert terminal.end() == 130


def test_the_environment_is_as_before_afterwards() -> None:
    os.environ["AWS_PROFILE"] = "somebody"
    before = dict(os.environ)
    with simulated_account():
        assert "AWS_PROFILE" not in os.environ
    assert dict(os.environ) == before
    del os.environ["AWS_PROFILE"]


LIFE = """
import sys
from wizard.aws.sandbox import simulated_account
from wizard.cli.program import run
with simulated_account():
    for line in ("setup --non-interactive", "verify", "setup --non-interactive", "activity"):
        print(run([*line.split(), "--org-id", sys.argv[1], "-q"]))
print([name for name in ("cloudformation", "apigateway") if f"moto.{name}" in sys.modules])
"""


def test_the_sandbox_needs_moto_without_its_extras() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIFE, ORG], capture_output=True, text=True, check=True, timeout=60
    )
    numbers = [line for line in done.stdout.splitlines() if line.isdigit()]
    assert (numbers, done.stdout.splitlines()[-1]) == (["0", "0", "0", "4"], "[]"), done.stderr
