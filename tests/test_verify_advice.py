"""What AWS advises is judged, and said in a sentence each."""

from __future__ import annotations

import pytest

from wizard.core.advice import Advice, Finding, Verdict
from wizard.errors import Refused, Unanswered
from wizard.ui.words import sentence
from wizard.verify.advice import advice_checks, file_warnings, simulated, validated

BOUNDARY = "arn:aws:iam::123456789012:policy/Boundary"
LINK = "https://docs.aws.amazon.com/x"
WORD = "According to the simulator"
NO_ANSWER = Unanswered("Nobody answered.", "Ask again.")


def verdict(decision, *, boundary=None, organization=None, action="lex:PutSession"):
    return Verdict(action, "*", decision, boundary, organization)


def finding(kind="WARNING", code="CODE", details="Something.", link=LINK):
    return Finding(kind, code, details, link)


def shown(checks):
    return [
        (check.id, check.status, sentence(check.message), check.hint and sentence(check.hint))
        for check in checks
    ]


def test_a_question_without_an_answer_is_a_skipped_check():
    assert shown(advice_checks(Advice(NO_ANSWER, NO_ANSWER, NO_ANSWER), None)) == [
        (name, "skip", "Nobody answered.", "Ask again.")
        for name in ("permissions.simulated", "trust.validated", "permissions.validated")
    ]


def test_advice_that_objects_to_nothing_passes():
    assert shown(advice_checks(Advice([verdict("allowed")] * 2, [], []), None)) == [
        (
            "permissions.simulated",
            "pass",
            "The IAM policy simulator allows all 1 actions that Genesys Cloud uses.",
            None,
        ),
        (
            "trust.validated",
            "pass",
            "IAM Access Analyzer found no issues in the trust policy.",
            None,
        ),
        (
            "permissions.validated",
            "pass",
            "IAM Access Analyzer found no issues in the policy document.",
            None,
        ),
    ]


def test_without_a_customer_managed_policy_its_document_has_no_check():
    checks = advice_checks(Advice([verdict("allowed")], [], None), None)
    assert [check.id for check in checks] == ["permissions.simulated", "trust.validated"]


DENIED = {
    "the boundary": (
        verdict("implicitDeny", boundary=False),
        "fail",
        f"The permissions boundary {BOUNDARY} denies lex:PutSession.",
    ),
    "a service control policy": (
        verdict("explicitDeny", boundary=True, organization=False),
        "warn",
        f"{WORD}, which can be wrong here, a service control policy denies lex:PutSession.",
    ),
    "a Deny statement": (
        verdict("explicitDeny", organization=True),
        "fail",
        "A Deny statement in a policy of the role denies lex:PutSession.",
    ),
    "no policy": (
        verdict("implicitDeny"),
        "warn",
        f"{WORD}, no policy of the role allows lex:PutSession.",
    ),
}


@pytest.mark.parametrize(("denied", "status", "message"), DENIED.values(), ids=DENIED)
def test_a_denial_names_the_layer_that_denies(denied, status, message):
    verdicts = [verdict("allowed", action="lex:ListBots"), denied]
    ((_, actual, text, hint),) = shown(simulated(verdicts, BOUNDARY))
    assert (actual, text) == (status, message)
    assert hint


def test_a_service_control_policy_alone_never_fails():
    for decision in ("implicitDeny", "explicitDeny"):
        (check,) = simulated([verdict(decision, organization=False)], None)
        assert check.status == "warn"


def test_boundary_and_service_control_policy_are_both_reported():
    checks = simulated([verdict("implicitDeny", boundary=False, organization=False)], BOUNDARY)
    assert [check.status for check in checks] == ["fail", "warn"]


def test_many_denied_calls_are_counted():
    verdicts = [verdict("implicitDeny", action=f"lex:Call{number}") for number in range(20)]
    ((_, _, message, _),) = shown(simulated(verdicts, None))
    assert message.endswith("lex:Call0, lex:Call1, lex:Call2, lex:Call3 and 16 more.")


@pytest.mark.parametrize("kind", ["ERROR", "SECURITY_WARNING", "WARNING"])
def test_a_finding_about_what_the_account_has_is_a_warning(kind):
    ((_, status, message, hint),) = shown(validated("permissions", [finding(kind)]))
    assert status == "warn"
    assert message.startswith("IAM Access Analyzer on the policy document: ")
    assert message.endswith(": Something (CODE).")
    assert hint == f"See {LINK}."


def test_a_finding_without_a_link_points_to_the_console():
    ((*_, hint),) = shown(validated("trust", [finding(link="")]))
    assert hint == "See the IAM console."


def test_a_suggestion_is_shown_and_passes():
    message = "IAM Access Analyzer on the trust policy: Suggestion: Something (CODE)."
    assert shown(validated("trust", [finding("SUGGESTION")])) == [
        ("trust.validated", "pass", message, None)
    ]


@pytest.mark.parametrize("kind", ["ERROR", "SECURITY_WARNING"])
def test_a_policy_file_is_refused_for(kind):
    bad = finding(kind, "BAD", "It is bad.\x1b[31m")
    with pytest.raises(Refused) as refusal:
        file_warnings([bad, finding()])
    assert refusal.value.code == "policy-finding"
    assert "It is bad" in refusal.value.message
    assert "CODE" not in refusal.value.message
    assert refusal.value.message.isprintable()


def test_the_hint_of_a_refused_policy_file_names_each_link_once():
    found = [finding("ERROR", link=f"{LINK}{end}") for end in ("b", "a", "b", "")]
    with pytest.raises(Refused) as refusal:
        file_warnings([*found, finding("ERROR", link="")])
    assert refusal.value.hint == (
        f"Correct the file and run the command again. See {LINK} See {LINK}a See {LINK}b"
    )


def test_what_else_is_found_in_a_policy_file_is_a_warning():
    found = [finding(), finding("SUGGESTION"), finding("NEW_KIND", "C", "")]
    assert [sentence(warning) for warning in file_warnings(found)] == [
        "IAM Access Analyzer on the policy file: Warning: Something (CODE).",
        "IAM Access Analyzer on the policy file: Suggestion: Something (CODE).",
        "IAM Access Analyzer on the policy file: New kind: C.",
    ]


def test_a_policy_file_that_nobody_could_validate_is_said_to_be_so():
    (warning,) = file_warnings(NO_ANSWER)
    assert sentence(warning) == "Nobody answered. The policy file was not validated."
