"""`service-roles`: the Lex V2 service-linked roles of the account, and no other role."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wizard.aws import service_roles as aws
from wizard.aws.lex import role_usage
from wizard.commands import check_account_id
from wizard.core.service_roles import (
    OTHER_ATTRIBUTES,
    deletion_json,
    demand_unused,
    description_json,
    role_json,
)
from wizard.errors import Cancelled, ExitCode
from wizard.ui import service_roles_screens as screens

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.aws.session import Session
    from wizard.commands import Context, Outcome
    from wizard.core.service_roles import ServiceRole, Usage


def list_roles(context: Context) -> Outcome:
    """Every role with the bots that use it. Raises WizardError."""
    session = _sign_in(context)
    roles = aws.list_service_roles(session)
    usage = _usage(context, session) if roles else None
    used = [(role, usage.of(role) if usage else None) for role in roles]
    outcome = context.ended(roles=[role_json(role, bots) for role, bots in used])
    return replace(outcome, draw=partial(screens.table, roles=used, usage=usage))


def describe(context: Context, name: str) -> Outcome:
    """One role: what Lex documents that it may do, its trust, its policies, who uses it.

    Raises WizardError.
    """
    session = _sign_in(context)
    role = aws.find_service_role(session, name)
    policies = aws.read_policies(session, role)
    used_by = _usage(context, session).of(role)
    outcome = context.ended(**description_json(role, used_by, policies))
    draw = partial(screens.description, role=role, used_by=used_by, policies=policies)
    return replace(outcome, draw=draw)


def set_description(context: Context, name: str, text: str) -> Outcome:
    """Write the one thing of such a role that can be edited. Raises WizardError."""
    session = _sign_in(context)
    with context.signals.deferred():
        before = aws.set_description(session, name, text)
    context.screen.line(OTHER_ATTRIBUTES)
    status = "unchanged" if before.description == text else "updated"
    outcome = context.ended(status=status, **role_json(replace(before, description=text), None))
    done = screens.say(f"{before.name}: {text}" if text else f"{before.name}: no description")
    return replace(outcome, draw=done)


def delete(context: Context, name: str, confirm: Callable[[str], bool], *, wait: bool) -> Outcome:
    """Delete a role that nothing uses, and follow IAM's task to its end. Raises WizardError."""
    session = _sign_in(context)
    role = aws.find_service_role(session, name)
    warning = demand_unused(role, _usage(context, session))
    if warning:
        context.screen.warning(warning)
    if not context.options.yes and not confirm(role.name):
        raise Cancelled("Cancelled; nothing was deleted.", code="cancelled")
    return _delete(context, session, role, wait=wait)


def _delete(context: Context, session: Session, role: ServiceRole, *, wait: bool) -> Outcome:
    signals, screen = context.signals, context.screen
    with signals.deferred():  # IAM goes on by itself, and that must be reported
        deletion = aws.begin_deletion(session, role)
        screen.line("AWS has begun to delete the role.")
        if wait:
            with screen.bar("Waiting for AWS") as progress:
                for looks, state in enumerate(aws.follow_deletion(session, deletion), 1):
                    deletion = state
                    progress(looks, 0)
    code = ExitCode.AWS if deletion.status == "failed" else ExitCode.DONE
    if deletion.status == "started" and signals.received is not None:
        code = signals.exit_code
    draw = partial(screens.deletion, role=role, state=deletion)
    return replace(context.ended(code, **deletion_json(deletion)), draw=draw)


def _sign_in(context: Context) -> Session:
    """A session in the account that is meant."""
    session = context.sign_in()
    check_account_id(session.caller(), context.options.account_id)
    return session


def _usage(context: Context, session: Session) -> Usage:
    with context.screen.bar("Looking at bots") as progress:
        return role_usage(session, session.lex_regions(), progress)
