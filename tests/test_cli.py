"""The command line: unusable input ends in 2 with a message, before any call to AWS."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from aws_server import ACCOUNT, Server, policy
from inside import run
from program import ORG, Program
from terminal import start
from wizard.cli import commands
from wizard.cli.program import program as click_program

SETUP = ("setup", "--non-interactive", "--output", "json")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--org-id", "x"), ["--org-id"]),
        (("--org-id", ""), ["--org-id"]),
        ((), ["--org-id"]),
        (("--org-id", ORG, "--role-name", "a b"), ["--role-name"]),
        (("--org-id", ORG, "--role-path", "x"), ["--role-path"]),
        (("--org-id", ORG, "--tag", "ManagedBy=x"), ["--tag", "ManagedBy"]),
        (("--org-id", ORG, "--tag", "a=1", "--tag", "A=2"), ["--tag", "twice"]),
        (("--org-id", ORG, "--permissions-boundary", "x"), ["--permissions-boundary"]),
        (("--org-id", ORG, "--genesys-account-id", "123"), ["--genesys-account-id"]),
        (("--org-id", ORG, "--genesys-account-id", "1" * 12), ["--fedramp"]),
        (("--org-id", ORG, "--fedramp"), ["--genesys-account-id", "representative"]),
        (
            ("--org-id", ORG, "--fedramp", "--genesys-account-id", "765628985471"),
            ["--genesys-account-id"],
        ),
        (("--org-id", ORG, "--policy-file", "/nowhere/x.json"), ["--policy-file"]),
        (("--org-id", ORG, "--allow-any-policy"), ["--allow-any-policy", "--policy-file"]),
        (("--org-id", ORG, "--bot", "A1B2C3D4E5"), ["--least-privilege"]),
        (("--org-id", ORG, "--least-privilege"), ["--bot", "--bot-tag"]),
        (("--org-id", ORG, "--least-privilege", "--bot", "OrderFlowers"), ["--bot"]),
        (("--org-id", ORG, "--replace-org", ORG), ["--replace-org"]),
        (("--org-id", ORG, "--default-policy", "--policy-file", "x"), ["can't be used together"]),
        (("--org-id", ORG, "--account-id", "x"), ["--account-id"]),
        (("--org-id", ORG, "--output", "xml"), ["--output"]),
        (("--org-id", ORG, "--nonsense"), ["--nonsense"]),
        (("--org-id", ORG, "extra"), ["extra"]),
    ],
)
def test_unusable_input_ends_in_2_and_names_the_option(
    aws: Server, program: Program, arguments: tuple[str, ...], names: list[str]
) -> None:
    ended = program(*SETUP, *arguments)
    assert ended.code == 2
    for name in names:
        assert name in ended.err
    assert aws.calls == []
    assert ended.err.count("error:") == 1
    if "xml" not in arguments:
        assert (ended.json["command"], ended.json["status"]) == ("setup", "invalid")
        assert set(ended.json["error"]) == {"code", "message", "hint"}


def test_the_message_names_the_variable_when_the_value_came_from_there(program: Program) -> None:
    ended = program("setup", "--non-interactive", GENESYS_LEX_ORG_ID="nonsense")
    assert ended.code == 2
    assert "GENESYS_LEX_ORG_ID" in ended.err


def test_a_command_that_would_have_to_ask_without_a_terminal_ends_in_2(
    aws: Server, program: Program
) -> None:
    for arguments in ((), ("setup",), ("--org-id", ORG), ("remove",), ("--dry-run",)):
        ended = program(*arguments)
        assert ended.code == 2, arguments
        wanted = "--yes" if arguments == ("remove",) else "--non-interactive"
        assert wanted in ended.err
    assert aws.calls == []


def test_a_policy_wider_than_a_bot_reader_needs_is_refused_unless_insisted_on(
    aws: Server, program: Program
) -> None:
    file = program.home / "wide.json"
    file.write_text(policy("lex:DeleteBot"))
    refused = program.setup("--policy-file", str(file))
    assert refused.code == 2
    assert "lex:DeleteBot" in refused.err
    assert aws.calls == []
    assert program.setup("--policy-file", str(file), "--allow-any-policy").code == 0


def test_help_and_version_are_on_standard_output(program: Program) -> None:
    for arguments in (("--help",), ("-h",), ("setup", "--help"), ("service-roles", "-h")):
        ended = program(*arguments)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("Usage: genesys-lex-wizard")
    version = program("--version")
    assert version.code == 0
    assert version.out.startswith("genesys-lex-wizard")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("genesys-lex-wizard ver", "verify"),
        ("genesys-lex-wizard --non", "--non-interactive"),
        ("genesys-lex-wizard --org-id x --dry", "--dry-run"),
        ("genesys-lex-wizard setup --org", "--org-id"),
        ("genesys-lex-wizard export terra", "terraform"),
        ("genesys-lex-wizard service-roles de", "describe"),
    ],
)
def test_a_shell_completes_commands_and_options(
    program: Program, words: str, completed: str
) -> None:
    count = str(len(words.split()) - 1)
    ended = program(
        COMP_WORDS=words, COMP_CWORD=count, _GENESYS_LEX_WIZARD_COMPLETE="bash_complete"
    )
    assert f"plain,{completed}" in ended.out.splitlines()


OPTIONS = sorted(
    {
        option.opts[0]
        for command in (commands.setup, commands.export)
        for option in command.params
        if option.opts[0].startswith("--") and option.opts[0] not in {"--out", "--sandbox", "--bot"}
    }
)
BAD = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["\x1b[31m", "\x00", "１", "a" * 5000, "\ud800", "--org-id", "", "\n", "[b]"]),
)


@settings(max_examples=400, deadline=None)
@given(
    words=st.lists(st.one_of(st.sampled_from(OPTIONS), BAD), max_size=5),
    command=st.sampled_from(["setup", "export", "permissions", "verify", "nonsense", ""]),
)
def test_generated_nonsense_never_ends_in_a_traceback(words: list[str], command: str) -> None:
    # An unusable organization ID in front: nothing of this may get as far as AWS.
    line = [command, "--org-id", "nonsense", *words]
    result = CliRunner().invoke(click_program, line)
    assert isinstance(result.exception, SystemExit), (line, result.exception)
    assert result.exit_code in {0, 2}, (line, result.output)  # 0: --help was among the words


def test_a_variable_that_forbids_questions_is_no_yes(aws: Server, program: Program) -> None:
    silent = {"GENESYS_LEX_NON_INTERACTIVE": "1", "GENESYS_LEX_ORG_ID": ORG}
    refused = program("setup", "--output", "json", **silent)
    assert (refused.code, refused.json["status"], aws.writes()) == (2, "invalid", [])
    assert program("setup", "--dry-run", **silent).code == 0
    assert program("setup", "--yes", **silent).code == 0


def test_a_variable_never_replaces_a_boundary(aws: Server, program: Program) -> None:
    client = aws.client()
    for name in ("One", "Two"):
        client.create_policy(PolicyName=name, PolicyDocument=policy("lex:*"))
    one, two = (f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in ("One", "Two"))
    assert program.setup("--permissions-boundary", one).code == 0
    refused = program.setup("--output", "json", GENESYS_LEX_PERMISSIONS_BOUNDARY=two)
    assert (refused.code, refused.json["error"]["code"]) == (3, "boundary-by-variable")
    assert program.setup(GENESYS_LEX_PERMISSIONS_BOUNDARY=one).code == 0
    assert program.setup("--permissions-boundary", two).code == 0


def test_the_help_is_whole_without_docstrings(program: Program) -> None:
    for command in ((), ("setup",), ("export",), ("service-roles",)):
        whole = program(*command, "--help")
        assert program(*command, "--help", PYTHONOPTIMIZE="2") == whole


@pytest.mark.parametrize("command", ["--help", "--version", "export policies --org-id " + ORG])
def test_a_full_or_closed_standard_output_is_no_bug(program: Program, command: str) -> None:
    full = program.shell(f'"$0" {command} > /dev/full')
    assert full.code == 2
    assert "No space left on device" in full.err
    closed = program.shell(f'"$0" {command} | true')
    assert closed.err == ""


def test_a_terminal_whose_standard_error_goes_elsewhere_is_not_asked(program: Program) -> None:
    asked = start(program, shell='"$@" 2> log')
    assert asked.end() == 2
    assert "standard error is not a terminal" in (program.home / "log").read_text()


def test_click_versions_that_read_false_as_true_are_excluded() -> None:
    (click_,) = (Requirement(text) for text in requires("genesys-lex-wizard") if "click" in text)
    assert not {"8.2.0", "8.2.1"} & set(click_.specifier.filter(["8.2.0", "8.2.1", "8.3.0"]))


def test_the_log_of_a_bug_holds_where_it_happened_and_no_text_of_the_exception() -> None:
    def broken(**_: Any) -> Any:
        raise RuntimeError("http://user:S3cret@proxy") from ValueError("S3cret")

    for flags in ((), ("--debug",)):
        ended = run("verify", *flags, context={"open_session": broken})
        (log,) = re.findall(r"The traceback is in (\S+\.log)", ended.err)
        text = Path(log).read_text("utf-8")
        Path(log).unlink()
        assert (ended.code, "RuntimeError" in text, "ValueError" in text) == (70, True, True)
        assert "in sign_in" in text
        assert "S3cret" not in text + ended.err
