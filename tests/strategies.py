"""Small worlds for property tests: states that collide often, and readable examples."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from wizard.core.desired import desired, trust_policy
from wizard.core.documents import Document
from wizard.core.state import Policy, PolicyVersion, Role, State
from wizard.settings import Settings

ACCOUNT = "123456789012"
GENESYS = "765628985471"
ORG = "1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809"
OTHER_ORG = "99999999-5e6f-7081-92a3-b4c5d6e7f809"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/GenesysCloudLexV2Role"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/GenesysCloudLexV2Policy"


def policy_document(*actions, resource="*", effect="Allow", **more):
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **more}
    return Document({"Version": "2012-10-17", "Statement": [statement]})


def healthy(settings=None) -> State:
    """What setup has made, as it is observed afterwards."""
    state = desired(settings or Settings(ORG), ACCOUNT)
    return State(
        role=state.role,
        policies={
            arn: replace(policy, attached_to=frozenset({f"role/{state.role.name}"}))
            for arn, policy in state.policies.items()
        },
    )


def with_role(state: State, **changes) -> State:
    return replace(state, role=replace(state.role, **changes))


def with_policy(state: State, arn=POLICY, **changes) -> State:
    return replace(state, policies={**state.policies, arn: replace(state.policies[arn], **changes)})


documents = st.sampled_from(
    [policy_document("lex:ListBots"), policy_document("lex:DescribeBot"), policy_document("s3:Get")]
)
trust_policies = st.sampled_from([trust_policy(ORG, GENESYS), trust_policy(OTHER_ORG, GENESYS)])
tags = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3)
ARNS = [f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in "PQ"]
attachments = st.frozensets(st.sampled_from([*ARNS, "arn:aws:iam::aws:policy/AmazonLexReadOnly"]))
names = st.frozensets(st.sampled_from(["i", "j"]))

roles = st.builds(
    Role,
    account_id=st.just(ACCOUNT),
    name=st.just("R"),
    path=st.just("/"),
    description=st.sampled_from(["", "one"]),
    trust_policy=trust_policies,
    tags=tags,
    permissions_boundary=st.sampled_from([None, *ARNS]),
    attachments=attachments,
    inline_policies=names,
    instance_profiles=names,
)


@st.composite
def versions(draw):
    """The default version and the others, of one to five, with gaps in their numbers."""
    numbers = draw(st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True))
    default, *others = [f"v{number}" for number in numbers]
    return default, tuple(map(PolicyVersion, others))


@st.composite
def policies(draw, name):
    version_id, old = draw(versions())
    return Policy(
        account_id=ACCOUNT,
        name=name,
        path="/",
        description="",
        document=draw(documents),
        tags=draw(tags),
        version_id=version_id,
        old_versions=old,
    )


@st.composite
def states(draw):
    existing = {arn: draw(policies(arn[-1])) for arn in ARNS if draw(st.booleans())}
    role = draw(st.none() | roles)
    if role is not None:  # what does not exist is attached to nothing
        missing = set(ARNS) - set(existing)
        role = replace(role, attachments=role.attachments - missing)
    return State(role=role, policies=existing)


@st.composite
def reachable_pairs(draw):
    """(desired, actual) that differ in nothing IAM can't do: embedding policies, say."""
    actual = draw(states())
    goal = draw(states())
    if goal.role is not None:
        before = actual.role or replace(
            goal.role, inline_policies=frozenset(), instance_profiles=frozenset()
        )
        role = replace(
            goal.role,
            inline_policies=goal.role.inline_policies & before.inline_policies,
            instance_profiles=goal.role.instance_profiles & before.instance_profiles,
        )
        goal = replace(goal, role=role)
    return goal, actual


@st.composite
def setup_pairs(draw):
    """(desired, actual) as setup has them: nothing that exists is deleted."""
    goal, actual = draw(reachable_pairs())
    role = goal.role
    if role is None:
        role = actual.role
    elif actual.role is not None:
        role = replace(
            role,
            inline_policies=actual.role.inline_policies,
            instance_profiles=actual.role.instance_profiles,
        )
    return State(role, {**actual.policies, **goal.policies}), actual
