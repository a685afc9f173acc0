"""Every way to break a role, the check that sees it, and the command that corrects it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from wizard.core.changes import fold, plan
from wizard.core.desired import desired, trust_policy
from wizard.core.documents import Document, template
from wizard.core.shell import Place, setup_command
from wizard.core.state import LEX_READ_ONLY, NOTHING, TAG_STACK, UNKNOWN_ORG, LastUse, State, reason
from wizard.errors import Refused
from wizard.settings import ChosenBots, FromFile, FromTemplate, Settings
from wizard.ui.words import sentence
from wizard.validators import (
    TAG_MANAGED_BY,
    TAG_ORG_ID,
    TAG_POLICY_SHA,
    TAG_POLICY_SOURCE,
    BotRef,
)
from wizard.verify.role import checks, desired_document, org_id

ASKED = Settings(ORG)
BOTS = ChosenBots((BotRef("A1B2C3D4E5", None, "eu-west-1", ACCOUNT),))
FILE = FromFile(policy_document("lex:ListBots").tree)
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/B"
ACTIONS = template("lex-policy").tree["Statement"][0]["Action"]
DRIFT = policy_document("lex:Drift")
SHARED = frozenset({"role/Other", "role/GenesysCloudLexV2Role"})


def verify(actual, settings=ASKED, **more):
    return checks(settings, ACCOUNT, actual, **more)


def wrong(actual, settings=ASKED, **more):
    """The checks that do not pass, by ID."""
    return {check.id: check for check in verify(actual, settings, **more) if check.status != "pass"}


def run(settings=ASKED, **more):
    return reason("run", command=setup_command(replace(settings, **more)))


def tagged(**changes):
    return with_role(healthy(), tags={**healthy().role.tags, **changes})


def with_statements(*statements):
    return with_policy(
        healthy(), document=Document({"Version": "2012-10-17", "Statement": list(statements)})
    )


def test_all_checks_of_a_healthy_role_pass_without_a_hint():
    first, *others = verify(healthy())
    assert {(check.status, check.hint) for check in [first, *others]} == {("pass", None)}
    assert first.message == reason("role.exists", arn=ROLE)
    assert len({check.id for check in others}) == len(others) == 16


def test_what_exists_and_harms_nobody_passes():
    held = healthy().role.attachments | {ADMIN}
    actual = with_role(healthy(), attachments=held, permissions_boundary=BOUNDARY)
    shared = with_policy(actual, attached_to=SHARED)
    assert wrong(shared, allowed=frozenset({ADMIN})) == {}
    messages = [check.message for check in verify(shared)]
    assert reason("permissions.boundary", boundary=BOUNDARY) in messages
    assert reason("policy-also-attached", arn=POLICY, others=["role/Other"]) in messages


ATTACHED = healthy().role.attachments
BROKEN = {
    "an attachment": (
        with_role(healthy(), attachments=ATTACHED - {LEX_READ_ONLY}),
        {"permissions.attachments": "attachments-differ"},
    ),
    "the policy": (
        with_role(replace(healthy(), policies={}), attachments=ATTACHED - {POLICY}),
        {
            "permissions.attachments": "attachments-differ",
            "permissions.policy": "no-policy",
            "permissions.document": "no-policy-seen",
            "permissions.tags": "no-policy-seen",
        },
    ),
    "the document": (
        with_policy(healthy(), document=Document(None)),
        {"permissions.document": "document-differs"},
    ),
    **{
        f"the tag {key}": (tagged(**{key: "0"}), {"role.tags": "role-tags-differ"})
        for key in (TAG_POLICY_SHA, TAG_POLICY_SOURCE, TAG_ORG_ID)
    },
    "the policy's tags": (
        with_policy(healthy(), tags={}),
        {"permissions.tags": "policy-tags-differ"},
    ),
}


@pytest.mark.parametrize(("actual", "codes"), BROKEN.values(), ids=BROKEN)
def test_drift_fails_with_setup_as_the_hint_for(actual, codes):
    found = wrong(actual)
    assert {check.id: check.message.code for check in found.values()} == codes
    assert "fail" in {check.status for check in found.values()}
    assert all(check.hint == run() for check in found.values())


LEAST_PRIVILEGE = healthy(replace(ASKED, policy=BOTS))
FROM_FILE = healthy(replace(ASKED, policy=FILE))
STACK = {TAG_STACK: "genesys"}
EXPORT = f"genesys-lex-wizard export cloudformation --org-id {ORG}"
OTHER_TAGS = {**healthy().policies[POLICY].tags, TAG_ORG_ID: OTHER_ORG}
STRANGER = "666666666666"
SERVICE_LINKED = "/aws-service-role/lexv2.amazonaws.com/"
DESCRIBED, BOUNDED = {"role_description": "Other"}, {"permissions_boundary": BOUNDARY}
TAGGED = {"tags": (("Team", "voice"),)}
OTHER_NAMES = {
    "role_name": f"GenesysCloudLexV2Role-{ORG[:8]}",
    "policy_name": f"GenesysCloudLexV2Policy-{ORG[:8]}",
}
REPLACED = run(
    org_id=OTHER_ORG,
    **{field: name.replace(ORG[:8], OTHER_ORG[:8]) for field, name in OTHER_NAMES.items()},
)
NOT_OURS = with_policy(healthy(), tags={}, attached_to=SHARED)
OF_A_STACK = with_policy(tagged(**STACK), tags={}, document=DRIFT)
# The check that fails, its hint, what is in the account, and what is asked for.
HINTS = [
    (
        "trust.external-id",
        run(**OTHER_NAMES),
        with_role(healthy(), trust_policy=trust_policy(OTHER_ORG, GENESYS)),
        {},
    ),
    (
        "trust.principal",
        reason("confirm-account", account=STRANGER, fix=run(genesys_account_id=GENESYS)),
        with_role(tagged(GenesysAccountId=STRANGER), trust_policy=trust_policy(ORG, STRANGER)),
        {},
    ),
    ("role.description", run(**DESCRIBED), healthy(), DESCRIBED),
    ("permissions.boundary", run(**BOUNDED), healthy(), BOUNDED),
    ("role.tags", run(**TAGGED), healthy(), TAGGED),
    ("role.ours", run(**OTHER_NAMES), with_role(healthy(), tags={}), {}),
    ("role.ours", reason("check-org-id", fix=REPLACED), healthy(), {"org_id": OTHER_ORG}),
    ("role.ours", reason("give-role-name"), with_role(healthy(), path=SERVICE_LINKED), {}),
    ("role.path", reason("leave-role-path-out"), healthy(), {"role_path": "/team/"}),
    ("permissions.policy", reason("leave-policy-path-out"), healthy(), {"policy_path": "/team/"}),
    ("permissions.policy", run(**OTHER_NAMES), NOT_OURS, {}),
    ("permissions.policy", run(**OTHER_NAMES), with_policy(healthy(), tags=OTHER_TAGS), {}),
    *(
        ("permissions.document", hint, with_policy(state, document=DRIFT), {})
        for hint, state in (
            (reason("restore-file", fix=run()), FROM_FILE),
            (reason("restore-least-privilege", fix=run()), LEAST_PRIVILEGE),
            (reason("change-stack", stack="genesys", command=EXPORT), OF_A_STACK),
        )
    ),
]


@pytest.mark.parametrize(("check_id", "hint", "actual", "asked"), HINTS)
def test_what_is_wrong_fails_with_its_own_hint(check_id, hint, actual, asked):
    check = wrong(actual, replace(ASKED, **asked))[check_id]
    assert (check.status, check.hint) == ("fail", hint)


def documents_differ(actual):
    """The findings on the policy's document: how it differs, in which grants."""
    (check,) = wrong(actual).values()
    assert (check.id, check.status) == ("permissions.document", "fail")
    return {
        finding.code.removeprefix("document-allows-"): [
            grant.action for grant in finding.facts["grants"]
        ]
        for finding in check.message.facts["findings"]
    }


