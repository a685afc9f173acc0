"""`service-roles`: the Lex V2 service-linked roles of the account, and no other role."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wizard.aws import service_roles as aws
from wizard.aws.lex import role_usage
from wizard.commands.context import Outcome, connect
from wizard.core.service_roles import (
    OTHER_ATTRIBUTES,
    deletion_json,
    demand_unused,
    description_json,
    role_json,
)
from wizard.errors import Cancelled, ExitCode, Refused, WizardError
from wizard.ui import objects
from wizard.ui import service_roles_screens as screens

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.session import Session
    from wizard.commands.context import How, Stage
    from wizard.core.service_roles import ServiceRole, Usage


def list_roles(how: How, stage: Stage) -> Outcome:
    """Every role with the bots that use it."""

    def run(session: Session) -> Outcome:
        roles = aws.list_service_roles(session)
        usage = _usage(session, stage) if roles else None
        used = [(role, usage.of(role) if usage else None) for role in roles]
        shown = [role_json(role, bots) for role, bots in used]
        draw = partial(screens.table, roles=used, usage=usage)
        return Outcome(ExitCode.DONE, {"roles": shown}, draw=draw)

    return _guarded("service-roles list", how, stage, run)


def describe(name: str, how: How, stage: Stage) -> Outcome:
    """One role: what Lex documents that it may do, its trust, its policies, who uses it."""

    def run(session: Session) -> Outcome:
        role = aws.find_service_role(session, name)
        policies = aws.read_policies(session, role)
        used_by = _usage(session, stage).of(role)
        draw = partial(screens.description, role=role, used_by=used_by, policies=policies)
        return Outcome(ExitCode.DONE, description_json(role, used_by, policies), draw=draw)

    return _guarded("service-roles describe", how, stage, run)


def set_description(name: str, text: str, how: How, stage: Stage) -> Outcome:
    """Write the one thing of such a role that can be edited."""

    def run(session: Session) -> Outcome:
        with stage.signals.deferred():
            before = aws.set_description(session, name, text)
        stage.screen.line(OTHER_ATTRIBUTES)
        status = "unchanged" if before.description == text else "updated"
        result = {"status": status, **role_json(replace(before, description=text), None)}
        done = screens.say(f"{before.name}: {text}" if text else f"{before.name}: no description")
        return Outcome(ExitCode.DONE, result, draw=done)

    return _guarded("service-roles set-description", how, stage, run)


def delete(
    name: str, how: How, stage: Stage, confirm: Callable[[str], bool], *, wait: bool
) -> Outcome:
    """Delete a role that nothing uses, and follow IAM's task to its end."""

    def run(session: Session) -> Outcome:
        role = aws.find_service_role(session, name)
        warning = demand_unused(role, _usage(session, stage))
        if warning:
            stage.screen.warning(warning)
        if not how.yes and not confirm(role.name):
            raise Cancelled("Cancelled; nothing was deleted.", code="cancelled")
        return _delete(session, stage, role, wait=wait)

    return _guarded("service-roles delete", how, stage, run)


def _delete(session: Session, stage: Stage, role: ServiceRole, *, wait: bool) -> Outcome:
    with stage.signals.deferred():  # IAM goes on by itself, and that must be told
        deletion = aws.begin_deletion(session, role)
        stage.screen.line("AWS has begun to delete the role.")
        if wait:
            with stage.screen.bar("Waiting for AWS") as progress:
                for looks, state in enumerate(aws.follow_deletion(session, deletion), 1):
                    deletion = state
                    progress(looks, 0)
    code = ExitCode.AWS if deletion.status == "failed" else ExitCode.DONE
    if deletion.status == "started" and stage.signals.received is not None:
        code = stage.signals.exit_code
    return Outcome(
        code, deletion_json(deletion), draw=partial(screens.deletion, role=role, state=deletion)
    )


def _usage(session: Session, stage: Stage) -> Usage:
    with stage.screen.bar("Looking at bots") as progress:
        return role_usage(session, session.lex_regions(), progress)


def _guarded(
    command: str,
    how: How,
    stage: Stage,
    run: Callable[[Session], Outcome],
) -> Outcome:
    """Run it in the account that is meant, and turn an error into its object."""
    try:
        session = connect(how, stage)
        caller = session.caller()
        if how.account_id not in {None, caller.account_id}:
            raise Refused(
                f"These credentials belong to the AWS account {caller.account_id}, but "
                f"--account-id says {how.account_id}.",
                "Choose another --profile, or correct --account-id.",
                code="another-account",
            )
        outcome = run(session)
    except WizardError as error:
        stage.tell(error)
        failed = {
            **objects.EMPTY.get(command, {}),
            "status": error.status,
            "error": objects.error(error),
        }
        return Outcome(error.exit_code, {"command": command, **failed})
    return replace(outcome, result={"command": command, **outcome.result})
