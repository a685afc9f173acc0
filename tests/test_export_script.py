import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer

from hostile import ACCOUNT, CHOSEN, DOCUMENT, HOSTILE, ORG, PLAIN, state
from wizard.aws.observe import observe
from wizard.aws.session import Session
from wizard.core.documents import Document
from wizard.core.state import UNKNOWN_ACCOUNT
from wizard.errors import InvalidInput
from wizard.export import script
from wizard.settings import FromFile, Settings

BIN = Path(sys.executable).parent
SYSTEM = "/usr/bin:/bin"
# Names of its own, since all runs share one account.
LIMITED = replace(CHOSEN, role_name="Chosen", policy_name="Chosen")


@pytest.fixture(scope="module")
def endpoint():
    """A simulated AWS over HTTP, whose account this process can look into."""
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        yield "http://{}:{}".format(*server.get_host_and_port())
        server.stop()


def run(text, folder, *, path, shell="sh", **env):
    """Run a script in an empty folder with nothing of our own environment."""
    file = folder / "script.sh"
    file.write_text(text, encoding="utf-8")
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return subprocess.run(
        [shell, str(file)],
        cwd=work,
        env={"PATH": path, "HOME": str(work), "LC_ALL": "C", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_with_aws(text, folder, endpoint, **more):
    return run(
        text,
        folder,
        path=f"{BIN}:{SYSTEM}",
        AWS_ENDPOINT_URL=endpoint,
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_EC2_METADATA_DISABLED="true",
        **more,
    )


def run_with_fake(text, folder, answers):
    """Run with an `aws` that notes how it is called and answers by the operation."""
    fakes = folder / "bin"
    fakes.mkdir()
    fake = fakes / "aws"
    cases = "\n".join(f"  {name}) {answer} ;;" for name, answer in answers.items())
    fake.write_text(f'#!/bin/sh\necho "$2" >> "{folder}/calls"\ncase $2 in\n{cases}\nesac\n')
    fake.chmod(0o755)
    done = run(text, folder, path=f"{fakes}:{SYSTEM}")
    return done, (folder / "calls").read_text().split()


@pytest.mark.parametrize(
    ("settings", "account_id"),
    [(PLAIN, UNKNOWN_ACCOUNT), (LIMITED, ACCOUNT), (HOSTILE, UNKNOWN_ACCOUNT)],
    ids=["plain", "chosen-bots", "hostile"],
)
def test_the_real_aws_cli_makes_the_desired_state(settings, account_id, tmp_path, endpoint):
    wanted = state(settings, ACCOUNT)
    done = run_with_aws(script.as_shell(state(settings, account_id)), tmp_path, endpoint)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"{wanted.role.arn}\n")
    found = observe(Session(region="us-east-1"), wanted.role.name, lambda _: {})
    assert found == wanted
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("settings", [PLAIN, HOSTILE], ids=["plain", "hostile"])
@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "ksh"])
def test_shellcheck_has_nothing_to_report(settings, shell, tmp_path):
    file = tmp_path / "script.sh"
    file.write_text(script.as_shell(state(settings, ACCOUNT)), encoding="utf-8")
    done = subprocess.run(
        [BIN / "shellcheck", "--enable=avoid-nullary-conditions", "-s", shell, file],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_ascii_but_for_its_comments():
    code = [
        line for line in script.as_shell(state(HOSTILE)).splitlines() if not line.startswith("#")
    ]
    assert "\n".join(code).isascii()


@pytest.mark.parametrize(
    "caller",
    [
        "arn:aws-us-gov:iam::123456789012:user/x",
        "arn:aws:iam::210987654321:user/x",
        "arn:aws:sts::210987654321:assumed-role/::123456789012:/x",
        "None",
    ],
)
def test_another_partition_or_account_ends_it_before_anything_is_made(caller, tmp_path):
    done, calls = run_with_fake(
        script.as_shell(state(PLAIN, ACCOUNT)), tmp_path, {"get-caller-identity": f"echo {caller}"}
    )
    assert done.returncode == 1
    assert caller in done.stderr
    assert done.stdout == ""
    assert calls == ["get-caller-identity"]


CALLS = [
    *("get-caller-identity", "create-role", "create-policy"),
    *("wait", "wait", "attach-role-policy", "attach-role-policy", "attach-role-policy"),
]
ANSWERS = {
    "get-caller-identity": "echo arn:aws:iam::123456789012:user/x",
    "create-role": "echo arn:aws:iam::123456789012:role/x",
    "create-policy": "echo arn:aws:iam::123456789012:policy/x",
}


@pytest.mark.parametrize("failing", [*dict.fromkeys(CALLS)])
def test_it_stops_at_the_first_failure(failing, tmp_path):
    text = script.as_shell(state(PLAIN))
    done, calls = run_with_fake(text, tmp_path, {**ANSWERS, failing: "exit 254"})
    assert done.returncode != 0
    assert done.stdout == ""
    assert calls == CALLS[: CALLS.index(failing) + 1]


def test_nothing_but_the_arn_goes_to_standard_output(tmp_path):
    done, calls = run_with_fake(script.as_shell(state(PLAIN)), tmp_path, ANSWERS)
    assert (done.returncode, done.stdout) == (0, "arn:aws:iam::123456789012:role/x\n")
    assert calls == CALLS


def test_its_last_comment_takes_everything_away_again():
    text = script.as_shell(state(PLAIN, ACCOUNT))
    commands = [line[2:] for line in text.splitlines() if line.startswith("# aws ")]
    policy = f"--policy-arn=arn:aws:iam::{ACCOUNT}:policy/GenesysCloudLexV2Policy"
    assert commands[0] == (f"aws iam detach-role-policy --role-name=GenesysCloudLexV2Role {policy}")
    assert commands[-2:] == [
        "aws iam delete-role --role-name=GenesysCloudLexV2Role",
        f"aws iam delete-policy {policy}",
    ]


def test_a_document_that_grows_too_long_in_ascii_is_refused():
    long = Document({**DOCUMENT.tree, "Id": "\xe9" * 2000})
    with pytest.raises(InvalidInput, match="6144"):
        script.as_shell(state(Settings(org_id=ORG, policy=FromFile(long.tree))))