ALL = {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}
GRANTS = {
    "a wildcard": ({**ALL, "Action": "lex:*"}, {"more": ["lex:*"]}),
    "an action less": ({**ALL, "Action": ACTIONS[1:]}, {"less": ["lex:ListBots"]}),
    "fewer resources": ({**ALL, "Resource": "arn:aws:lex:eu-west-1:1:bot/*"}, {"less": ACTIONS}),
    "a condition": ({**ALL, "Condition": {"Bool": {"a": "true"}}}, {"less": ACTIONS}),
    "another action": ({**ALL, "Action": "lex:X"}, {"more": ["lex:X"], "less": ACTIONS}),
    "all but some": (
        {"Effect": "Allow", "NotAction": ["iam:*", "ec2:*"], "Resource": "*"},
        {"more": ["!ec2:*, iam:*"], "less": ACTIONS},
    ),
}


@pytest.mark.parametrize(("statement", "findings"), GRANTS.values(), ids=GRANTS)
def test_a_document_that_grants_something_else_fails_with_the_difference(statement, findings):
    assert documents_differ(with_statements(statement)) == findings


def test_a_denial_is_a_grant_less():
    denial = {**ALL, "Effect": "Deny", "Action": "lex:PutSession"}
    assert documents_differ(with_statements(ALL, denial)) == {"less": ["lex:PutSession"]}


