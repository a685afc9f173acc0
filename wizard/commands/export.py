"""`export` and `permissions`: the desired state as text; they never connect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.commands.context import Outcome
from wizard.core.desired import desired, located
from wizard.core.state import UNKNOWN_ACCOUNT, UNKNOWN_ORG
from wizard.errors import ExitCode, InvalidInput, WizardError
from wizard.export import cloudformation, policies, script, terraform
from wizard.export import permissions as operator
from wizard.ui import export_screens, objects
from wizard.validators import GENESYS_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wizard.commands.context import How, Stage
    from wizard.core.state import State
    from wizard.settings import Settings

EXECUTABLE = 0o755


@dataclass(frozen=True)
class Request:
    """Which export, in which notation, and where to."""

    format: str
    out: str | None = None
    force: bool = False
    notation: str = "yaml"
    template_url: str | None = None


def export(settings: Settings, request: Request, how: How, stage: Stage) -> Outcome:
    """Write the set-up in a format for review; to files, or to standard output."""
    result: dict[str, Any] = {"command": "export", "format": request.format}
    try:
        _check(settings, request)
        state = _state(settings, how)
        text, files = _texts(state, request)
        written = _write(files, request) if request.out else []
    except WizardError as error:
        stage.tell(error)
        failed = {**result, "status": error.status, "error": objects.error(error)}
        return Outcome(error.exit_code, failed)
    if request.format == "cloudformation":
        command = cloudformation.deploy_command(
            state, request.out or "FILE", profile=how.profile, region=how.region
        )
        link = request.template_url and cloudformation.quick_create_link(
            state, request.template_url, region=how.region
        )
        export_screens.deploy(stage.screen, command, link)
        result |= {"deploy_command": command, "quick_create_link": link}
    export_screens.written(stage.screen, written)
    document = None if written else text
    result |= {"status": "exported", "document": document, "files": written}
    return Outcome(ExitCode.DONE, result, "" if written else text)


def permissions(settings: Settings, commands: Sequence[str], how: How, stage: Stage) -> Outcome:
    """The smallest IAM policy for whoever runs these commands, and a sentence per statement."""
    result: dict[str, Any] = {"command": "permissions"}
    try:
        state = _state(replace(settings, org_id=settings.org_id or UNKNOWN_ORG), how)
        wanted = [each for each in operator.COMMANDS if each in commands]
        granted = operator.permissions(wanted or operator.DEFAULT_COMMANDS, state)
    except WizardError as error:
        stage.tell(error)
        failed = {**result, "status": error.status, "error": objects.error(error)}
        return Outcome(error.exit_code, failed)
    export_screens.explanations(stage.screen, granted.explanations)
    result |= {
        "status": "printed",
        "document": granted.document.tree,
        "explanations": list(granted.explanations),
    }
    return Outcome(ExitCode.DONE, result, granted.document.text() + "\n")


def _check(settings: Settings, request: Request) -> None:
    if not settings.org_id:
        raise InvalidInput(
            "An option is missing: --org-id.",
            "Give --org-id, or set GENESYS_LEX_ORG_ID.",
            code="missing-option",
        )
    for option, given in (
        ("--format json", request.notation == "json"),
        ("--template-url", request.template_url is not None),
    ):
        if given and request.format != "cloudformation":
            raise InvalidInput(
                f"{option} is about CloudFormation, not {request.format}.",
                "Leave it out.",
                code="option-does-not-fit",
            )


def _state(settings: Settings, how: How) -> State:
    if how.account_id == (settings.genesys_account_id or GENESYS_ACCOUNT):
        raise InvalidInput(
            "--account-id is the account of Genesys: the role would trust "
            "the account that it is in.",
            "--account-id is the account that has the Lex V2 bots.",
            code="genesys-own-account",
        )
    settings = located(settings, how.region, how.account_id)
    return desired(settings, how.account_id or UNKNOWN_ACCOUNT)


def _texts(state: State, request: Request) -> tuple[str, Mapping[str, str]]:
    """The one text for standard output, and the texts by file name (empty: the file itself)."""
    match request.format:
        case "policies":
            return policies.as_json(state), policies.as_files(state)
        case "terraform":
            text = terraform.as_hcl(state)
        case "cli":
            text = script.as_shell(state)
        case _ if request.notation == "json":
            text = cloudformation.as_json(state)
        case _:
            text = cloudformation.as_yaml(state)
    return text, {"": text}


def _write(files: Mapping[str, str], request: Request) -> list[str]:
    """Write the files; nothing is overwritten without --force. Raises InvalidInput."""
    out = Path(request.out or "")
    targets = {out / name if name else out: text for name, text in files.items()}
    there = [str(each) for each in targets if each.exists() or each.is_symlink()]
    if there and not request.force:
        raise InvalidInput(
            f"There is a file already: {', '.join(there)}.",
            "Give another --out, or --force to overwrite.",
            code="file-exists",
        )
    try:
        if "" not in files:
            out.mkdir(parents=True, exist_ok=True)
        for path, text in targets.items():
            path.write_text(text, encoding="utf-8")
            if request.format == "cli":
                path.chmod(EXECUTABLE)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InvalidInput(
            f"{request.out} can't be written: {why}.",
            "Give another --out, or leave it out for standard output.",
            code="not-writable",
        ) from None
    return [str(each) for each in targets]
