from dataclasses import replace

import pytest

from hostile import ACCOUNT, OTHER_ORG, PLAIN, any_settings, state
from iam import allows
from wizard.core.changes import iam_call, plan, undo
from wizard.core.documents import MANAGED_POLICY_LIMIT, Document, as_list
from wizard.core.state import LEX_READ_ONLY, NOTHING, PolicyVersion
from wizard.errors import InvalidInput
from wizard.export.permissions import COMMANDS, DEFAULT_COMMANDS, literal, permissions

BOUNDARY = "arn:aws:iam::123456789012:policy/Bound"
BOUNDED = replace(PLAIN, permissions_boundary=BOUNDARY)


def drifted(wanted):
    """The same setup with every attribute gone astray that setup mends."""
    (policy,) = wanted.policies.values()
    other = Document({"Version": "2012-10-17", "Statement": []})
    astray = replace(
        policy,
        document=other,
        tags={"GenesysOrgId": OTHER_ORG},
        version_id="v9",
        old_versions=tuple(PolicyVersion(f"v{n}") for n in (5, 6, 7, 8)),
    )
    role = replace(
        wanted.role,
        trust_policy=other,
        tags={"GenesysOrgId": OTHER_ORG},
        description="other",
        attachments=frozenset(),
    )
    return replace(wanted, role=role, policies={policy.arn: astray})


def overgrown(wanted):
    """The same setup with what others hung on it."""
    (policy,) = wanted.policies.values()
    role = replace(
        wanted.role,
        attachments=wanted.role.attachments | {"arn:aws:iam::aws:policy/Foreign"},
        inline_policies=frozenset({"Foreign"}),
        instance_profiles=frozenset({"Foreign"}),
    )
    versioned = replace(policy, version_id="v2", old_versions=(PolicyVersion("v1"),))
    return replace(wanted, role=role, policies={policy.arn: versioned})


def scenarios(settings):
    """Named sequences of writes, each with the role's boundary while they run."""
    wanted = state(settings, ACCOUNT)
    fresh = plan(wanted, NOTHING)
    mended = plan(wanted, drifted(wanted))
    boundary = wanted.role.permissions_boundary
    yield "set up", fresh, boundary
    yield "setup undone", undo(fresh), boundary
    yield "mend", mended, boundary
    yield "remove", plan(NOTHING, overgrown(wanted)), boundary
    # What the policy does not grant on purpose: putting back what was attached before.
    back = undo(with_versions(mended))
    yield "mending undone", tuple(c for c in back if c.kind != "attach-policy"), boundary
    unbounded = replace(wanted, role=replace(wanted.role, permissions_boundary=None))
    yield "bound", plan(wanted, unbounded), boundary


def with_versions(changes):
    """The changes as IAM has carried them out: a new version has its number."""
    return [
        replace(c, after=replace(c.after, version_id="v10")) if c.kind == "update-policy" else c
        for c in changes
    ]


def asked(change, boundary):
    """What IAM is asked for this change: action, resource, context."""
    operation, parameters = iam_call(change)
    resource = change.target
    if change.kind == "remove-from-instance-profile":
        resource = f"arn:aws:iam::{ACCOUNT}:instance-profile/{change.before}"
    context = {"iam:PolicyARN": parameters.get("PolicyArn")}
    bound = parameters.get("PermissionsBoundary") or boundary
    context |= {"iam:PermissionsBoundary": bound} if bound else {}
    yield f"iam:{operation}", resource, context
    if parameters.get("Tags") and change.kind.startswith("create"):
        yield f"iam:Tag{operation.removeprefix('Create')}", resource, context


def actions(document):
    return {action for each in document.tree["Statement"] for action in as_list(each["Action"])}


@any_settings
def test_every_write_of_setup_and_remove_is_allowed(settings):
    document = permissions(["setup", "remove"], state(settings, ACCOUNT)).document
    for name, changes, boundary in scenarios(settings):
        for change in changes:
            for action, resource, context in asked(change, boundary):
                assert allows(document, action, resource, context), (name, action, resource)


@any_settings
def test_nothing_is_allowed_on_another_role_or_policy(settings):
    wanted = state(settings, ACCOUNT)
    granted = permissions(DEFAULT_COMMANDS, wanted).document
    (policy_arn,) = wanted.policies
    others = [
        f"{wanted.role.arn}x",
        f"{policy_arn}x",
        wanted.role.arn.replace(ACCOUNT, "210987654321"),
        wanted.role.arn.replace("*", "anything"),
        wanted.role.arn.replace("?", "x"),
        f"arn:aws:iam::{ACCOUNT}:role/Admin",
        f"arn:aws:iam::{ACCOUNT}:user/somebody",
    ]
    context = {"iam:PolicyARN": LEX_READ_ONLY, "iam:PermissionsBoundary": BOUNDARY}
    everywhere = {"iam:ListAccountAliases", "iam:ListRoles", "iam:ListPolicies"}
    for action in actions(granted) - everywhere:
        for other in others:
            if action.startswith("iam:") and other not in {wanted.role.arn, policy_arn}:
                assert not allows(granted, action, other, context), (action, other)