def test_a_document_that_grants_the_same_in_other_words_is_a_warning():
    (check,) = wrong(with_statements(*({**ALL, "Action": action} for action in ACTIONS))).values()
    assert (check.id, check.status) == ("permissions.document", "warn")


def test_a_role_that_does_not_exist_is_the_failing_check_and_the_others_are_skipped():
    first, *others = verify(NOTHING)
    assert (first.id, first.status, first.hint) == ("role.exists", "fail", run())
    ids = [check.id for check in verify(healthy())[1:]]
    assert [(check.id, check.status) for check in others] == [(name, "skip") for name in ids]


def test_every_extra_grant_fails_with_the_command_that_ends_it():
    held = healthy().role.attachments | {ADMIN}
    actual = with_role(healthy(), attachments=held, inline_policies=frozenset({"a=b,c"}))
    found = [check for check in verify(actual) if check.status != "pass"]
    assert [(check.id, check.status) for check in found] == [("permissions.extra", "fail")] * 2
    role = "--role-name GenesysCloudLexV2Role"
    detach = f"aws iam detach-role-policy {role} --policy-arn {ADMIN}"
    delete = f"aws iam delete-role-policy {role} --policy-name a=b,c"
    assert [check.hint for check in found] == [
        reason("detach-or-allow", command=detach, option=f"--allow-policy {ADMIN}"),
        reason("run", command=delete),
    ]


def test_the_profile_is_in_every_command():
    actual = with_role(
        with_policy(healthy(), document=DRIFT, attached_to=SHARED), attachments=frozenset({ADMIN})
    )
    for check in wrong(actual, place=Place("my team")).values():
        assert "'--profile=my team'" in check.hint.facts["command"]


@pytest.mark.parametrize("document", [LEAST_PRIVILEGE.policies[POLICY].document, DRIFT])
def test_the_managed_policies_beside_least_privilege_fail(document):
    held = LEAST_PRIVILEGE.role.attachments | {LEX_READ_ONLY}
    actual = with_role(with_policy(LEAST_PRIVILEGE, document=document), attachments=held)
    assert wrong(actual)["permissions.attachments"].message.facts["findings"] == [
        reason("attached-beside-least-privilege", arns=[LEX_READ_ONLY])
    ]


def test_the_policy_of_a_former_name_that_is_still_attached_fails():
    former = replace(healthy(), policies={POLICY: healthy().policies[POLICY]})
    found = wrong(former, replace(ASKED, policy_name="Other"))
    assert found["permissions.attachments"].message.facts["findings"] == [
        reason("not-attached", arns=[f"arn:aws:iam::{ACCOUNT}:policy/Other"]),
        reason("attached-from-former-name", arns=[POLICY]),
    ]


def test_a_missing_document_that_only_its_maker_knows_fails_alone_with_its_policy():
    assert set(wrong(replace(LEAST_PRIVILEGE, policies={}))) == {
        "permissions.policy",
        "permissions.document",
        "permissions.tags",
    }


def test_a_shared_policy_that_needs_another_document_gets_another_name_in_the_hint():
    check = wrong(with_policy(healthy(), document=DRIFT, attached_to=SHARED))["permissions.policy"]
    assert check.message == reason("policy-shared", arn=POLICY, others=["role/Other"])
    assert "--policy-name GenesysCloudLexV2Policy-" in check.hint.facts["command"]


def test_the_organization_is_the_given_one_else_the_tagged_one_else_unknown():
    assert org_id(OTHER_ORG, healthy()) == OTHER_ORG
    assert org_id(None, healthy()) == ORG
    assert org_id(None, with_role(healthy(), tags={})) == org_id(None, NOTHING) == UNKNOWN_ORG


def test_what_a_stack_made_passes_although_its_policy_carries_no_tags():
    actual = with_policy(tagged(**STACK), tags={})
    assert wrong(actual) == {}
    assert reason("role.managed-by-stack", stack="genesys") in [c.message for c in verify(actual)]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", reason("used-in", date="2025-03-01", region="eu-west-1")),
        ("", reason("used", date="2025-03-01", region="")),
    ],
)
def test_the_last_use_is_a_date_and_a_region(region, expected):
    used = LastUse(datetime(2025, 3, 1, tzinfo=timezone.utc), region)
    assert verify(with_role(healthy(), last_use=used))[-1].message == expected


