"""Every way to break a trust policy, and the check that sees it."""

from __future__ import annotations

import pytest

from strategies import GENESYS, ORG, OTHER_ORG
from wizard.core.desired import trust_policy
from wizard.core.documents import Document
from wizard.core.state import UNKNOWN_ORG, reason
from wizard.ui.words import sentence
from wizard.verify.trust import checks, problems

ROOT = f"arn:aws:iam::{GENESYS}:root"
OTHER = "arn:aws:iam::111111111111:root"
TRUST = trust_policy(ORG, GENESYS).tree["Statement"][0]
FIX = reason("fix")


def trusting(*statements, version="2012-10-17"):
    return Document({"Version": version, "Statement": list(statements)})


def changed(**changes):
    return trusting({**TRUST, **changes})


def external_id(operator, value):
    return changed(Condition={operator: {"sts:ExternalId": value}})


def without(key, **changes):
    return trusting({name: value for name, value in {**TRUST, **changes}.items() if name != key})


def conditions(**further):
    return changed(Condition={**further, **TRUST["Condition"]})


PRINCIPALS = {
    "another account": (changed(Principal={"AWS": OTHER}), "trust-other-principal"),
    "a role of Genesys's": (changed(Principal={"AWS": f"{ROOT}/x"}), "trust-other-principal"),
    "anybody": (changed(Principal="*"), "trust-other-principal"),
    "nobody": (changed(Principal={}), "trust-other-principal"),
    "a deleted user": (changed(Principal={"AWS": "AIDAX"}), "trust-deleted-principal"),
    "a deleted role": (changed(Principal={"AWS": "AROAX"}), "trust-deleted-principal"),
    "NotPrincipal": (without("Principal", NotPrincipal="x"), "trust-other-principal"),
    "one more": (changed(Principal={"AWS": [ROOT, OTHER]}), "trust-others"),
    "a service too": (changed(Principal={"AWS": ROOT, "Service": "x"}), "trust-others"),
}
ACTIONS = {
    "a wildcard": (changed(Action="sts:*"), "trust-other-actions"),
    "another action": (changed(Action="sts:AssumeRoleWithSAML"), "trust-other-actions"),
    "no action": (changed(Action=[]), "trust-other-actions"),
    "two actions": (changed(Action=["sts:AssumeRole", "sts:TagSession"]), "trust-more-actions"),
    "NotAction": (without("Action", NotAction="s3:*"), "trust-not-action"),
}
EXTERNAL_IDS = {
    "no condition": (without("Condition"), "external-id-missing"),
    "another organization": (external_id("StringEquals", OTHER_ORG), "external-id-other"),
    "no value": (external_id("StringEquals", []), "external-id-other"),
    "upper case": (external_id("StringEquals", ORG.upper()), "external-id-case"),
    "StringLike": (external_id("StringLike", ORG), "external-id-operator"),
    "IfExists": (external_id("StringEqualsIfExists", ORG), "external-id-optional"),
    "any case": (external_id("StringEqualsIgnoreCase", ORG), "external-id-operator"),
    "a set": (external_id("ForAllValues:StringEquals", ORG), "external-id-operator"),
    "several": (external_id("StringEquals", [ORG, OTHER_ORG]), "external-ids-several"),
}
FURTHER = "trust-further-conditions"
BESIDE = {
    "another account's": (
        trusting({**TRUST, "Principal": {"AWS": OTHER}}, TRUST),
        "trust-another-statement",
    ),
    "Genesys's without the external ID": (
        trusting({**TRUST, "Condition": {}}, TRUST),
        "trust-another-statement",
    ),
    "a Deny": (trusting(TRUST, {**TRUST, "Effect": "Deny"}), "trust-deny"),
    "another condition": (conditions(IpAddress={"aws:SourceIp": "192.0.2.0/24"}), FURTHER),
    "a contradiction": (conditions(StringNotEquals={"sts:ExternalId": ORG}), FURTHER),
    "a version of nobody's": (trusting(TRUST, version="2099-01-01"), "trust-version"),
    "two spellings of the key": (
        changed(Condition={"StringEquals": {"sts:ExternalId": OTHER_ORG, "sts:externalid": ORG}}),
        FURTHER,
    ),
    "a key that is none": (changed(Resource="*"), "trust-unknown-key"),
}
BROKEN = [
    pytest.param(check_id, document, code, id=name)
    for check_id, cases in (
        ("trust.principal", PRINCIPALS),
        ("trust.action", ACTIONS),
        ("trust.external-id", EXTERNAL_IDS),
        ("trust.nothing-else", BESIDE),
    )
    for name, (document, code) in cases.items()
]


@pytest.mark.parametrize(("check_id", "document", "code"), BROKEN)
def test_a_broken_trust_policy_has_one_problem(check_id, document, code):
    ((found, problem),) = problems(document, GENESYS, ORG).items()
    (finding,) = problem.facts.get("findings", [problem])
    assert (found, finding.code) == (check_id, code)
    assert "{" not in sentence(problem)


@pytest.mark.parametrize(
    ("statement", "principals"),
    [
        ({"Principal": {"AWS": "111111111111", "Service": "x"}}, ["Service x", OTHER]),
        ({"Principal": {"AWS": "*"}}, reason("anybody")),
        ({"Principal": {}}, reason("nobody")),
        ({"Principal": {}, "NotPrincipal": "x"}, reason("everybody-but")),
    ],
)
def test_whoever_is_let_in_instead_of_genesys_is_named(statement, principals):
    (problem,) = problems(changed(**statement), GENESYS, ORG).values()
    assert problem.facts["principals"] == principals


@pytest.mark.parametrize("document", [trusting({**TRUST, "Effect": "Deny"}), Document(None)])
def test_a_trust_policy_that_lets_nobody_in_has_three_problems(document):
    names = ("trust.principal", "trust.action", "trust.external-id")
    assert problems(document, GENESYS, ORG) == dict.fromkeys(names, reason("trust-nobody"))


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
    "the external ID twice": external_id("StringEquals", [ORG, ORG]),
    "the old version": trusting(TRUST, version="2008-10-17"),
    "no version": Document({"Statement": [TRUST]}),
}


@pytest.mark.parametrize("document", SAME.values(), ids=SAME)
def test_what_only_looks_different_is_no_problem(document):
    assert problems(document, GENESYS, ORG) == {}


def found(document, org_id=ORG, account=GENESYS, **confirmed):
    """The checks that do not pass."""
    given = {"confirmed": True, **confirmed}
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
