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


def plain(draw, encoding="utf-8", **options):
    out = io.TextIOWrapper(io.BytesIO(), encoding, "backslashreplace", write_through=True)
    draw(Screen(out, **options))
    return out.buffer.getvalue().decode(encoding)


def test_plain_lines_are_not_broken():
    text = plain(lambda screen: screen.lines([Line(f"→ Run `{COMMAND}`.", "x")]))
    assert text == f"    {'x':<15} → Run `{COMMAND}`.\n"


def test_values_are_neither_markup_nor_control_sequences():
    for draw in (drawn, plain):
        text = draw(lambda screen: screen.line("[bold]\x1b[31m\n", "label\x07"))
        assert r"[bold]\x1b[31m\n" in text
        assert "\x07" not in text
        assert r"\x1b]52" in draw(lambda screen: screen.block("\x1b]52"))


def test_signs_that_the_encoding_lacks_become_ascii():
    text = plain(lambda screen: screen.line("→ é …", sign="✓"), "ascii")
    assert text == "  + -> \\xe9 ...\n"


def test_quiet_leaves_errors_and_the_sandbox_marks_them():
    def draw(screen):
        screen.heading("Plan")
        screen.warning("Mind.")
        screen.error(AwsError("No.", "Wait."))

    assert plain(draw, quiet=True) == "error: No.\nhint:  Wait.\n"
    text = "\nSANDBOX · Plan\nwarning: Mind.\nSANDBOX\nerror: No.\nhint:  Wait.\n"
    assert plain(draw, sandbox=True) == text


def test_a_lost_reader_stops_only_what_is_essential():
    out = io.StringIO()
    words, result = Screen(out), Screen(out, essential=True)
    out.close()
    words.line("lost")
    with pytest.raises(OSError, match="closed file"):
        result.line("lost")
