"""The program held against its contract, as a hostile tester and a security reviewer would."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from aws_server import ACCOUNT, Server
from program import ORG, ROLE, Program
from terminal import start

if TYPE_CHECKING:
    from pathlib import Path

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
SETUP = f"setup --non-interactive --org-id {ORG}"


def shell(program: Program, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `$P` is the program."""
    return subprocess.run(
        ["/bin/sh", "-c", line],
        capture_output=True,
        text=True,
        env=program.environment(P=str(program.path), **more),
        cwd=program.home,
        timeout=60,
        check=False,
    )


def attached(aws: Server) -> int:
    return len(aws.client().list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"])


# Streams


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&- >&- 2>&-", "2>&1 | head -1"])
def test_a_set_up_ends_well_whoever_listens(
    aws: Server, program: Program, redirection: str
) -> None:
    line = f"{{ $P {SETUP}; echo $? >code; }} {redirection}"
    shell(program, line)
    assert (program.home / "code").read_text() == "0\n"
    assert attached(aws) == 3


def test_a_result_that_can_not_be_written_is_told_on_standard_error(program: Program) -> None:
    for redirection in (">/dev/full", ">&-"):
        ended = shell(program, f"$P {SETUP} -q {redirection}")
        assert ended.returncode == 0
        assert f"the result was: {ROLE_ARN}" in ended.stderr
    lost = shell(program, f"$P export cli --org-id {ORG} >/dev/full")
    assert lost.returncode == 2
    assert "No space left" in lost.stderr


def test_ascii_is_enough_to_read_a_report_and_documents_stay_utf_8(program: Program) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    program.setup("-q")
    report = program("verify", **ascii_only)
    assert report.code == 0
    assert "+ role.exists" in report.out
    assert report.out.isascii()
    exported = subprocess.run(
        [str(program.path), "export", "policies", "--org-id", ORG, "--role-description=Zürich"],
        capture_output=True,
        env=program.environment(**ascii_only),
        check=True,
    )
    assert "Zürich" in exported.stdout.decode("utf-8")


# Credentials and the AWS SDK's configuration


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"AWS_ENDPOINT_URL": "nonsense"}, "aws-sdk"),
        ({"AWS_RETRY_MODE": "nonsense"}, "aws-sdk"),
        ({"AWS_CONFIG_FILE": "config"}, "aws-sdk"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "credentials-unusable"),
        ({"AWS_SESSION_TOKEN": "must-not-show\nsecond"}, "credentials-unusable"),
        ({"AWS_ACCESS_KEY_ID": "AKIA\nmust-not-show"}, "credentials-unusable"),
    ],
)
def test_a_bad_configuration_of_the_sdk_is_one_error_without_its_secrets(
    program: Program, environment: dict[str, str], code: str
) -> None:
    (program.home / "config").write_text("no section\n")
    ended = program.setup("--output", "json", "--debug", **environment)
    assert (ended.code, ended.json["error"]["code"]) == (1, code)
    assert "Traceback" not in ended.err
    assert "must-not-show" not in ended.err + ended.out


CONFIG = """
[profile base]
aws_access_key_id = AKIATESTUSER00000000
aws_secret_access_key = secret-that-must-not-show
region = us-east-1
[profile sso]
sso_session = company
sso_account_id = 123456789012
sso_role_name = Admin
region = us-east-1
[sso-session company]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/Operator
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
region = us-east-1
[profile assume]
role_arn = arn:aws:iam::123456789012:role/Operator
source_profile = base
region = us-east-1
[profile process]
credential_process = /bin/echo nonsense
[profile gone]
role_arn = arn:aws:iam::123456789012:role/Operator
web_identity_token_file = /nonexistent
"""


class FromProfiles(Program):
    def environment(self, **more: str) -> dict[str, str]:
        found = super().environment(AWS_CONFIG_FILE=str(self.home / "aws-config"), **more)
        return {key: value for key, value in found.items() if "ACCESS_KEY" not in key}


@pytest.fixture
def profiles(program: Program) -> Program:
    """A user whose credentials come from a configuration file alone."""
    (program.home / "aws-config").write_text(CONFIG)
    return FromProfiles(program.path, program.home, program.url)


@pytest.mark.parametrize(
    ("profile", "code", "words"),
    [
        ("sso", "expired-token", "aws sso login --profile sso"),
        ("mfa", "mfa-code-needed", "MFA code"),
        ("process", "credentials-unusable", "get-caller-identity --profile process"),
        ("gone", "credentials-unusable", "/nonexistent"),
    ],
)
def test_a_profile_that_gives_no_credentials_is_one_error(
    profiles: Program, profile: str, code: str, words: str
) -> None:
    ended = profiles.setup("--profile", profile, "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (1, code)
    assert words in ended.err
    assert ended.err.count("error:") == 1


def test_an_mfa_code_is_asked_for_at_a_terminal_only_where_questions_are_welcome(
    profiles: Program,
) -> None:
    asked = start(profiles, "--profile", "mfa", "--org-id", ORG, "--yes")
    asked.see("MFA code")
    asked.type("123456", "\r")
    assert asked.end() == 0
    assert ROLE_ARN in asked.text()
    silent = start(profiles, "--profile", "mfa", "--org-id", ORG, "--non-interactive")
    assert silent.end() == 1
    assert "nothing may be asked here" in " ".join(silent.text().split())


def test_debug_shows_no_secret_of_an_assumed_role_or_a_lost_connection(profiles: Program) -> None:
    assumed = profiles.setup("--profile", "assume", "--debug")
    assert assumed.code == 0
    lost = profiles.setup(
        "--profile=base", "--debug", "--retry-seconds=0", AWS_ENDPOINT_URL="http://127.0.0.1:9"
    )
    assert lost.code == 1
    assert "<- sts GetCallerIdentity EndpointConnectionError" in lost.err
    for secret in ("SecretAccessKey", "SessionToken", "must-not-show", "Signature"):
        assert secret not in assumed.err + lost.err
