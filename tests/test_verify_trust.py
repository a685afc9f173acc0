"""Every way to break a trust policy, and the check that sees it."""

from __future__ import annotations

import pytest

from strategies import GENESYS, ORG, OTHER_ORG
from wizard.core.desired import trust_policy
from wizard.core.documents import Document
from wizard.core.state import UNKNOWN_ORG, reason
from wizard.verify.trust import checks, problems

ROOT = f"arn:aws:iam::{GENESYS}:root"
OTHER = "arn:aws:iam::111111111111:root"
TRUST = trust_policy(ORG, GENESYS).tree["Statement"][0]
FIX = reason("fix")


def trusting(*statements, version="2012-10-17"):
    return Document({"Version": version, "Statement": list(statements)})


def changed(**changes):
    """The desired statement with these changes; None leaves a key out."""
    keys = {**TRUST, **changes}
    return trusting({key: value for key, value in keys.items() if value is not None})


def external_id(operator, value):
    return changed(Condition={operator: {"sts:ExternalId": value}})


NOBODY = dict.fromkeys(
    ("trust.principal", "trust.action", "trust.external-id"), reason("trust-nobody")
)
PRINCIPALS = {
    "another account": ({"AWS": OTHER}, "trust-other-principal", [OTHER]),
    "a role of Genesys's": ({"AWS": f"{ROOT}/x"}, "trust-other-principal", [f"{ROOT}/x"]),
    "anybody": ("*", "trust-other-principal", reason("anybody")),
    "anybody of AWS": ({"AWS": "*"}, "trust-other-principal", reason("anybody")),
    "nobody": ({}, "trust-other-principal", reason("nobody")),
    "a deleted user": ({"AWS": "AIDAEXAMPLE"}, "trust-deleted-principal", ["AIDAEXAMPLE"]),
    "a deleted role": ({"AWS": "AROAEXAMPLE"}, "trust-deleted-principal", ["AROAEXAMPLE"]),
}


@pytest.mark.parametrize(("principal", "code", "names"), PRINCIPALS.values(), ids=PRINCIPALS)
def test_whoever_is_let_in_instead_of_genesys_is_named(principal, code, names):
    assert problems(changed(Principal=principal), GENESYS, ORG) == {
        "trust.principal": reason(code, account=GENESYS, principals=names)
    }


def test_everybody_but_one_is_not_genesys():
    document = changed(Principal=None, NotPrincipal={"AWS": "111111111111"})
    (problem,) = problems(document, GENESYS, ORG).values()
    assert problem.facts["principals"] == reason("everybody-but")


@pytest.mark.parametrize(
    ("principal", "other"),
    [
        ({"AWS": [ROOT, "111111111111"]}, OTHER),
        ({"AWS": ROOT, "Service": "ec2.amazonaws.com"}, "Service ec2.amazonaws.com"),
    ],
)
def test_whoever_is_let_in_beside_genesys_is_named(principal, other):
    assert problems(changed(Principal=principal), GENESYS, ORG) == {
        "trust.principal": reason("trust-others", account=GENESYS, others=[other])
    }


ACTIONS = {
    "a wildcard": ({"Action": "sts:*"}, "trust-other-actions"),
    "another": ({"Action": "sts:AssumeRoleWithSAML"}, "trust-other-actions"),
    "none": ({"Action": []}, "trust-other-actions"),
    "one more": ({"Action": ["sts:AssumeRole", "sts:TagSession"]}, "trust-more-actions"),
    "NotAction": ({"Action": None, "NotAction": "s3:*"}, "trust-not-action"),
}


@pytest.mark.parametrize(("action", "code"), ACTIONS.values(), ids=ACTIONS)
def test_any_other_action_than_assume_role_is_a_problem(action, code):
    (problem,) = problems(changed(**action), GENESYS, ORG).items()
    assert (problem[0], problem[1].code) == ("trust.action", code)


EXTERNAL_IDS = {
    "no condition": (changed(Condition=None), "external-id-missing"),
    "another organization": (external_id("StringEquals", OTHER_ORG), "external-id-other"),
    "no value": (external_id("StringEquals", []), "external-id-other"),
    "upper case": (external_id("StringEquals", ORG.upper()), "external-id-case"),
    "StringLike": (external_id("StringLike", ORG), "external-id-operator"),
    "IfExists": (external_id("StringEqualsIfExists", ORG), "external-id-optional"),
    "any case": (external_id("StringEqualsIgnoreCase", ORG), "external-id-operator"),
    "a set": (external_id("ForAllValues:StringEquals", ORG), "external-id-operator"),
    "several": (external_id("StringEquals", [ORG, OTHER_ORG]), "external-ids-several"),
}


