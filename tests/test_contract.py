"""The program held against its contract, as a hostile tester and a security reviewer would."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from aws_server import ACCOUNT, Fault, Server, policy, trust
from program import ORG, OTHER_ORG, ROLE, Program
from terminal import start
from wizard.core.documents import Document
from wizard.core.policy_file import check
from wizard.validators import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        assert f"The result was: {ROLE_ARN}" in ended.stderr
    lost = shell(program, f"$P export cli --org-id {ORG} >/dev/full")
    assert lost.returncode == 2
    assert "No space left" in lost.stderr


def test_ascii_is_enough_to_read_a_report_and_documents_stay_utf_8(program: Program) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    program.setup("-q")
    report = program.process("verify", "--verbose", **ascii_only)
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
        ("sso", "expired-token", "aws sso login --profile=sso"),
        ("mfa", "mfa-code-needed", "MFA code"),
        ("process", "credentials-unusable", "get-caller-identity --profile=process"),
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
    assert "prompts are turned off" in " ".join(silent.text().split())


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


# Whom the role trusts, and what the tags may say about it


def tag(aws: Server, **tags: str) -> None:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    aws.client().tag_role(RoleName=ROLE, Tags=listed)


def principal(aws: Server) -> str:
    role = aws.client().get_role(RoleName=ROLE)["Role"]
    return role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]


@pytest.mark.parametrize("nonsense", ["*", "٧٦٥٦٢٨٩٨٥٤٧١"])
def test_a_nonsense_account_in_the_tag_is_nobody_to_trust(
    aws: Server, program: Program, nonsense: str
) -> None:
    program.setup()
    tag(aws, GenesysAccountId=nonsense)
    ended = program.setup("--output", "json")
    assert [change["change"] for change in ended.json["changes"]] == ["tag-role"]
    assert principal(aws) == "arn:aws:iam::765628985471:root"


@pytest.mark.parametrize("account", ["111111111111", ACCOUNT])
def test_a_tag_alone_lets_no_other_account_in(aws: Server, program: Program, account: str) -> None:
    program.setup()
    tag(aws, GenesysAccountId=account)
    aws.forget()
    ended = program.setup("--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "genesys-account-not-confirmed")
    assert aws.writes() == []
    assert program("verify", "--org-id", ORG).code == 4
    assert program.setup("--genesys-account-id", "765628985471").code == 0
    assert program("verify", "--org-id", ORG).code == 0


def test_another_account_is_confirmed_by_the_user_and_by_no_tag(program: Program) -> None:
    fedramp = ("--genesys-account-id", "210987654321", "--fedramp")
    program.setup(*fedramp)
    told = program("verify", "--org-id", ORG, "--output", "json").json
    (check,) = [each for each in told["checks"] if each["id"] == "trust.principal"]
    assert check["status"] == "fail"
    assert "--genesys-account-id 210987654321 --fedramp" in check["hint"]
    confirmed = program("verify", "--org-id", ORG, *fedramp, "--output", "json").json
    assert {"trust.principal": "pass"}.items() <= {
        each["id"]: each["status"] for each in confirmed["checks"]
    }.items()
    own = program("export", "cli", "--org-id", ORG, "--account-id", "210987654321", *fedramp)
    assert own.code == 2


def test_a_role_made_by_hand_for_an_organization_id_in_capitals_can_be_adopted(
    aws: Server, program: Program
) -> None:
    by_hand = trust("765628985471", StringEquals={"sts:ExternalId": ORG.upper()})
    aws.client().create_role(RoleName=ROLE, AssumeRolePolicyDocument=by_hand)
    ended = program.setup("--adopt", "--output", "json")
    assert (ended.code, ended.json["status"]) == (0, "updated")
    role = aws.client().get_role(RoleName=ROLE)["Role"]
    assert ORG in str(role["AssumeRolePolicyDocument"])


def test_a_policy_under_a_new_name_takes_the_place_of_the_former_one(
    aws: Server, program: Program
) -> None:
    program.setup()
    chosen = ("--policy-name", "Chosen", "--least-privilege", "--bot", "ABCDEFGHIJ")
    assert program.setup(*chosen).code == 0
    listed = aws.client().list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    assert [each["PolicyName"] for each in listed] == ["Chosen"]
    assert program.setup("--output", "json").json["status"] == "unchanged"


def test_what_else_gives_the_role_rights_is_a_warning_for_scripts_too(
    aws: Server, program: Program
) -> None:
    program.setup()
    aws.client().put_role_policy(RoleName=ROLE, PolicyName="I", PolicyDocument=policy("s3:*"))
    (warning,) = program.setup("--output", "json").json["warnings"]
    assert "aws iam delete-role-policy --role-name GenesysCloudLexV2Role" in warning


# The command line


def test_everything_that_is_missing_is_named_at_once(program: Program) -> None:
    ended = program("--non-interactive", "--fedramp", "--least-privilege", "--output", "json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "missing-option")
    for option in ("--org-id", "--genesys-account-id", "--bot"):
        assert option in ended.json["error"]["message"]


def test_what_is_wrong_with_the_answers_alone_costs_no_call(aws: Server, program: Program) -> None:
    no_region = program.setup("--least-privilege", "--bot", "ABCDEFGHIJ", AWS_DEFAULT_REGION="")
    bots = [f"--bot=arn:aws:lex:us-east-1:{ACCOUNT}:bot/ABCDEFGH{n}" for n in range(10, 99)]
    too_many = program.setup("--least-privilege", *bots, "--output", "json")
    assert (no_region.code, too_many.code) == (2, 2)
    assert too_many.json["error"]["code"] == "policy-too-long"
    assert aws.operations() == []


def test_no_variable_lowers_a_guard(aws: Server, program: Program) -> None:
    guards = {
        "YES": "1",
        "ADOPT": "1",
        "REPLACE_ORG": OTHER_ORG,
        "ALLOW_ANY_POLICY": "1",
        "GENESYS_ACCOUNT_ID": "210987654321",
        "FEDRAMP": "1",
        "FORCE": "1",
        "ALLOW_POLICY": "arn:aws:iam::aws:policy/AdministratorAccess",
    }
    variables = {f"GENESYS_LEX_{name}": value for name, value in guards.items()}
    aws.client().create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust())
    refused = program.setup("--output", "json", **variables)
    assert (refused.code, refused.json["error"]["code"]) == (3, "role-not-ours")
    assert refused.json["genesys_account_id"] == "765628985471"
    assert program("remove", **variables).code == 2


def test_an_option_goes_before_a_variable_and_an_empty_variable_is_none(program: Program) -> None:
    ended = program(
        *("setup", "--non-interactive", "--dry-run", "--output", "json"),
        *("--role-name", "Typed", "--default-policy"),
        GENESYS_LEX_ORG_ID=f" {ORG.upper()} ",
        GENESYS_LEX_ROLE_NAME="FromVariable",
        GENESYS_LEX_POLICY_NAME="FromVariable",
        GENESYS_LEX_POLICY_FILE="/nonexistent",
        GENESYS_LEX_ROLE_PATH="",
    )
    assert ended.code == 0
    shown = (ended.json["external_id"], ended.json["role_name"], ended.json["policy_name"])
    assert shown == (ORG, "Typed", "FromVariable")
    wrong = program.setup(GENESYS_LEX_ROLE_PATH="x")
    assert wrong.code == 2
    assert "--role-path" in wrong.err
    assert "GENESYS_LEX_ROLE_PATH" in wrong.err


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("--output", "json", "bogus"), "setup"),
        (("service-roles", "--output", "json"), "service-roles"),
        (("service-roles", "describe", "--output=json"), "service-roles describe"),
        (("export", "nothing", "--output", "json"), "export"),
        (("permissions", "nothing", "--output", "json"), "permissions"),
        (("verify", "--region", "!", "--output", "json"), "verify"),
        (("remove", "--output", "json"), "remove"),
    ],
)
def test_a_failed_command_line_is_one_object_too(
    program: Program, arguments: tuple[str, ...], command: str
) -> None:
    ended = program(*arguments)
    assert ended.code == 2
    assert (ended.json["command"], ended.json["status"]) == (command, "invalid")
    assert set(ended.json["error"]) == {"code", "message", "hint"}


# Being interrupted, and what was known by then


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of an endpoint that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("arguments", "number", "code"),
    [
        (("--non-interactive", "--org-id", ORG), signal.SIGINT, 130),
        (("verify",), signal.SIGTERM, 143),
        (("remove", "--yes"), signal.SIGINT, 130),
    ],
)
def test_a_signal_ends_a_run_that_waits_for_an_answer(
    program: Program, silence: str, arguments: tuple[str, ...], number: int, code: int
) -> None:
    child = subprocess.Popen(
        [str(program.path), *arguments, "--output", "json", "--debug"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=program.environment(AWS_ENDPOINT_URL=silence),
    )
    assert child.stderr is not None
    while "-> " not in child.stderr.readline():
        pass
    child.send_signal(number)
    out, _ = child.communicate(timeout=20)
    assert child.returncode == code
    told = json.loads(out)
    assert told["status"] == "cancelled"
    assert told.get("external_id", ORG) == ORG


def test_a_question_is_asked_about_what_is_shown_however_quiet_the_run(program: Program) -> None:
    terminal = start(program, "-q", "--org-id", ORG, "--role-name", "R", "--policy-name", "P")
    assert "create role" in terminal.see(f"to AWS account {ACCOUNT}?")
    terminal.type("\x03")
    assert terminal.end() == 130


def test_an_error_at_the_door_is_told_once(program: Program) -> None:
    terminal = start(program, "--profile", "nobody", ACCESSIBLE="1")
    terminal.see("Number [1]")
    terminal.type("2\r")
    assert terminal.end() == 1
    assert terminal.text().count("error:") == 1


def test_an_early_failure_has_the_keys_of_the_contract(aws: Server, program: Program) -> None:
    aws.fault = lambda *_: Fault("AccessDenied", 403)
    removed = program("remove", "--yes", "--output", "json")
    assert (removed.code, removed.json["status"]) == (1, "rolled-back")
    assert {"changes", "kept", "error", "done", "undone", "left", "remaining"} <= set(removed.json)
    listed = program("service-roles", "list", "--output", "json")
    assert (listed.code, listed.json["roles"]) == (1, None)
    described = program("service-roles", "describe", "X", "--output", "json")
    assert (described.code, described.json["actions"]) == (1, None)


def test_the_sandbox_knows_no_profile(program: Program) -> None:
    ended = program.setup("--sandbox", "--profile", "nobody", "--output", "json")
    assert (ended.code, ended.json["sandbox"]) == (0, True)


# Answers that AWS would not give


def test_a_page_of_a_proxy_is_no_bug(program: Program) -> None:
    class Portal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>log in to the network first</html>")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Portal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        ended = program.setup("--output", "json", "--retry-seconds=0", AWS_ENDPOINT_URL=url)
        server.shutdown()
    assert (ended.code, ended.json["error"]["code"]) == (1, "unreadable-answer")


def test_a_bug_is_one_line_with_its_log(aws: Server, program: Program) -> None:
    logs = program.home / "logs"
    logs.mkdir()
    empty = Fault("</Code></Error><GetRoleResult/><Error><Code>", 200)  # a GetRole without a role
    aws.fault = lambda operation, _: empty if operation == "GetRole" else None
    ended = program.process(*SETUP.split(), "--output", "json", "-q", TMPDIR=str(logs))
    assert (ended.code, ended.json["status"], ended.json["command"]) == (70, "bug", "setup")
    assert ended.err.count("\n") == 1
    (log,) = logs.iterdir()
    assert str(log) in ended.err
    assert "KeyError raised at:" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    told = program.process("verify", "--output", "json", "--debug", TMPDIR=str(logs))
    assert (told.code, told.json["status"], told.json["checks"]) == (70, "bug", [])
    assert "KeyError raised at:" in told.err


# Text from outside

EVIL = "\u202e[bold red]x[/]\u2028\x9b31m\u200b'$(id)"
FORBIDDEN = set("\u202e\u2028\x9b\u200b\x1b")


def test_what_aws_tells_is_shown_literally(aws: Server, program: Program) -> None:
    program.setup()
    client = aws.client()
    client.update_role(RoleName=ROLE, Description=EVIL)
    tag(aws, note=EVIL, GenesysOrgId=EVIL, PolicySource=EVIL)
    client.put_role_policy(RoleName=ROLE, PolicyName=EVIL, PolicyDocument=policy("s3:*"))
    document = json.loads(trust("111111111111", StringEquals={"sts:ExternalId": EVIL}))
    document["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::111111111111:role/{EVIL}"}
    ours = trust("765628985471", StringEquals={"sts:ExternalId": ORG})
    document["Statement"] += json.loads(ours)["Statement"]
    client.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))
    aws.fault = lambda operation, _: (
        Fault("Odd", 400, EVIL.replace("\x9b", "")) if operation == "ListAccountAliases" else None
    )
    for arguments in (
        ("setup", "--non-interactive", "--org-id", ORG, "--dry-run"),
        ("verify",),
        ("remove", "--dry-run"),
    ):
        for output in ("text", "json"):
            ended = program(*arguments, "--output", output, "--debug")
            assert ended.code in {0, 4}
            assert not FORBIDDEN & set(ended.out + ended.err)
    terminal = start(program, "--org-id", ORG, "--role-name", ROLE, "--policy-name", "P")
    terminal.see(f"to AWS account {ACCOUNT}?")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert not (FORBIDDEN - {"\x1b"}) & set(terminal.raw)
    assert "[bold red]" in terminal.text()


# Policy files


def statement(**changed: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "lex:ListBots", "Resource": "*", **changed}


@pytest.mark.parametrize(
    "tree",
    [
        {"Version": ["2012-10-17"], "Statement": statement()},
        {"Version": {}, "Statement": statement()},
        {"Version": "2012-10-17", "Statement": statement(), "Id": [1]},
        {"Version": "2012-10-17", "Statement": statement(Effect=["Allow"])},
        {"Version": "2012-10-17", "Statement": statement(Effect={})},
        {"Version": "2012-10-17", "Statement": statement(Sid="has space")},
        {"Version": "2012-10-17", "Statement": [statement(Sid="A"), statement(Sid="A")]},
        {"Version": "2012-10-17", "Statement": statement(Condition=None)},
        {"Version": "2012-10-17", "Statement": statement(Condition={"Bool": {"k": None}})},
        {"Version": "2012-10-17", "Statement": statement(Condition={"Bool": {"k": {"a": 1}}})},
    ],
)
def test_what_iam_would_not_take_is_no_policy(tree: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="a valid IAM policy"):
        check(Document(tree), any_policy=True)


def test_a_document_is_sent_in_the_characters_that_iam_takes() -> None:
    document = Document({"Statement": statement(Condition={"StringEquals": {"k": "ж é 😀"}})})
    assert max(document.text()) <= "\xff"
    assert json.loads(document.text()) == document.tree


def test_a_policy_comes_from_a_pipe_that_the_shell_has_opened(program: Program) -> None:
    document = policy("lex:ListBots")
    line = f"$P {SETUP} --dry-run --output json --policy-file /dev/stdin"
    ended = shell(program, f"echo '{document}' | {line}")
    assert ended.returncode == 0
    (program.home / "fifo").unlink(missing_ok=True)
    waiting = shell(program, f"mkfifo fifo && $P {SETUP} --dry-run --policy-file fifo")
    assert waiting.returncode == 2
    assert "not a regular file" in waiting.stderr


@pytest.mark.parametrize("shell", ["", "trap '' HUP; exec \"$@\""])
def test_a_terminal_that_is_closed_ends_the_run_without_a_bug(program: Program, shell: str) -> None:
    logs = program.home / "logs"
    logs.mkdir()
    terminal = start(program, shell=shell, TMPDIR=str(logs))
    terminal.see("organization ID")
    os.close(terminal.child.fileno())
    _, status = os.waitpid(terminal.child.pid, 0)
    assert os.waitstatus_to_exitcode(status) in {130, 143}
    assert list(logs.iterdir()) == []
