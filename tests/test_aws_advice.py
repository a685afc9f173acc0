"""AWS is asked for advice as its models say; whatever is no answer is Unanswered."""

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
from wizard.aws.advice import advise, find, findings, questions
from wizard.aws.session import Session
from wizard.core.advice import Advice, Finding, Verdict
from wizard.core.desired import desired
from wizard.core.documents import Document, template
from wizard.errors import Unanswered
from wizard.settings import ChosenBots, Settings, TaggedBots
from wizard.validators import BotRef

ROLE_STATE = healthy().role
TEMPLATE = template("lex-policy")
CALLS = tuple(TEMPLATE.tree["Statement"][0]["Action"])
FOUND = Finding("WARNING", "CODE", "Something.", "https://docs.aws.amazon.com/x")


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


def simulation(body):
    """The simulator's answer to a request, as IAM writes it: everything is allowed."""
    asked = parse_qs(body)

    def values(key):
        return [asked[name][0] for name in sorted(asked) if name.startswith(f"{key}.member.")]

    results = "".join(
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        "<EvalDecision>allowed</EvalDecision></member>"
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


def finding(code="CODE"):
    return {
        "findingType": "WARNING",
        "issueCode": code,
        "findingDetails": "Something.",
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
def test_what_is_no_answer_is_unanswered_after_one_attempt(aws, answer):
    with aws(always(*answer)) as (session, server):
        advice = advise(session, ROLE_STATE, TEMPLATE, TEMPLATE)
        assert len(server.asked) == 3
    for error in (advice.verdicts, advice.trust, advice.permissions):
        assert isinstance(error, Unanswered)
        assert error.message.endswith(".")
        assert error.hint


def test_a_denial_names_the_iam_action_that_it_takes(aws):
    with aws(always(*NO_ANSWER["denied in XML"])) as (session, _):
        advice = advise(session, ROLE_STATE, TEMPLATE, None)
    assert "iam:SimulatePrincipalPolicy" in advice.verdicts.message
    with aws(always(*NO_ANSWER["denied in JSON"])) as (session, _):
        unanswered = findings(session, TEMPLATE)
    assert "access-analyzer:ValidatePolicy" in unanswered.message


def test_an_endpoint_that_is_not_there_is_no_answer(aws):
    with aws(answering) as (session, _):
        pass
    advice = advise(session, ROLE_STATE, TEMPLATE, None)
    assert (type(advice.verdicts), type(advice.trust)) == (Unanswered, Unanswered)


def test_all_questions_are_asked_side_by_side(aws):
    together = threading.Barrier(3, timeout=10)

    def answer(path, body):
        together.wait()
        return answering(path, body)

    with aws(answer) as (session, _):
        advice = advise(session, ROLE_STATE, TEMPLATE, TEMPLATE)
    verdicts = [Verdict(call, "*", "allowed", None, None) for call in sorted(CALLS)]
    assert sorted(advice.verdicts, key=lambda verdict: verdict.action) == verdicts
    assert (advice.trust, advice.permissions) == ([], [])


def test_without_a_customer_managed_policy_there_is_nothing_to_validate(aws):
    with aws(answering) as (session, server):
        advice = advise(session, ROLE_STATE, TEMPLATE, None)
        assert len(server.asked) == 2
    assert advice == Advice(advice.verdicts, [], None)


# ── the policy simulator ─────────────────────────────────────────────────────────────────


def test_the_simulator_is_asked_about_the_role_and_every_call_of_genesys(aws):
    with aws(answering) as (session, server):
        advise(session, ROLE_STATE, TEMPLATE, None)
    (asked,) = (parse_qs(body) for path, body in server.asked if path == "/")
    assert asked["PolicySourceArn"] == [ROLE]
    assert {asked[key][0] for key in asked if key.startswith("ActionNames")} == set(CALLS)
    assert not [key for key in asked if key.startswith("ResourceArns")]


def document_for(policy):
    state = desired(Settings(ORG, policy=policy), ACCOUNT)
    return next(iter(state.policies.values())).document


def test_least_privilege_is_simulated_on_the_chosen_bots_and_aliases():
    flowers = BotRef("A1B2C3D4E5", None, "eu-west-1")
    pizza = BotRef("B1B2C3D4E5", "ALIAS12345", "us-east-1")
    lists, reads, talks = questions(document_for(ChosenBots((flowers, pizza))))
    assert lists == {"ActionNames": ["lex:ListBots"]}
    assert reads["ResourceArns"][0] == f"arn:aws:lex:eu-west-1:{ACCOUNT}:bot/A1B2C3D4E5"
    assert talks["ResourceArns"] == [
        f"arn:aws:lex:eu-west-1:{ACCOUNT}:bot-alias/A1B2C3D4E5/TSTALIASID",
        f"arn:aws:lex:us-east-1:{ACCOUNT}:bot-alias/B1B2C3D4E5/ALIAS12345",
    ]


@pytest.mark.parametrize(
    "document",
    [
        document_for(TaggedBots("k", "v")),
        policy_document("lex:*"),
        policy_document("lex:ListBots", resource="arn:aws:lex:*:1:bot/*"),
        Document({"Statement": {"Effect": "Allow", "NotAction": "x", "Resource": "*"}}),
        Document({"Statement": {"Effect": "Deny", "Action": "x", "Resource": "*"}}),
        Document(None),
    ],
)
def test_what_has_no_certain_answer_is_not_simulated(aws, document):
    with aws(answering) as (session, server):
        advice = advise(session, ROLE_STATE, document, None)
        assert [path for path, _ in server.asked] == ["/policy/validation"]
    assert "depends on tags, conditions, or wildcards" in advice.verdicts.message


def test_an_answer_that_leaves_calls_out_is_none(aws):
    def answer(path, body):
        return answering(path, body.replace("lex%3APutSession", "lex%3AOther"))

    with aws(answer) as (session, _):
        advice = advise(session, ROLE_STATE, TEMPLATE, None)
    assert advice.verdicts.message == (
        "The IAM policy simulator returned no result for some calls."
    )


def test_answers_by_resource_and_pages_are_read_as_botocore_models_them(aws):
    def result(action, *resources):
        return {
            "EvalActionName": action,
            "EvalResourceName": "*",
            "EvalDecision": "allowed",
            "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
            "ResourceSpecificResults": list(resources),
        }

    def resource(name, decision):
        return {
            "EvalResourceName": name,
            "EvalResourceDecision": decision,
            "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
        }

    bots = ["arn:aws:lex:eu-west-1:1:bot/A", "arn:aws:lex:eu-west-1:1:bot/B"]
    parameters = {
        "PolicySourceArn": ROLE,
        "ActionNames": ["lex:DescribeBot", "lex:ListIntents"],
        "ResourceArns": bots,
        "MaxItems": 1000,
    }
    by_resource = [resource(bots[0], "allowed"), resource(bots[1], "implicitDeny")]
    first = {"EvaluationResults": [result("lex:DescribeBot", *by_resource)]}
    second = {"EvaluationResults": [result("lex:ListIntents")], "IsTruncated": False}
    with aws(answering) as (session, _), Stubber(session.client("iam")) as stub:
        name = "simulate_principal_policy"
        stub.add_response(name, {**first, "IsTruncated": True, "Marker": "more"}, parameters)
        stub.add_response(name, second, {**parameters, "Marker": "more"})
        document = policy_document(*parameters["ActionNames"], resource=bots)
        advice = advise(session, ROLE_STATE, document, None)
        stub.assert_no_pending_responses()
    assert advice.verdicts == [
        Verdict("lex:DescribeBot", bots[0], "allowed", boundary=False, organization=True),
        Verdict("lex:DescribeBot", bots[1], "implicitDeny", boundary=False, organization=True),
        Verdict("lex:ListIntents", "*", "allowed", None, organization=True),
    ]


# ── Access Analyzer ──────────────────────────────────────────────────────────────────────


def test_each_document_is_validated_as_what_it_is(aws):
    with aws(answering) as (session, server):
        find(session, ROLE_STATE.trust_policy, "trust")
        find(session, TEMPLATE, "permissions")
    trust, identity = (json.loads(body) for _, body in server.asked)
    assert trust["policyType"] == "RESOURCE_POLICY"
    assert trust["validatePolicyResourceType"] == "AWS::IAM::AssumeRolePolicyDocument"
    assert identity["policyType"] == "IDENTITY_POLICY"
    assert "validatePolicyResourceType" not in identity
    assert Document(json.loads(identity["policyDocument"])) == TEMPLATE


def test_findings_come_in_pages(aws):
    def paged(_path, _body):
        if len(server.asked) == 1:
            return analysis(finding(), nextToken="t")
        return analysis(finding(code="2"))

    with aws(paged) as (session, server):
        found = findings(session, TEMPLATE)
    assert found == [FOUND, replace(FOUND, code="2")]
    assert "nextToken=t" in server.asked[1][0]


def test_pages_without_end_do_end(aws):
    with aws(always(*analysis(finding(), nextToken="t"))) as (session, server):
        assert len(findings(session, TEMPLATE)) == len(server.asked) == 10


def test_without_a_region_access_analyzer_is_not_asked(aws):
    with aws(answering, region=None) as (session, server):
        unanswered = findings(session, TEMPLATE)
        assert server.asked == []
    assert "--region" in unanswered.hint