NASTY = "\x1b[2J\u202e$(id)`id`\n"
HOSTILE = with_role(
    healthy(),
    tags={**healthy().role.tags, "GenesysOrgId": NASTY, TAG_STACK: NASTY},
    attachments=frozenset({NASTY}),
    inline_policies=frozenset({NASTY}),
    permissions_boundary=NASTY,
    trust_policy=Document({"Statement": {"Effect": "Allow", "Principal": NASTY}}),
)
ACCOUNTS = [(HOSTILE, {}), (NOTHING, {}), *((actual, {}) for actual, _ in BROKEN.values())]
ACCOUNTS += [(actual, asked) for _, _, actual, asked in HINTS]


@pytest.mark.parametrize(("actual", "asked"), ACCOUNTS)
def test_every_check_becomes_one_printable_sentence_and_a_hint(actual, asked):
    for check in verify(actual, replace(ASKED, **asked)):
        for text in (sentence(check.message), sentence(check.hint or ".")):
            assert text.isprintable()
            assert text.endswith(".")


def test_a_hostile_name_is_one_word_of_the_command():
    delete = [check.hint for check in verify(HOSTILE) if check.id == "permissions.extra"][1]
    assert shlex.split(delete.facts["command"])[-2] == "--policy-name"


def test_the_desired_document_is_the_template_or_the_actual_one_where_it_is_not_known():
    assert desired_document(ASKED, ACCOUNT, healthy()) == template("lex-policy")
    actual = with_policy(LEAST_PRIVILEGE, document=DRIFT)
    assert desired_document(ASKED, ACCOUNT, actual) == DRIFT


# ── the law: what setup would change does not pass, and where it would change nothing all does ──

choices = st.sampled_from([None, FromTemplate(), BOTS, FILE])
settings_given = st.builds(
    Settings,
    org_id=st.just(ORG),
    policy=choices,
    role_description=st.sampled_from([None, "Other"]),
    permissions_boundary=st.sampled_from([None, BOUNDARY]),
    tags=st.sampled_from([(), (("Team", "voice"),)]),
)
documents = st.sampled_from(
    [template("lex-policy"), policy_document("lex:ListBots"), policy_document("lex:*")]
)
trust_policies = st.sampled_from(
    [trust_policy(ORG, GENESYS), trust_policy(OTHER_ORG, "111111111111"), Document(None)]
)


@st.composite
def accounts(draw):
    """A setup of this program's, with some of its parts broken."""
    state = healthy(replace(ASKED, policy=draw(choices)))
    keys = draw(
        st.frozensets(st.sampled_from(["GenesysOrgId", "GenesysAccountId", TAG_MANAGED_BY]))
    )
    if draw(st.booleans()):
        state = with_role(state, tags={k: v for k, v in state.role.tags.items() if k not in keys})
    state = with_role(state, trust_policy=draw(trust_policies))
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
    found = wrong(actual, settings)
    try:
        changes = plan(desired(settings, ACCOUNT, actual), actual)
    except Refused:  # nobody knows the document: setup refuses, verify fails
        assert "fail" in {check.status for check in found.values()}
        return
    # Extra grants are their owner's to end, and a remembered document is not confirmed.
    lasting = {"permissions.extra", *(["permissions.document"] if settings.policy is None else [])}
    if changes:
        assert found
    else:
        assert set(found) <= lasting
    # Each drift that fails is corrected by setup.
    assert set(wrong(fold(changes, actual), settings)) <= lasting


@pytest.mark.parametrize("settings", [FROM_FILE, LEAST_PRIVILEGE])
def test_a_document_that_only_a_tag_vouches_for_is_a_warning(settings):
    (check,) = wrong(settings).values()
    assert (check.id, check.status) == ("permissions.document", "warn")
    assert check.message == reason("document-unconfirmed")


def test_a_boundary_that_was_taken_off_is_a_warning():
    bounded = healthy(replace(ASKED, permissions_boundary=BOUNDARY))
    assert wrong(bounded) == {}
    (check,) = wrong(with_role(bounded, permissions_boundary=None)).values()
    assert (check.id, check.status) == ("permissions.boundary", "warn")
    assert BOUNDARY in sentence(check.message)
