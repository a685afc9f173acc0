"""Advice is shown where AWS gives it and is a skipped check where it does not."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import pytest
from botocore.stub import Stubber

from strategies import ACCOUNT, ORG, ROLE, healthy, policy_document
from wizard.aws.advice import advise
from wizard.aws.analyzer import Finding, findings, judge, validate_file, validated
from wizard.aws.session import Session
from wizard.aws.simulator import Question, Verdict, judged, questions, simulated
from wizard.core.desired import desired
from wizard.core.documents import Document, template
from wizard.errors import Refused
from wizard.settings import ChosenBots, Settings, TaggedBots
from wizard.validators import BotRef

ROLE_STATE = healthy().role
TEMPLATE = template("lex-policy")
CALLS = tuple(TEMPLATE.tree["Statement"][0]["Action"])
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/Boundary"


class Server(ThreadingHTTPServer):
    """An endpoint that gives the answers it was made with and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append((self.path, body))
        status, kind, text = self.server.answer(self.path, body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def aws(monkeypatch):
    """Connections to endpoints on this machine, set up as a user would: by environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)

    @contextmanager
    def serving(answer, region="eu-west-1"):
        server = Server(answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        try:
            yield Session(region=region), server
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return serving


def always(status, kind, text):
    return lambda *_: (status, kind, text)


def simulation(body, decide=lambda _action, _resource: ("allowed", "")):
    """The simulator's answer to a request, as IAM writes it."""
    asked = parse_qs(body)

    def values(key):
        return [asked[name][0] for name in sorted(asked) if name.startswith(f"{key}.member.")]

    results = "".join(
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{decide(action, resource)[0]}</EvalDecision>"
        f"{decide(action, resource)[1]}</member>"
        for action in values("ActionNames")
        for resource in values("ResourceArns") or ["*"]
    )
    return (
        '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        f"<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>"
        f"{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
        "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
        "</SimulatePrincipalPolicyResponse>"
    )


def finding(kind="WARNING", code="CODE", details="Something."):
    return {
        "findingType": kind,
        "issueCode": code,
        "findingDetails": details,
        "learnMoreLink": "https://docs.aws.amazon.com/x",
        "locations": [],
    }


def analysis(*found, **more):
    return 200, "application/json", json.dumps({"findings": list(found), **more})


def answering(path, body):
    """An endpoint with both features, which has nothing to object."""
    if path == "/policy/validation":
        return analysis()
    return 200, "text/xml", simulation(body)


ERROR = (
    '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
    "<Code>{}</Code><Message>{}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
)
NO_ANSWER = {
    "a 500 page": (500, "text/html", "<html><body>Internal error</body></html>"),
    "a page that can't be parsed": (200, "text/html", "<html><p>unclosed"),
    "a page that is no answer": (200, "text/html", "<html></html>"),
    "text": (200, "text/plain", "hello"),
    "nothing at all": (200, "text/plain", ""),
    "empty JSON": (200, "application/json", "{}"),
    "not implemented": (501, "text/html", "<h1>501</h1>"),
    "an empty 400": (400, "text/plain", ""),
    "a 400 without a code": (400, "application/json", "{}"),
    "not found": (404, "text/html", "<h1>404</h1>"),
    "an empty 403": (403, "text/plain", ""),
    "denied in XML": (403, "text/xml", ERROR.format("AccessDenied", "User may not")),
    "denied in JSON": (
        403,
        "application/json",
        '{"__type": "AccessDeniedException", "message": "no"}',
    ),
    "expired": (403, "text/xml", ERROR.format("ExpiredToken", "expired")),
    "throttled": (400, "text/xml", ERROR.format("Throttling", "Rate exceeded")),
    "no such role": (404, "text/xml", ERROR.format("NoSuchEntity", "gone")),
    "invalid": (400, "text/xml", ERROR.format("InvalidInput", "\x1b[31m".replace("\x1b", "?"))),
}


@pytest.mark.parametrize("answer", NO_ANSWER.values(), ids=NO_ANSWER)
def test_what_is_no_answer_is_a_skipped_check_after_one_attempt(aws, answer):
    with aws(always(*answer)) as (session, server):
        found = advise(session, ROLE_STATE, TEMPLATE, TEMPLATE)
        assert len(server.asked) == 3
    assert [check.id for check in found] == [
        "permissions.simulated",
        "trust.validated",
        "permissions.validated",
    ]
    for check in found:
        assert check.status == "skip"
        assert check.message.endswith(".")
        assert check.hint


@pytest.mark.parametrize("answer", NO_ANSWER.values(), ids=NO_ANSWER)
def test_a_policy_file_that_nobody_could_validate_is_said_to_be_so(aws, answer):
    with aws(always(*answer)) as (session, _):
        (sentence,) = validate_file(session, TEMPLATE)
    assert sentence.endswith("The policy file was not validated.")


def test_a_denial_names_the_iam_action_that_it_takes(aws):
    with aws(always(*NO_ANSWER["denied in XML"])) as (session, _):
        (check,) = simulated(session, ROLE_STATE, TEMPLATE)
    assert "iam:SimulatePrincipalPolicy" in check.message
    with aws(always(*NO_ANSWER["denied in JSON"])) as (session, _):
        (check,) = validated(session, TEMPLATE, "identity")
    assert "access-analyzer:ValidatePolicy" in check.message


def test_an_endpoint_that_is_not_there_is_no_answer(aws):
    with aws(answering) as (session, _):
        pass
    found = advise(session, ROLE_STATE, TEMPLATE, None)
    assert {check.status for check in found} == {"skip"}


def test_all_advice_of_a_healthy_role_passes(aws):
    with aws(answering) as (session, _):
        found = advise(session, ROLE_STATE, TEMPLATE, TEMPLATE)
    assert {(check.status, check.hint) for check in found} == {("pass", None)}
    assert len(found) == 3


def test_all_questions_are_asked_side_by_side(aws):
    together = threading.Barrier(3, timeout=10)

    def answer(path, body):
        together.wait()
        return answering(path, body)

    with aws(answer) as (session, _):
        found = advise(session, ROLE_STATE, TEMPLATE, TEMPLATE)
    assert {check.status for check in found} == {"pass"}


# ── the policy simulator ─────────────────────────────────────────────────────────────────


def test_the_simulator_is_asked_about_the_role_and_every_call_of_genesys(aws):
    with aws(answering) as (session, server):
        (check,) = simulated(session, ROLE_STATE, TEMPLATE)
    assert "20 calls" in check.message
    ((_, body),) = server.asked
    asked = parse_qs(body)
    assert asked["PolicySourceArn"] == [ROLE]
    assert {asked[key][0] for key in asked if key.startswith("ActionNames")} == set(CALLS)
    assert not [key for key in asked if key.startswith("ResourceArns")]


def bots_document(*bots):
    state = desired(Settings(ORG, policy=ChosenBots(bots)), ACCOUNT)
    return next(iter(state.policies.values())).document


def test_least_privilege_is_simulated_on_the_chosen_bots_and_aliases(aws):
    document = bots_document(
        BotRef("A1B2C3D4E5", None, "eu-west-1"), BotRef("B1B2C3D4E5", "ALIAS12345", "us-east-1")
    )
    lists, reads, talks = questions(document)
    assert lists == Question(("lex:ListBots",), ())
    assert reads.resources[0] == f"arn:aws:lex:eu-west-1:{ACCOUNT}:bot/A1B2C3D4E5"
    assert talks.resources == (
        f"arn:aws:lex:eu-west-1:{ACCOUNT}:bot-alias/A1B2C3D4E5/TSTALIASID",
        f"arn:aws:lex:us-east-1:{ACCOUNT}:bot-alias/B1B2C3D4E5/ALIAS12345",
    )
    with aws(answering) as (session, server):
        (check,) = simulated(session, ROLE_STATE, document)
        assert len(server.asked) == 3
    assert check.status == "pass"


def test_a_policy_by_tag_is_not_simulated(aws):
    state = desired(Settings(ORG, policy=TaggedBots("k", "v")), ACCOUNT)
    document = next(iter(state.policies.values())).document
    with aws(answering) as (session, server):
        (check,) = simulated(session, ROLE_STATE, document)
        assert server.asked == []
    assert check.status == "skip"


@pytest.mark.parametrize(
    "document",
    [
        policy_document("lex:*"),
        policy_document("lex:ListBots", resource="arn:aws:lex:*:1:bot/*"),
        Document({"Statement": {"Effect": "Allow", "NotAction": "x", "Resource": "*"}}),
        Document({"Statement": {"Effect": "Deny", "Action": "x", "Resource": "*"}}),
        Document(None),
    ],
)
def test_what_has_no_certain_answer_is_not_simulated(aws, document):
    assert questions(document) == ()
    with aws(answering) as (session, server):
        (check,) = simulated(session, ROLE_STATE, document)
        assert server.asked == []
    assert check.status == "skip"


ORGANIZATION = (
    "<OrganizationsDecisionDetail><AllowedByOrganizations>{}</AllowedByOrganizations>"
    "</OrganizationsDecisionDetail>"
)
BOUNDED = (
    "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>{}"
    "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
)
DENIED = {
    "the boundary": (("implicitDeny", BOUNDED.format("false")), "fail", f"boundary {BOUNDARY}"),
    "a service control policy": (
        ("explicitDeny", ORGANIZATION.format("false") + BOUNDED.format("true")),
        "warn",
        "service control policy",
    ),
    "a Deny statement": (
        ("explicitDeny", ORGANIZATION.format("true")),
        "fail",
        "A Deny statement",
    ),
    "no policy": (("implicitDeny", ""), "warn", "no policy of the role allows"),
}


@pytest.mark.parametrize(("decision", "status", "says"), DENIED.values(), ids=DENIED)
def test_a_denial_is_told_with_the_layer_that_denies(aws, decision, status, says):
    def answer(_path, body):
        def decide(action, _resource):
            return decision if action == "lex:PutSession" else ("allowed", "")

        return 200, "text/xml", simulation(body, decide)

    with aws(answer) as (session, _):
        (check,) = simulated(session, replace(ROLE_STATE, permissions_boundary=BOUNDARY), TEMPLATE)
    assert check.id == "permissions.simulated"
    assert check.status == status
    assert says in check.message
    assert check.message.endswith("lex:PutSession.")
    assert check.hint


def test_a_service_control_policy_alone_never_fails():
    for decision in ("implicitDeny", "explicitDeny"):
        found = judged([Verdict("lex:ListBots", "*", decision, None, organization=False)], None)
        assert [check.status for check in found] == ["warn"]


def test_boundary_and_service_control_policy_are_both_told():
    verdict = Verdict("lex:ListBots", "*", "implicitDeny", boundary=False, organization=False)
    assert [check.status for check in judged([verdict], BOUNDARY)] == ["fail", "warn"]


def test_many_denied_calls_are_counted():
    verdicts = [Verdict(call, "*", "implicitDeny", None, None) for call in CALLS]
    (check,) = judged(verdicts, None)
    assert "and 16 more" in check.message


def test_an_answer_that_leaves_calls_out_is_no_pass(aws):
    def answer(_path, body):
        return 200, "text/xml", simulation(body.replace("lex%3APutSession", "lex%3AOther"))

    with aws(answer) as (session, _):
        (check,) = simulated(session, ROLE_STATE, TEMPLATE)
    assert check.status == "skip"


def test_answers_by_resource_and_pages_are_read_as_botocore_models_them(aws):
    def resource(name, decision):
        return {
            "EvalResourceName": name,
            "EvalResourceDecision": decision,
            "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
        }

    def result(action, *resources):
        return {
            "EvalActionName": action,
            "EvalResourceName": "*",
            "EvalDecision": "allowed",
            "MatchedStatements": [],
            "MissingContextValues": [],
            "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
            "ResourceSpecificResults": list(resources),
        }

    first, second = "arn:aws:lex:eu-west-1:1:bot/A", "arn:aws:lex:eu-west-1:1:bot/B"
    document = policy_document("lex:DescribeBot", "lex:ListIntents", resource=[first, second])
    parameters = {
        "PolicySourceArn": ROLE,
        "ActionNames": ["lex:DescribeBot", "lex:ListIntents"],
        "ResourceArns": [first, second],
        "MaxItems": 1000,
    }
    with aws(answering) as (session, _), Stubber(session.client("iam")) as stub:
        stub.add_response(
            "simulate_principal_policy",
            {
                "EvaluationResults": [
                    result(
                        "lex:DescribeBot",
                        resource(first, "allowed"),
                        resource(second, "implicitDeny"),
                    )
                ],
                "IsTruncated": True,
                "Marker": "more",
            },
            parameters,
        )
        stub.add_response(
            "simulate_principal_policy",
            {"EvaluationResults": [result("lex:ListIntents")], "IsTruncated": False},
            {**parameters, "Marker": "more"},
        )
        (check,) = simulated(session, ROLE_STATE, document)
        stub.assert_no_pending_responses()
    assert check.status == "fail"
    assert check.message.endswith("lex:DescribeBot.")


# ── Access Analyzer ──────────────────────────────────────────────────────────────────────


def test_each_document_is_validated_as_what_it_is(aws):
    with aws(answering) as (session, server):
        validated(session, ROLE_STATE.trust_policy, "trust")
        validated(session, TEMPLATE, "identity")
    trust, identity = (json.loads(body) for _, body in server.asked)
    assert trust["policyType"] == "RESOURCE_POLICY"
    assert trust["validatePolicyResourceType"] == "AWS::IAM::AssumeRolePolicyDocument"
    assert identity["policyType"] == "IDENTITY_POLICY"
    assert "validatePolicyResourceType" not in identity
    assert Document(json.loads(identity["policyDocument"])) == TEMPLATE


@pytest.mark.parametrize("kind", ["ERROR", "SECURITY_WARNING", "WARNING"])
def test_a_finding_about_what_the_account_has_is_a_warning(aws, kind):
    with aws(always(*analysis(finding(kind)))) as (session, _):
        (check,) = validated(session, TEMPLATE, "identity")
    assert (check.id, check.status) == ("permissions.validated", "warn")
    assert check.message.endswith("Something (CODE).")
    assert "https://docs.aws.amazon.com/x" in check.hint


def test_a_suggestion_is_shown_and_passes(aws):
    with aws(always(*analysis(finding("SUGGESTION")))) as (session, _):
        (check,) = validated(session, ROLE_STATE.trust_policy, "trust")
    assert (check.id, check.status, check.hint) == ("trust.validated", "pass", None)
    assert "Suggestion: Something (CODE)" in check.message


def test_findings_come_in_pages(aws):
    def paged(_path, _body):
        if len(server.asked) == 1:
            return analysis(finding(code="1"), nextToken="t")
        return analysis(finding(code="2"))

    with aws(paged) as (session, server):
        found = findings(session, TEMPLATE, "identity")
    assert [each.code for each in found] == ["1", "2"]
    assert len(server.asked) == 2
    assert "nextToken=t" in server.asked[1][0]


def test_pages_without_end_do_end(aws):
    with aws(always(*analysis(finding(), nextToken="t"))) as (session, server):
        assert len(findings(session, TEMPLATE, "identity")) == len(server.asked) == 10


def test_without_a_region_nobody_is_asked(aws):
    with aws(answering, region=None) as (session, server):
        (check,) = validated(session, TEMPLATE, "identity")
        assert server.asked == []
    assert check.status == "skip"
    assert "--region" in check.hint


@pytest.mark.parametrize("kind", ["ERROR", "SECURITY_WARNING"])
def test_a_policy_file_is_refused_for(aws, kind):
    answer = analysis(finding(kind, "BAD", "It is bad.\x1b[31m"), finding())
    with aws(always(*answer)) as (session, _), pytest.raises(Refused) as refusal:
        validate_file(session, TEMPLATE)
    assert refusal.value.code == "policy-finding"
    assert "It is bad" in refusal.value.message
    assert "CODE" not in refusal.value.message
    assert "https://docs.aws.amazon.com/x" in refusal.value.hint
    assert refusal.value.message.isprintable()


def test_what_else_is_found_in_a_policy_file_is_shown(aws):
    with aws(always(*analysis(finding(), finding("SUGGESTION")))) as (session, _):
        sentences = validate_file(session, TEMPLATE)
    assert sentences == [
        "IAM Access Analyzer on the policy file: Warning: Something (CODE).",
        "IAM Access Analyzer on the policy file: Suggestion: Something (CODE).",
    ]


def test_a_kind_of_finding_that_is_not_known_yet_is_shown():
    assert judge([Finding("NEW_KIND", "C", "", "")]) == [
        "IAM Access Analyzer on the policy file: New kind: C."
    ]
