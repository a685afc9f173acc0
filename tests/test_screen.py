from __future__ import annotations

import io

import pytest
from rich.console import Console

from wizard.errors import AwsError
from wizard.ui.screen import Line, Screen

ARN = "arn:aws:iam::123456789012:role/GenesysCloudLexV2Role"
COMMAND = f"aws iam attach-role-policy --role-name GenesysCloudLexV2Role --policy-arn {ARN}"


def drawn(draw, width=80):
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False, soft_wrap=True)
    draw(Screen(out, console=console))
    return out.getvalue()


def lines(*each, width=80):
    return drawn(lambda screen: screen.lines(each, label_width=24), width)


def test_what_is_too_long_for_its_column_gets_a_row_of_its_own():
    text = lines(Line(f"The role is {ARN} and no other.", "role.exists", "✓"))
    assert text.splitlines() == [
        "  ✓ role.exists              The role is",
        f"      {ARN}",
        " " * 29 + "and no other.",
    ]


def test_a_label_is_not_lost_before_a_long_word():
    assert lines(Line(ARN, "role.arn")).splitlines() == ["    role.arn", f"      {ARN}"]


@pytest.mark.parametrize("width", [80, 120])
def test_a_command_in_a_sentence_can_be_copied(width):
    """Pasted into a shell its rows are one command again."""
    for text in (
        lines(Line(f"→ Run `{COMMAND}`.", " "), width=width),
        drawn(lambda screen: screen.error(AwsError("No.", f"Run `{COMMAND}`.")), width),
        drawn(lambda screen: screen.command(COMMAND), width),
    ):
        rows = text[text.index("aws iam") :].splitlines()
        assert all(len(row) <= width for row in rows)
        assert all(row.endswith(" \\") for row in rows[:-1])
        assert " ".join(row.rstrip("\\").strip() for row in rows) == COMMAND


def test_a_short_command_stays_in_its_sentence():
    text = lines(Line("Run `genesys-lex-wizard verify --all-regions` to look everywhere.", "x"))
    assert "`genesys-lex-wizard verify --all-regions`" in text


def test_plain_lines_are_not_broken():
    out = io.StringIO()
    Screen(out).lines([Line(f"→ Run `{COMMAND}`.", "x")])
    assert out.getvalue().splitlines() == [f"    {'x':<15} → Run `{COMMAND}`."]
