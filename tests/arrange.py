"""Makes a state in the simulated account, without the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore import xform_name

from aws_server import ACCOUNT
from program import ORG
from wizard.core.changes import iam_call, plan
from wizard.core.desired import desired
from wizard.core.state import NOTHING
from wizard.settings import Settings

if TYPE_CHECKING:
    from aws_server import Server
    from wizard.core.changes import Plan
    from wizard.core.state import State

PLAIN = Settings(org_id=ORG)


def carry_out(aws: Server, changes: Plan) -> None:
    """Make these changes."""
    client = aws.client()
    for change in changes:
        operation, parameters = iam_call(change)
        getattr(client, xform_name(operation))(**parameters)


def set_up(aws: Server, settings: Settings = PLAIN) -> State:
    """What `setup` makes of these settings in an empty account."""
    state = desired(settings, ACCOUNT)
    carry_out(aws, plan(state, NOTHING))
    return state