@pytest.mark.parametrize(("document", "code"), EXTERNAL_IDS.values(), ids=EXTERNAL_IDS)
def test_anything_but_equality_with_the_one_external_id_is_a_problem(document, code):
    (problem,) = problems(document, GENESYS, ORG).items()
    assert (problem[0], problem[1].code) == ("trust.external-id", code)


FURTHER_STATEMENTS = {
    "for another account": (
        trusting({**TRUST, "Principal": {"AWS": OTHER}}, TRUST),
        reason("trust-another-statement", principals=[OTHER]),
    ),
    "for Genesys without the external ID": (
        trusting({**TRUST, "Condition": {}}, TRUST),
        reason("trust-another-statement", principals=[ROOT]),
    ),
    "that denies": (trusting(TRUST, {**TRUST, "Effect": "Deny"}), reason("trust-deny")),
}
RESTRICTIONS = {
    "a further condition": (
        changed(Condition={**TRUST["Condition"], "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        reason(
            "trust-further-conditions",
            conditions=[reason("condition", key="aws:SourceIp", operator="IpAddress")],
        ),
    ),
    "a condition that contradicts": (
        changed(
            Condition={"StringNotEquals": {"sts:ExternalId": ORG}, **TRUST["Condition"]},
        ),
        reason(
            "trust-further-conditions",
            conditions=[reason("condition", key="sts:ExternalId", operator="StringNotEquals")],
        ),
    ),
    "the old version": (
        trusting(TRUST, version="2008-10-17"),
        reason("trust-version", version="2008-10-17"),
    ),
    "a key that is none": (changed(Resource="*"), reason("trust-unknown-key", key="Resource")),
}
BESIDE = {**FURTHER_STATEMENTS, **RESTRICTIONS}


@pytest.mark.parametrize(("document", "finding"), BESIDE.values(), ids=BESIDE)
def test_whatever_is_beside_the_statement_for_genesys_is_a_problem(document, finding):
    assert problems(document, GENESYS, ORG) == {
        "trust.nothing-else": reason("trust-beside", findings=[finding])
    }


@pytest.mark.parametrize("document", [trusting({**TRUST, "Effect": "Deny"}), Document(None)])
def test_a_trust_policy_that_lets_nobody_in_has_three_problems(document):
    assert problems(document, GENESYS, ORG) == NOBODY


def test_what_only_iam_could_explain_is_a_problem():
    assert problems(trusting(TRUST, "text"), GENESYS, ORG) == {
        "trust.nothing-else": reason("trust-form")
    }


SAME = {
    "a Sid": changed(Sid="Any"),
    "lists of one": changed(Action=["sts:AssumeRole"], Principal={"AWS": [ROOT]}),
    "an account ID": changed(Principal={"AWS": GENESYS}),
    "the case of an action": changed(Action="STS:assumerole"),
    "the case of a condition key": changed(Condition={"StringEquals": {"sts:externalid": [ORG]}}),
    "a statement twice": trusting(TRUST, TRUST),
}


@pytest.mark.parametrize("document", SAME.values(), ids=SAME)
def test_what_only_looks_different_is_no_problem(document):
    assert problems(document, GENESYS, ORG) == {}


def found(document, org_id=ORG, account=GENESYS, **confirmed):
    """The checks that do not pass."""
    given = {"confirmed": True, "account_confirmed": True, **confirmed}
    return {
        check.id: check
        for check in checks(document, account, org_id, fix=FIX, **given)
        if check.status != "pass"
    }


def test_a_problem_fails_its_check_with_the_fix_as_the_hint():
    (check,) = found(trust_policy(OTHER_ORG, GENESYS), confirmed=False).values()
    assert (check.id, check.status, check.hint) == ("trust.external-id", "fail", FIX)


@pytest.mark.parametrize(
    ("org_id", "code"), [(ORG, "trust-org-unconfirmed"), (UNKNOWN_ORG, "trust-org-unknown")]
)
def test_an_organization_id_that_nobody_gave_is_a_warning(org_id, code):
    (check,) = found(trust_policy(ORG, GENESYS), org_id, confirmed=False).values()
    assert (check.id, check.status) == ("trust.external-id", "warn")
    assert check.message == reason(code, external_id=ORG)
    assert check.hint == reason("give-org-id")


@pytest.mark.parametrize(("account", "count"), [("111111111111", 1), (GENESYS, 0)])
def test_another_account_than_production_that_nobody_gave_is_a_warning(account, count):
    warnings = found(trust_policy(ORG, account), account=account, account_confirmed=False)
    assert [(check.id, check.status) for check in warnings.values()] == [
        ("trust.principal", "warn")
    ] * count
