"""Every way to break a role, the check that sees it, and the command that mends it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wizard.core.plan import fold, plan

from strategies import (
    ACCOUNT,
    GENESYS,
    ORG,
    OTHER_ORG,
    POLICY,
    ROLE,
    healthy,
    policy_document,
    with_policy,
    with_role,
)
from wizard.core.desired import desired, trust_policy
from wizard.core.documents import Document, template
from wizard.core.shell import setup_command
from wizard.core.state import LEX_READ_ONLY, NOTHING, UNKNOWN_ORG, LastUse, State
from wizard.errors import Refused
from wizard.settings import ChosenBots, FromFile, FromTemplate, Settings
from wizard.validators import BotRef
from wizard.verify import checks, org_id, wanted_document

ASKED = Settings(ORG)
SETUP = f"genesys-lex-wizard setup --org-id {ORG}"
BOTS = ChosenBots((BotRef("A1B2C3D4E5", None, "eu-west-1", ACCOUNT),))
ROOT = f"arn:aws:iam::{GENESYS}:root"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUST = trust_policy(ORG, GENESYS).tree["Statement"][0]


def verify(actual, settings=ASKED, **more):
    return checks(settings, ACCOUNT, actual, **more)


def wrong(found):
    return {check.id: check for check in found if check.status != "pass"}


def trusting(*statements, version="2012-10-17"):
    tree = {"Version": version, "Statement": list(statements)}
    return with_role(healthy(), trust_policy=Document(tree))


def door(**changes):
    return trusting({**TRUST, **changes})


def external_id(operator, value):
    return door(Condition={operator: {"sts:ExternalId": value}})


def test_all_checks_of_a_healthy_role_pass_without_a_hint():
    found = verify(healthy())
    assert {(check.status, check.hint) for check in found} == {("pass", None)}
    assert len({check.id for check in found}) == len(found) == 17


def test_every_message_is_one_sentence():
    for check in [*verify(healthy()), *verify(NOTHING)]:
        assert check.message.endswith(".")
        assert "\n" not in check.message


TRUST_BROKEN = {
    "another account": (
        door(Principal={"AWS": "arn:aws:iam::111111111111:root"}),
        {"trust.principal": "arn:aws:iam::111111111111:root instead of"},
    ),
    "a role of Genesys's account only": (
        door(Principal={"AWS": f"arn:aws:iam::{GENESYS}:role/x"}),
        {"trust.principal": "role/x instead of"},
    ),
    "a principal more": (
        door(Principal={"AWS": [ROOT, "111111111111"]}),
        {"trust.principal": "beside Genesys's AWS account 765628985471: arn:aws:iam::111111111111"},
    ),
    "a service too": (
        door(Principal={"AWS": ROOT, "Service": "ec2.amazonaws.com"}),
        {"trust.principal": "Service ec2.amazonaws.com"},
    ),
    "anybody": (door(Principal="*"), {"trust.principal": "anybody in any AWS account"}),
    "anybody of AWS": (
        door(Principal={"AWS": "*"}),
        {"trust.principal": "anybody in any AWS account"},
    ),
    "NotPrincipal": (
        trusting(
            {
                **{key: value for key, value in TRUST.items() if key != "Principal"},
                "NotPrincipal": {"AWS": "111111111111"},
            }
        ),
        {"trust.principal": "everybody but"},
    ),
    "a deleted principal": (
        door(Principal={"AWS": "AROAEXAMPLE"}),
        {"trust.principal": "deleted since"},
    ),
    "a wildcard action": (door(Action="sts:*"), {"trust.action": "sts:*"}),
    "an action more": (
        door(Action=["sts:AssumeRole", "sts:TagSession"]),
        {"trust.action": "More is allowed than sts:AssumeRole: sts:TagSession"},
    ),
    "another action": (
        door(Action="sts:AssumeRoleWithSAML"),
        {"trust.action": "sts:AssumeRoleWithSAML instead"},
    ),
    "NotAction": (
        trusting({**{k: v for k, v in TRUST.items() if k != "Action"}, "NotAction": "s3:*"}),
        {"trust.action": "NotAction"},
    ),
    "no condition": (
        trusting({key: value for key, value in TRUST.items() if key != "Condition"}),
        {"trust.external-id": "No external ID is required"},
    ),
    "another organization": (
        external_id("StringEquals", OTHER_ORG),
        {"trust.external-id": f"{OTHER_ORG} and not"},
    ),
    "upper case": (
        external_id("StringEquals", ORG.upper()),
        {"trust.external-id": "case counts"},
    ),
    "StringLike": (external_id("StringLike", ORG), {"trust.external-id": "StringLike"}),
    "a pattern": (external_id("StringLike", "*"), {"trust.external-id": "StringLike with *"}),
    "IfExists": (
        external_id("StringEqualsIfExists", ORG),
        {"trust.external-id": "lets in whoever gives none"},
    ),
    "without regard to case": (
        external_id("StringEqualsIgnoreCase", ORG),
        {"trust.external-id": "StringEqualsIgnoreCase"},
    ),
    "a set operator": (
        external_id("ForAllValues:StringEquals", ORG),
        {"trust.external-id": "ForAllValues:StringEquals"},
    ),
    "several organizations": (
        external_id("StringEquals", [ORG, OTHER_ORG]),
        {"trust.external-id": "Several external IDs"},
    ),
    "a second statement": (
        trusting(
            {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"},
            TRUST,
        ),
        {"trust.nothing-else": "another statement lets in arn:aws:iam::111111111111:root"},
    ),
    "a second statement for Genesys without the external ID": (
        trusting({k: v for k, v in TRUST.items() if k != "Condition"}, TRUST),
        {"trust.nothing-else": f"another statement lets in {ROOT}"},
    ),
    "a Deny": (
        trusting(TRUST, {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}),
        {"trust.nothing-else": "a Deny statement"},
    ),
    "a further condition": (
        door(
            Condition={
                **TRUST["Condition"],
                "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
            }
        ),
        {"trust.nothing-else": "aws:SourceIp (IpAddress)"},
    ),
    "a condition that contradicts": (
        door(
            Condition={
                "StringNotEquals": {"sts:ExternalId": ORG},
                **TRUST["Condition"],
            }
        ),
        {"trust.nothing-else": "sts:ExternalId (StringNotEquals)"},
    ),
    "the old version": (
        trusting(TRUST, version="2008-10-17"),
        {"trust.nothing-else": "2008-10-17"},
    ),
    "a key that is none": (door(Resource="*"), {"trust.nothing-else": "Resource"}),
    "nobody": (
        trusting({**TRUST, "Effect": "Deny"}),
        dict.fromkeys(("trust.principal", "trust.action", "trust.external-id"), "anybody in"),
    ),
    "something unreadable": (
        with_role(healthy(), trust_policy=Document(None)),
        dict.fromkeys(("trust.principal", "trust.action", "trust.external-id"), "anybody in"),
    ),
    "something that only IAM could explain": (
        trusting(TRUST, "text"),
        {"trust.nothing-else": "in its form"},
    ),
}


@pytest.mark.parametrize(("actual", "expected"), TRUST_BROKEN.values(), ids=TRUST_BROKEN)
def test_a_broken_trust_policy_fails_with_setup_as_the_hint_for(actual, expected):
    found = wrong(verify(actual))
    assert set(found) == set(expected)
    for name, says in expected.items():
        assert found[name].status == "fail"
        assert says in found[name].message
        assert found[name].hint == f"Run `{SETUP}`."


LOOKS = {
    "a Sid": door(Sid="Any"),
    "lists of one": door(Action=["sts:AssumeRole"], Principal={"AWS": [ROOT]}),
    "an account ID": door(Principal={"AWS": GENESYS}),
    "the case of an action": door(Action="STS:assumerole"),
    "the case of a condition key": door(Condition={"StringEquals": {"sts:externalid": [ORG]}}),
    "a statement twice": trusting(TRUST, TRUST),
    "a document in another order": with_policy(
        healthy(),
        document=Document(
            {
                "Id": "x",
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Action": [
                        each.upper()
                        for each in reversed(template("lex-policy").tree["Statement"][0]["Action"])
                    ],
                    "Resource": ["*"],
                },
            }
        ),
    ),
}


@pytest.mark.parametrize("actual", LOOKS.values(), ids=LOOKS)
def test_what_only_looks_different_passes(actual):
    assert wrong(verify(actual)) == {}


def tagged(**changes):
    tags = {**healthy().role.tags, **changes}
    return with_role(healthy(), tags={k: v for k, v in tags.items() if v is not None})


BROKEN = {
    "an attachment gone": (
        with_role(healthy(), attachments=healthy().role.attachments - {LEX_READ_ONLY}),
        {"permissions.attachments": f"not attached: {LEX_READ_ONLY}"},
    ),
    "all attachments gone": (
        with_role(healthy(), attachments=frozenset()),
        {"permissions.attachments": f"{POLICY}, {LEX_READ_ONLY}"},
    ),
    "the policy gone": (
        with_role(
            replace(healthy(), policies={}), attachments=healthy().role.attachments - {POLICY}
        ),
        {
            "permissions.policy": f"no policy {POLICY}",
            "permissions.attachments": POLICY,
            "permissions.document": "no policy",
            "permissions.tags": "no policy",
        },
    ),
    "a wider document": (
        with_policy(healthy(), document=policy_document("lex:*")),
        {"permissions.document": "allows more than it should (lex:*)."},
    ),
    "a narrower document": (
        with_policy(
            healthy(),
            document=policy_document(
                *template("lex-policy").tree["Statement"][0]["Action"][1:],
            ),
        ),
        {"permissions.document": "does not allow what Genesys needs (lex:ListBots)."},
    ),
    "fewer resources": (
        with_policy(
            healthy(),
            document=policy_document(
                *template("lex-policy").tree["Statement"][0]["Action"],
                resource=f"arn:aws:lex:eu-west-1:{ACCOUNT}:bot-alias/A/B",
            ),
        ),
        {"permissions.document": "and 14 more"},
    ),
    "other actions": (
        with_policy(healthy(), document=policy_document("lex:DeleteBot")),
        {
            "permissions.document": "allows more than it should (lex:DeleteBot) and does not allow "
            "what Genesys needs (lex:ListBots; lex:DescribeBot;"
        },
    ),
    "a Deny statement": (
        with_policy(
            healthy(),
            document=Document(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        *template("lex-policy").tree["Statement"],
                        {"Effect": "Deny", "Action": "lex:PutSession", "Resource": "*"},
                    ],
                }
            ),
        ),
        {"permissions.document": "does not allow what Genesys needs (lex:PutSession, denied)"},
    ),
    "NotAction": (
        with_policy(
            healthy(),
            document=Document(
                {
                    "Version": "2012-10-17",
                    "Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
                }
            ),
        ),
        {"permissions.document": "everything but iam:*"},
    ),
    "a condition": (
        with_policy(
            healthy(),
            document=policy_document(
                *template("lex-policy").tree["Statement"][0]["Action"],
                Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
            ),
        ),
        {"permissions.document": "lex:ListBots"},
    ),
    "an unreadable document": (
        with_policy(healthy(), document=Document(None)),
        {"permissions.document": "does not allow what Genesys needs"},
    ),
    "the checksum gone": (tagged(PolicySha256=None), {"role.tags": "PolicySha256"}),
    "another checksum": (tagged(PolicySha256="0"), {"role.tags": "PolicySha256"}),
    "another source": (tagged(PolicySource="magic"), {"role.tags": "PolicySource"}),
    "the organization's tag gone": (tagged(GenesysOrgId=None), {"role.tags": "GenesysOrgId"}),
    "the account's tag gone": (tagged(GenesysAccountId=None), {"role.tags": "GenesysAccountId"}),
    "the policy's tags gone": (
        with_policy(healthy(), tags={}),
        {"permissions.tags": "GenesysOrgId, ManagedBy"},
    ),
}


@pytest.mark.parametrize(("actual", "expected"), BROKEN.values(), ids=BROKEN)
def test_drift_fails_with_setup_as_the_hint_for(actual, expected):
    found = wrong(verify(actual))
    assert set(found) == set(expected)
    assert "fail" in {check.status for check in found.values()}
    for name, says in expected.items():
        assert says in found[name].message
        assert found[name].hint == f"Run `{SETUP}`."


def test_a_document_that_grants_the_same_in_other_words_is_a_warning():
    actions = template("lex-policy").tree["Statement"][0]["Action"]
    split = [{"Effect": "Allow", "Action": action, "Resource": "*"} for action in actions]
    actual = with_policy(
        healthy(), document=Document({"Version": "2012-10-17", "Statement": split})
    )
    (check,) = wrong(verify(actual)).values()
    assert (check.id, check.status) == ("permissions.document", "warn")


def test_a_role_that_does_not_exist_is_the_failing_check_and_the_others_are_skipped():
    first, *others = verify(NOTHING)
    assert (first.id, first.status) == ("role.exists", "fail")
    assert first.hint == f"Run `{SETUP}`."
    assert {check.status for check in others} == {"skip"}
    assert {check.id for check in others} == {check.id for check in verify(healthy())[1:]}


def test_a_role_that_is_not_ours_fails_and_adopting_is_the_hint():
    found = wrong(verify(with_role(healthy(), tags={})))
    assert found["role.ours"].status == "fail"
    assert found["role.ours"].hint == f"Run `{SETUP} --adopt`."
    assert found["role.tags"].status == "skip"


def test_another_organizations_role_fails_and_replacing_is_the_hint():
    found = wrong(verify(healthy(), Settings(OTHER_ORG)))
    assert found["role.ours"].status == "fail"
    assert f"--replace-org {ORG}" in found["role.ours"].hint
    assert f"--replace-org {ORG}" in found["trust.external-id"].hint


def test_a_service_linked_role_is_never_the_one():
    found = wrong(verify(with_role(healthy(), path="/aws-service-role/lexv2.amazonaws.com/")))
    assert found["role.ours"].status == "fail"


def test_another_path_than_asked_for_fails_and_can_not_be_mended():
    found = wrong(verify(healthy(), replace(ASKED, role_path="/team/")))
    assert set(found) == {"role.path"}
    assert "--role-path" in found["role.path"].hint


def test_another_path_of_the_policy_is_explained():
    (first, *_) = wrong(verify(healthy(), replace(ASKED, policy_path="/team/"))).values()
    found = wrong(verify(healthy(), replace(ASKED, policy_path="/team/")))
    assert first.status == "fail"
    assert "can't move" in found["permissions.policy"].message


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"role_description": "Other"}, "role.description"),
        ({"permissions_boundary": "arn:aws:iam::123456789012:policy/B"}, "permissions.boundary"),
        ({"tags": (("Team", "voice"),)}, "role.tags"),
    ],
)
def test_what_is_asked_for_and_is_not_so_fails_with_the_option_in_the_hint(asked, name):
    settings = replace(ASKED, **asked)
    check = wrong(verify(healthy(), settings))[name]
    assert check.status == "fail"
    assert check.hint == f"Run `{setup_command(settings)}`."


def test_an_existing_boundary_that_nobody_asked_about_passes_and_is_named():
    actual = with_role(healthy(), permissions_boundary="arn:aws:iam::123456789012:policy/B")
    assert wrong(verify(actual)) == {}
    assert any("policy/B" in check.message for check in verify(actual))


def test_every_extra_grant_fails_with_the_command_that_takes_it_off():
    actual = with_role(
        healthy(),
        attachments=healthy().role.attachments | {ADMIN},
        inline_policies=frozenset({"a=b,c"}),
    )
    found = [check for check in verify(actual) if check.status != "pass"]
    assert [(check.id, check.status) for check in found] == [("permissions.extra", "fail")] * 2
    role = "--role-name GenesysCloudLexV2Role"
    assert f"`aws iam detach-role-policy {role} --policy-arn {ADMIN}`" in found[0].hint
    assert f"--allow-policy {ADMIN}" in found[0].hint
    assert found[1].hint == f"Run `aws iam delete-role-policy {role} --policy-name a=b,c`."


def test_an_extra_attachment_that_is_meant_to_be_there_passes():
    actual = with_role(healthy(), attachments=healthy().role.attachments | {ADMIN})
    assert wrong(verify(actual, allowed=frozenset({ADMIN}))) == {}


def test_the_profile_is_in_every_command():
    actual = with_role(
        healthy(), attachments=frozenset({ADMIN}), trust_policy=trust_policy(OTHER_ORG, GENESYS)
    )
    for check in wrong(verify(actual, profile="my team")).values():
        assert "'--profile=my team'" in check.hint


def test_the_managed_policies_beside_least_privilege_fail_and_setup_mends_it():
    state = healthy(replace(ASKED, policy=BOTS))
    actual = with_role(state, attachments=state.role.attachments | {LEX_READ_ONLY})
    (check,) = wrong(verify(actual)).values()
    assert (check.id, check.status) == ("permissions.attachments", "fail")
    assert "least privilege" in check.message


@pytest.mark.parametrize(
    ("choice", "option"),
    [
        (FromFile(policy_document("lex:ListBots").tree), "--policy-file FILE"),
        (BOTS, "--bot BOT:ALIAS"),
    ],
)
def test_a_drifted_document_that_only_its_maker_knows_says_how_to_restore_it(choice, option):
    actual = with_policy(
        healthy(replace(ASKED, policy=choice)), document=policy_document("lex:Drift")
    )
    (check,) = wrong(verify(actual)).values()
    assert (check.id, check.status) == ("permissions.document", "fail")
    assert option in check.hint
    assert "--default-policy" in check.hint


def test_a_document_that_is_gone_and_that_only_its_maker_knows_fails_alone_with_its_policy():
    actual = replace(healthy(replace(ASKED, policy=BOTS)), policies={})
    assert set(wrong(verify(actual))) == {
        "permissions.policy",
        "permissions.document",
        "permissions.tags",
    }


def test_a_policy_file_that_is_given_is_compared_and_named_in_the_hint():
    settings = replace(
        ASKED, policy=FromFile(policy_document("lex:ListBots").tree, "my policy.json")
    )
    found = wrong(verify(healthy(), settings))
    assert found["permissions.document"].hint.endswith("'--policy-file=my policy.json'`.")


def test_a_policy_of_somebody_elses_fails_and_adopting_is_the_hint():
    actual = with_policy(healthy(), tags={}, attached_to=frozenset({"role/Other"}))
    found = wrong(verify(actual))
    assert found["permissions.policy"].status == "fail"
    assert "--adopt" in found["permissions.policy"].hint


def test_a_shared_policy_that_needs_another_document_gets_another_name_in_the_hint():
    actual = with_policy(
        healthy(), document=policy_document("lex:Drift"), attached_to=frozenset({"role/Other"})
    )
    check = wrong(verify(actual))["permissions.policy"]
    assert "role/Other" in check.message
    assert "--policy-name GenesysCloudLexV2Policy-" in check.hint


def test_without_the_organization_id_the_tags_word_is_a_warning():
    assert org_id(None, healthy()) == ORG
    assert org_id(OTHER_ORG, healthy()) == OTHER_ORG
    (check,) = wrong(verify(healthy(), confirmed=False)).values()
    assert (check.id, check.status) == ("trust.external-id", "warn")
    assert "taken from the tag, not confirmed" in check.message
    assert "--org-id" in check.hint


def test_a_trust_policy_that_contradicts_the_tag_fails():
    actual = with_role(healthy(), trust_policy=trust_policy(OTHER_ORG, GENESYS))
    found = wrong(verify(actual, Settings(org_id(None, actual)), confirmed=False))
    assert found["trust.external-id"].status == "fail"


def test_an_organization_that_nobody_knows_is_asked_for():
    actual = with_role(healthy(), tags={})
    assert org_id(None, actual) == org_id(None, NOTHING) == UNKNOWN_ORG
    found = wrong(verify(actual, Settings(UNKNOWN_ORG), confirmed=False))
    assert found["trust.external-id"].status == "warn"
    assert "--org-id" in found["trust.external-id"].hint
    assert "trust.principal" not in found


STACK = {"aws:cloudformation:stack-name": "genesys"}


def test_what_a_stack_made_passes_although_its_policy_carries_no_tags():
    actual = with_policy(tagged(**STACK), tags={})
    assert wrong(verify(actual)) == {}
    assert "role.managed-by-stack" in {check.id for check in verify(actual)}


def test_drift_of_what_a_stack_made_is_mended_by_way_of_the_stack():
    actual = with_policy(tagged(**STACK), tags={}, document=policy_document("lex:Drift"))
    (check,) = wrong(verify(actual)).values()
    assert check.hint.startswith("Change the CloudFormation stack genesys; ")
    assert "`genesys-lex-wizard export cloudformation --org-id" in check.hint


def test_the_last_use_is_told_or_that_none_is_recorded():
    used = LastUse(datetime(2025, 3, 1, tzinfo=timezone.utc), "eu-west-1")
    last = {check.id: check for check in verify(with_role(healthy(), last_use=used))}
    assert "2025-03-01 in eu-west-1" in last["role.last-used"].message
    never = {check.id: check for check in verify(healthy())}["role.last-used"]
    assert never.status == "pass"
    assert never.message.startswith("No use recorded")


def test_hostile_text_of_the_account_has_no_effect():
    nasty = "\x1b[2J\u202e$(id)`id`\n"
    actual = with_role(
        healthy(),
        tags={**tagged().role.tags, "GenesysOrgId": nasty, "aws:cloudformation:stack-name": nasty},
        attachments=frozenset({nasty}),
        inline_policies=frozenset({nasty}),
        permissions_boundary=nasty,
        trust_policy=Document({"Statement": {"Effect": "Allow", "Principal": nasty}}),
    )
    for check in verify(actual):
        for text in (check.message, check.hint or ""):
            assert text.isprintable()
    extra = [check.hint for check in verify(actual) if check.id == "permissions.extra"]
    command = extra[1].removeprefix("Run `").removesuffix("`.")
    assert shlex.split(command)[-2] == "--policy-name"


def test_the_wanted_document_is_the_template_or_what_is_there_where_nobody_can_tell():
    assert wanted_document(ASKED, ACCOUNT, healthy()) == template("lex-policy")
    drift = policy_document("lex:Drift")
    actual = with_policy(healthy(replace(ASKED, policy=BOTS)), document=drift)
    assert wanted_document(ASKED, ACCOUNT, actual) == drift


# ── the law: what setup would change does not pass, and where it would change nothing all does ──

choices = st.sampled_from(
    [None, FromTemplate(), BOTS, FromFile(policy_document("lex:ListBots").tree)]
)
settings_given = st.builds(
    Settings,
    org_id=st.just(ORG),
    policy=choices,
    role_description=st.sampled_from([None, "Other"]),
    permissions_boundary=st.sampled_from([None, "arn:aws:iam::123456789012:policy/B"]),
    tags=st.sampled_from([(), (("Team", "voice"),)]),
)
documents = st.sampled_from(
    [template("lex-policy"), policy_document("lex:ListBots"), policy_document("lex:*")]
)


@st.composite
def accounts(draw):
    """A set-up of this program's, with some of its parts broken."""
    state = healthy(replace(ASKED, policy=draw(choices)))
    keys = draw(st.frozensets(st.sampled_from(["GenesysOrgId", "GenesysAccountId", "ManagedBy"])))
    if draw(st.booleans()):
        state = with_role(state, tags={k: v for k, v in state.role.tags.items() if k not in keys})
    if draw(st.booleans()):
        broken = [actual.role.trust_policy for actual, _ in TRUST_BROKEN.values()]
        state = with_role(state, trust_policy=draw(st.sampled_from(broken)))
    if draw(st.booleans()):
        held = st.frozensets(st.sampled_from([LEX_READ_ONLY, POLICY, ADMIN]))
        state = with_role(state, attachments=draw(held))
    if draw(st.booleans()):
        state = with_policy(state, document=draw(documents))
    if draw(st.booleans()):
        state = with_policy(state, tags={})
    if draw(st.integers(0, 5)) == 0:
        state = replace(state, policies={})
    return state if draw(st.integers(0, 9)) else State(None, state.policies)


@given(settings_given, accounts())
def test_whatever_setup_would_change_does_not_pass(settings, actual):
    found = verify(actual, settings)
    try:
        wanted = desired(settings, ACCOUNT, actual)
    except Refused:  # nobody knows the document: setup refuses, verify fails
        assert "fail" in {check.status for check in found}
        return
    changes = plan(wanted, actual)
    if changes:
        assert wrong(found)
    # Each drift that fails is mended by setup, extra grants aside.
    after = verify(fold(changes, actual), settings)
    assert set(wrong(after)) <= {"permissions.extra"}
    if not changes:
        assert set(wrong(found)) <= {"permissions.extra"}


@given(st.builds(Settings, org_id=st.just(ORG), policy=choices))
def test_after_setup_everything_passes(settings):
    assert wrong(verify(healthy(settings), settings)) == {}


def test_the_role_is_named_by_its_arn():
    assert ROLE in verify(healthy())[0].message