@any_settings
def test_no_other_policy_can_be_attached(settings):
    wanted = state(settings, ACCOUNT)
    document = permissions(COMMANDS, wanted).document
    context = {"iam:PermissionsBoundary": wanted.role.permissions_boundary or ""}
    for arn in wanted.role.attachments:
        given = {**context, "iam:PolicyARN": arn}
        assert allows(document, "iam:AttachRolePolicy", wanted.role.arn, given)
    admin = {**context, "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}
    assert not allows(document, "iam:AttachRolePolicy", wanted.role.arn, admin)


@pytest.mark.parametrize("context", [{}, {"iam:PermissionsBoundary": f"{BOUNDARY}x"}])
@pytest.mark.parametrize(
    "action", ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:AttachRolePolicy"]
)
def test_a_demanded_boundary_can_be_neither_left_out_nor_replaced(context, action):
    wanted = state(BOUNDED, ACCOUNT)
    document = permissions(COMMANDS, wanted).document
    asked_with = {"iam:PolicyARN": LEX_READ_ONLY, **context}
    assert not allows(document, action, wanted.role.arn, asked_with)
    asked_with["iam:PermissionsBoundary"] = BOUNDARY
    assert allows(document, action, wanted.role.arn, asked_with)
    assert "iam:DeleteRolePermissionsBoundary" not in actions(document)


def test_the_three_commands_are_the_default_and_each_takes_less():
    wanted = state(PLAIN, ACCOUNT)
    everything = actions(permissions(DEFAULT_COMMANDS, wanted).document)
    for command in DEFAULT_COMMANDS:
        assert actions(permissions([command], wanted).document) < everything


def test_verify_alone_may_write_nothing():
    granted = actions(permissions(["verify"], state(PLAIN, ACCOUNT)).document)
    reading = ("Get", "List", "Describe", "Simulate", "Validate", "Lookup")
    assert granted
    assert all(each.split(":")[1].startswith(reading) for each in granted)


def test_service_linked_roles_of_other_services_stay_out_of_reach():
    document = permissions(["service-roles"], state(PLAIN, ACCOUNT)).document
    folder = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role"
    ours = f"{folder}/lexv2.amazonaws.com/AWSServiceRoleForLexV2Bots_ABC"
    other = f"{folder}/ecs.amazonaws.com/AWSServiceRoleForECS"
    for action in ("iam:UpdateRole", "iam:DeleteServiceLinkedRole"):
        assert allows(document, action, ours)
        assert not allows(document, action, other)
        assert not allows(document, action, state(PLAIN, ACCOUNT).role.arn)


@any_settings
@pytest.mark.parametrize("commands", [DEFAULT_COMMANDS, COMMANDS, ("verify",)])
def test_each_statement_has_one_sentence_of_its_own(settings, commands):
    found = permissions(commands, state(settings, ACCOUNT))
    names = [each["Sid"] for each in found.document.tree["Statement"]]
    assert [each.partition(":")[0] for each in found.explanations[: len(names)]] == names
    assert len(set(names)) == len(names)
    assert all(name.isalnum() for name in names)
    assert all(each.endswith(".") for each in found.explanations)


def test_what_only_advises_stands_alone_and_says_so():
    found = permissions(DEFAULT_COMMANDS, state(PLAIN, ACCOUNT))
    optional = {e.partition(":")[0] for e in found.explanations if "Optional" in e}
    for each in found.document.tree["Statement"]:
        advises = set(as_list(each["Action"])) & {
            "iam:SimulatePrincipalPolicy",
            "access-analyzer:ValidatePolicy",
            "iam:ListAccountAliases",
        }
        assert not advises or each["Sid"] in optional


def test_all_commands_fit_into_one_managed_policy():
    assert permissions(COMMANDS, state(BOUNDED, ACCOUNT)).document.size() <= MANAGED_POLICY_LIMIT


def test_it_says_when_the_policy_is_too_long_for_iam():
    long = replace(PLAIN, role_path=f"/{'x' * 510}/", policy_path=f"/{'x' * 510}/")
    assert (
        "Split it into two policies" in permissions(COMMANDS, state(long, ACCOUNT)).explanations[-1]
    )


def test_without_an_account_it_is_refused():
    with pytest.raises(InvalidInput) as caught:
        permissions(DEFAULT_COMMANDS, state(PLAIN))
    assert "--account-id" in caught.value.hint


def test_special_characters_are_escaped_as_policy_variables():
    assert literal("a*b?c${d}") == "a${*}b${?}c${$}{d}"
