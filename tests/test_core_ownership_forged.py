"""Nobody vouches but the user: what people in the account can write never makes us trust more."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluator import NO, YES, Request, allowed
from strategies import ACCOUNT, GENESYS, ORG, OTHER_ORG, POLICY, healthy, with_policy, with_role
from wizard.core.changes import fold
from wizard.core.desired import desired, trust_policy
from wizard.core.documents import Document, template
from wizard.core.ownership import organizations, plan_setup, removal
from wizard.core.state import UNKNOWN_ORG
from wizard.errors import Refused
from wizard.settings import ChosenBots, Settings
from wizard.validators import BotRef
from wizard.verify.trust import problems

STRANGER = "666666666666"
REQUESTS = [
    *(
        Request(account, external_id, action)
        for account in (GENESYS, STRANGER, ACCOUNT)
        for external_id in (ORG, OTHER_ORG, ORG.upper(), None, "x")
        for action in ("sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithSAML")
    ),
    *(Request(None, external_id, service="ec2.amazonaws.com") for external_id in (ORG, None)),
]
DESIRED = Request(GENESYS, ORG)


def lets_in(document: Document) -> set[Request]:
    """Every request that may get in."""
    return {request for request in REQUESTS if allowed(document.tree, request) != NO}


# ── trust policies that look like the right one ──────────────────────────────────────────

keys = st.sampled_from(["sts:ExternalId", "sts:externalid", "STS:EXTERNALID", "aws:SourceIp"])
operators = st.sampled_from(
    [
        "StringEquals",
        "StringLike",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringEqualsIfExists",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringEquals",
        "Null",
    ]
)
values = st.sampled_from([ORG, [ORG], [ORG, ORG], [ORG, OTHER_ORG], OTHER_ORG, "*", [], "true"])
conditions = st.dictionaries(operators, st.dictionaries(keys, values, max_size=2), max_size=2)
right_condition = st.sampled_from(
    [{"StringEquals": {"sts:ExternalId": ORG}}, {"StringEquals": {"sts:externalid": [ORG]}}]
)
names = st.sampled_from(
    [GENESYS, f"arn:aws:iam::{GENESYS}:root", STRANGER, f"arn:aws:iam::{GENESYS}:user/a", "*"]
)
principals = st.sampled_from(["*", {"Service": "ec2.amazonaws.com"}, {}]) | st.builds(
    lambda found: {"AWS": found}, names | st.lists(names, max_size=2)
)
right_principal = st.sampled_from([{"AWS": GENESYS}, {"AWS": [f"arn:aws:iam::{GENESYS}:root"]}])
actions = st.sampled_from(["sts:AssumeRole", "sts:*", "*", "STS:assumerole", "sts:TagSession"])
action_lists = actions | st.lists(actions, max_size=2)


@st.composite
def statements(draw):
    """A statement that is right but for one to three of its parts."""
    body = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Principal"] * 5 + ["NotPrincipal"])): draw(
            right_principal | principals
        ),
        draw(st.sampled_from(["Action"] * 5 + ["NotAction"])): draw(
            st.just("sts:AssumeRole") | action_lists
        ),
        "Condition": draw(right_condition | conditions),
    }
    dropped = draw(st.sampled_from([None, None, None, "Condition", "Action", "Principal"]))
    body.pop(dropped, None)
    return body


trust_policies = st.builds(
    lambda version, bodies: Document({**version, "Statement": bodies}),
    st.sampled_from([{"Version": "2012-10-17"}, {"Version": "2008-10-17"}, {}]),
    st.lists(statements(), min_size=1, max_size=2),
)


@given(trust_policies)
@example(trust_policy(ORG, GENESYS))
@example(
    Document(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": GENESYS},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": OTHER_ORG, "sts:externalid": ORG}},
            },
        }
    )
)
def test_a_trust_policy_passes_only_if_it_lets_in_genesys_with_this_id_and_nobody_else(document):
    if not problems(document, GENESYS, ORG):
        assert lets_in(document) == {DESIRED}
        assert allowed(document.tree, DESIRED) == YES


# ── runs without options ─────────────────────────────────────────────────────────────────

account_ids = st.sampled_from([GENESYS, STRANGER, ACCOUNT, "x", ""])
tags = st.dictionaries(
    st.sampled_from(
        ["ManagedBy", "managedby", "GenesysOrgId", "GenesysAccountId", "PolicySource"]
        + ["PolicySha256", "PermissionsBoundary", "team"]
    ),
    account_ids
    | st.sampled_from(
        [ORG, OTHER_ORG, "genesys-lex-wizard", "file", "least-privilege", "template"]
    ),
)
WIDE = Document(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)
documents = st.sampled_from([WIDE, template("lex-policy"), Document({"Statement": []})])
attachments = st.frozensets(
    st.sampled_from([POLICY, "arn:aws:iam::aws:policy/AdministratorAccess"]), max_size=2
)


@st.composite
def accounts(draw):
    """An account where somebody has written tags, a trust policy, a document and attachments."""
    state = healthy()
    role, document = state.role, draw(documents)
    forged = draw(tags)
    if draw(st.booleans()):  # a checksum that fits
        forged["PolicySha256"] = document.sha256
    state = with_role(
        state,
        tags={**(role.tags if draw(st.booleans()) else {}), **forged},
        trust_policy=draw(trust_policies | st.just(role.trust_policy)),
        attachments=role.attachments | draw(attachments),
        inline_policies=draw(st.sampled_from([frozenset(), frozenset({"i"})])),
    )
    return with_policy(state, document=document, tags={**state.policies[POLICY].tags, **draw(tags)})


def granted(state):
    """What Genesys can do with the role: nothing before it may assume it."""
    role = state.role
    return {*role.attachments, *role.inline_policies}


@given(accounts())
def test_a_run_without_options_trusts_nobody_but_genesys_with_this_organization(actual):
    with suppress(Refused):
        planned = plan_setup(Settings(ORG), ACCOUNT, actual)
        after = fold(planned.changes, actual)
        assert lets_in(after.role.trust_policy) == {DESIRED}


@given(accounts())
def test_a_run_without_options_hands_genesys_no_rights_that_it_did_not_have(actual):
    with suppress(Refused):
        planned = plan_setup(Settings(ORG), ACCOUNT, actual)
        after = fold(planned.changes, actual)
        if DESIRED not in lets_in(actual.role.trust_policy):
            ours = planned.desired.policies[planned.policy_arn]
            assert granted(after) <= granted(healthy())
            assert ours.document == template("lex-policy")


@given(accounts())
def test_a_run_without_options_never_keeps_a_document_that_the_rules_would_refuse(actual):
    with suppress(Refused):
        planned = plan_setup(Settings(ORG), ACCOUNT, actual)
        assert planned.desired.policies[planned.policy_arn].document != WIDE


@given(accounts())
def test_another_organization_that_a_trust_policy_names_is_never_cut_off_in_silence(actual):
    named = {
        value
        for body in actual.role.trust_policy.tree["Statement"]
        for keys in body.get("Condition", {}).values()
        for key, values in keys.items()
        for value in ([values] if isinstance(values, str) else values)
        if key.lower() == "sts:externalid"
    }
    if OTHER_ORG in named:
        code(actual)


def code(actual, **options):
    with pytest.raises(Refused) as refusal:
        plan_setup(replace(Settings(ORG), **options), ACCOUNT, actual)
    return refusal.value


def trusting(*bodies):
    return Document({"Version": "2012-10-17", "Statement": list(bodies)})


def asking(condition):
    (body,) = trust_policy(ORG, GENESYS).tree["Statement"]
    return {**body, "Condition": condition}


OTHERS = {
    "StringEquals": trust_policy(OTHER_ORG, GENESYS),
    "StringLike": trusting(asking({"StringLike": {"sts:ExternalId": OTHER_ORG + "*"}})),
    "any case": trusting(asking({"StringEqualsIgnoreCase": {"STS:externalid": OTHER_ORG.upper()}})),
    "IfExists": trusting(asking({"StringEqualsIfExists": {"sts:ExternalId": OTHER_ORG}})),
    "any of": trusting(asking({"ForAnyValue:StringEquals": {"sts:ExternalId": [OTHER_ORG]}})),
    "all of": trusting(asking({"ForAllValues:StringLike": {"sts:ExternalId": OTHER_ORG}})),
    "two IDs": trusting(asking({"StringEquals": {"sts:ExternalId": [ORG, OTHER_ORG]}})),
    "two statements": trusting(
        *trust_policy(ORG, GENESYS).tree["Statement"],
        *trust_policy(OTHER_ORG, GENESYS).tree["Statement"],
    ),
}


@pytest.mark.parametrize("document", OTHERS.values(), ids=OTHERS)
def test_another_organization_counts_however_the_trust_policy_names_it(document):
    actual = with_role(healthy(), trust_policy=document)
    refusal = code(actual)
    assert (refusal.code, OTHER_ORG in refusal.message) == ("another-organization", True)
    assert plan_setup(Settings(ORG, replace_org=OTHER_ORG), ACCOUNT, actual).changes
    for org_id in (ORG, OTHER_ORG):
        served = organizations(actual.role)
        if served == [org_id]:
            assert removal(Settings(org_id), ACCOUNT, actual)
        else:
            with pytest.raises(Refused, match="another Genesys Cloud organization"):
                removal(Settings(org_id), ACCOUNT, actual)


def test_a_tag_that_was_moved_hides_no_organization():
    actual = with_role(healthy(), trust_policy=trust_policy(OTHER_ORG, GENESYS))
    assert organizations(actual.role) == [ORG, OTHER_ORG]
    with pytest.raises(Refused, match=OTHER_ORG):
        removal(Settings(UNKNOWN_ORG), ACCOUNT, actual)


@pytest.mark.parametrize("account", [STRANGER, ACCOUNT])
def test_an_account_in_a_tag_is_refused_until_an_option_names_it(account):
    tags = {**healthy().role.tags, "GenesysAccountId": account}
    actual = with_role(healthy(), tags=tags, trust_policy=trust_policy(ORG, account))
    assert code(actual).code == "genesys-account-not-confirmed"


def test_an_account_that_an_option_names_is_trusted():
    tags = {**healthy().role.tags, "GenesysAccountId": STRANGER}
    actual = with_role(healthy(), tags=tags, trust_policy=trust_policy(ORG, STRANGER))
    named = Settings(ORG, genesys_account_id=STRANGER, fedramp=True)
    assert plan_setup(named, ACCOUNT, actual).changes == ()
    own = code(healthy(), genesys_account_id=ACCOUNT, fedramp=True)
    assert own.code == "genesys-own-account"


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
RIGHTS = {
    "an attachment": {"attachments": healthy().role.attachments | {ADMINISTRATOR}},
    "an inline policy": {"inline_policies": frozenset({"all"})},
}


@pytest.mark.parametrize("rights", RIGHTS.values(), ids=RIGHTS)
def test_rights_of_a_role_that_does_not_let_us_in_yet_are_not_handed_over(rights):
    (body,) = trust_policy(ORG, GENESYS).tree["Statement"]
    elsewhere = trusting({**body, "Principal": {"Service": "ec2.amazonaws.com"}, "Condition": {}})
    actual = with_role(healthy(), trust_policy=elsewhere, **rights)
    assert code(actual).code == "adopt-existing-rights"
    inside = with_role(actual, trust_policy=trust_policy(ORG, GENESYS))
    assert plan_setup(Settings(ORG), ACCOUNT, inside).changes == ()


def remembered(document, source):
    tags = {"PolicySource": source, "PolicySha256": document.sha256}
    attachments = {} if source == "file" else {"attachments": frozenset({POLICY})}
    state = with_role(healthy(), tags={**healthy().role.tags, **tags}, **attachments)
    return with_policy(state, document=document)


NARROW = Document(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "lex:DescribeBot", "Resource": "*"}],
    }
)
CHOSEN = desired(
    Settings(ORG, policy=ChosenBots((BotRef("A1B2C3D4E5", None, "us-east-1"),))), ACCOUNT
)


@pytest.mark.parametrize("source", ["file", "least-privilege"])
def test_a_checksum_does_not_make_a_wide_document_ours(source):
    assert code(remembered(WIDE, source)).code == "policy-document-unknown"


def test_a_remembered_document_is_kept_where_the_options_could_have_made_it():
    assert plan_setup(Settings(ORG), ACCOUNT, remembered(NARROW, "file")).changes == ()
    chosen = CHOSEN.policies[POLICY].document
    assert plan_setup(Settings(ORG), ACCOUNT, remembered(chosen, "least-privilege")).changes == ()
    assert code(remembered(NARROW, "least-privilege")).code == "policy-document-unknown"


@pytest.mark.parametrize("tags", [{"ManagedBy": "genesys-lex-wizard"}, {}])
def test_remove_keeps_a_policy_that_only_says_that_it_is_ours(tags):
    billing = f"arn:aws:iam::{ACCOUNT}:policy/ProdBilling"
    policy = replace(healthy().policies[POLICY], name="ProdBilling", tags=tags)
    actual = with_role(healthy(), attachments=healthy().role.attachments | {billing})
    actual = replace(actual, policies={**actual.policies, billing: policy})
    state, kept = removal(Settings(ORG), ACCOUNT, actual)
    assert (set(state.policies), [entry.target for entry in kept]) == ({billing}, [billing])


def test_the_healthy_account_is_not_refused():
    planned = plan_setup(Settings(ORG), ACCOUNT, healthy())
    assert planned.changes == ()
