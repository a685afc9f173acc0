"""Commands for people to paste into a shell."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from wizard.core.shell import command, named_command, setup_command
from wizard.settings import ChosenBots, FromFile, FromTemplate, Settings, TaggedBots
from wizard.validators import BotRef

ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"


def test_the_command_repeats_the_settings():
    settings = Settings(
        ORG,
        role_name="R",
        policy_name="P",
        role_path="/a/",
        role_description='-- "quoted" $(id) `id`',
        tags=(("Cost", "a b"),),
        policy=TaggedBots("k", "v w"),
        genesys_account_id="111111111111",
        fedramp=True,
        adopt=True,
        replace_org="99999999-5e6f-7081-92a3-b4c5d6e7f809",
    )
    words = shlex.split(setup_command(settings, "--extra"))
    assert words[2:8] == ["--org-id", ORG, "--role-name", "R", "--policy-name", "P"]
    assert words[8:12] == [
        "--role-path=/a/",
        f"--role-description={settings.role_description}",
        "--genesys-account-id=111111111111",
        "--fedramp",
    ]
    assert words[12:15] == ["--tag=Cost=a b", "--least-privilege", "--bot-tag=k=v w"]
    assert words[15:] == ["--extra", "--adopt", "--replace-org", settings.replace_org]


def test_defaults_are_left_out():
    assert setup_command(Settings(ORG)) == f"genesys-lex-wizard setup --org-id {ORG}"
    assert named_command("verify", Settings()) == "genesys-lex-wizard verify"


def test_each_choice_of_a_policy_is_repeated():
    bot = BotRef("A1B2C3D4E5", "F6G7H8I9J0")
    arn = "arn:aws:lex:eu-west-1:123456789012:bot-alias/A1B2C3D4E5/F6G7H8I9J0"
    located = BotRef("A1B2C3D4E5", "F6G7H8I9J0", "eu-west-1", "123456789012")
    for choice, end in (
        (FromTemplate(), "--default-policy"),
        (
            FromFile({}, "a b.json", any_policy=True),
            "'--policy-file=a b.json' --allow-any-policy",
        ),
        (FromFile({}), "--policy-file=FILE"),
        (ChosenBots((bot,)), "--least-privilege --bot A1B2C3D4E5:F6G7H8I9J0"),
        (ChosenBots((located,)), f"--least-privilege --bot {arn}"),
    ):
        assert setup_command(Settings(ORG, policy=choice)).endswith(end)


def test_profile_and_region_are_named_and_the_default_profile_is_not():
    line = command("x", profile="my team", region="eu-west-1")
    assert line == "x '--profile=my team' --region=eu-west-1"
    assert command("x", profile="default") == "x"


WORDS = [
    *("a'b", '"$(id)"', "`id`", "\\n", "\x1b[31m", "\u202e", "é ü", "-x", "", "~", "%self", "*"),
    *("x;touch PWN #", "\\'; touch PWN #", "'\\'' touch PWN", "=ls", "{a,b}", "a!b", "$HOME", "^x"),
    *("one\ntwo", "it's \\ odd\r", "ends in a line break\n", "in two\n\n", "\n", "'\n"),
]


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "fish"])
def test_a_shell_reads_the_very_words(shell, tmp_path):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    line = command("printf", "<%s>", *WORDS)
    assert line.replace("\n", "").isprintable()
    ended = subprocess.run([shell, "-c", line], capture_output=True, check=True, cwd=tmp_path)
    assert ended.stdout.decode() == "".join(f"<{word}>" for word in WORDS)
    assert not list(tmp_path.iterdir())
