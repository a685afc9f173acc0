"""Every error of the AWS SDK in words of ours: what happened, what to do, a code for scripts."""

from __future__ import annotations

import re
import string

import botocore.exceptions
import botocore.loaders
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from wizard.aws.errors import code_and_status, kebab, transient, translated
from wizard.errors import AccessDenied, AwsError, CredentialsFailed, NotFound, Unreachable


def client_error(code, message="", status=400):
    metadata = {"HTTPStatusCode": status}
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "CreateRole"
    )


def told(error, operation="iam:CreateRole", profile=None):
    with pytest.raises(AwsError) as failure, translated(operation, profile):
        raise error
    return failure.value


def _made(kind):
    names = {name for _, name, _, _ in string.Formatter().parse(kind.fmt) if name}
    return kind(**{**{name.split(".")[0].split("[")[0]: "x" for name in names}, "error": "x"})


UNUSED = {botocore.exceptions.WaiterError}  # nothing here waits with a waiter
SDK_ERRORS = [
    kind
    for kind in vars(botocore.exceptions).values()
    if isinstance(kind, type) and issubclass(kind, BotoCoreError) and kind not in UNUSED
]
CODES = sorted(
    {
        shape.get("error", {}).get("code", name)
        for service in ("iam", "sts", "lexv2-models", "accessanalyzer", "lambda")
        for name, shape in botocore.loaders.Loader()
        .load_service_model(service, "service-2")["shapes"]
        .items()
        if shape.get("exception")
    }
)


def test_no_error_of_the_sdk_comes_through_untranslated():
    for kind in SDK_ERRORS:
        failure = told(_made(kind))
        assert failure.message
        assert failure.hint
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", failure.code)


@pytest.mark.parametrize("status", [400, 503])
def test_every_code_of_aws_becomes_an_error_with_a_hint_and_a_code_in_kebab_case(status):
    for code in [*CODES, "SomethingNew", ""]:
        failure = told(client_error(code, "why", status))
        assert failure.message
        assert failure.hint
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", failure.code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDenied", "access-denied"),
        ("AccessDeniedException", "access-denied"),
        ("LimitExceeded", "limit-exceeded"),
        ("LimitExceededException", "limit-exceeded"),
        ("ExpiredToken", "expired-token"),
        ("ExpiredTokenException", "expired-token"),
        ("NoSuchEntity", "no-such-entity"),
        ("EntityAlreadyExists", "entity-already-exists"),
        ("DeleteConflict", "delete-conflict"),
        ("MalformedPolicyDocument", "malformed-policy-document"),
        ("InvalidClientTokenId", "invalid-client-token-id"),
        ("SignatureDoesNotMatch", "signature-does-not-match"),
        ("ServiceFailure", "service-failure"),
    ],
)
def test_scripts_get_awss_own_code_in_kebab_case(code, expected):
    assert told(client_error(code)).code == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("UnmodifiableEntity", "unmodifiable-entity"),
        ("IDPCommunicationError", "idp-communication-error"),
        ("", ""),
        ("<script>", "script"),
    ],
)
def test_any_code_becomes_kebab_case(code, expected):
    assert kebab(code) == expected


NOT_AUTHORIZED = "User: arn:aws:iam::1:user/u is not authorized to perform: iam:CreateRole"


@pytest.mark.parametrize(
    ("reason", "says", "who"),
    [
        (
            "because no identity-based policy allows the iam:CreateRole action",
            "your own IAM policy does not allow it",
            "the IAM administrator of this account",
        ),
        (
            "with an explicit deny in an identity-based policy",
            "your own IAM policy denies it explicitly",
            "the IAM administrator of this account",
        ),
        (
            "because no permissions boundary allows the iam:CreateRole action",
            "your permissions boundary does not allow it",
            "the IAM administrator of this account",
        ),
        (
            "with an explicit deny in a service control policy",
            "a service control policy denies it explicitly",
            "Ask your AWS Organizations administrator",
        ),
        (
            "because no service control policy allows the iam:CreateRole action",
            "a service control policy does not allow it",
            "Ask your AWS Organizations administrator",
        ),
        (
            "with an explicit deny in a resource control policy",
            "a resource control policy denies it explicitly",
            "Ask your AWS Organizations administrator",
        ),
        (
            "because no session policy allows the iam:CreateRole action",
            "the session policy of your sign-in does not allow it",
            "your single sign-on administrator",
        ),
        (
            "with an explicit deny in a resource-based policy",
            "a resource-based policy denies it explicitly",
            "the owner of that resource",
        ),
        (
            "because no VPC endpoint policy allows the iam:CreateRole action",
            "a VPC endpoint policy does not allow it",
            "your network administrator",
        ),
        ("", "your IAM policy or a higher-level policy does not allow it", "IAM"),
    ],
)
def test_a_denial_names_the_layer_and_who_can_change_it(reason, says, who):
    failure = told(client_error("AccessDenied", f"{NOT_AUTHORIZED} on resource: r {reason}", 403))
    assert isinstance(failure, AccessDenied)
    assert failure.message.startswith(f"AWS denied iam:CreateRole: {says}.")
    assert who in failure.hint
    assert "--permissions-boundary" in failure.hint


def test_a_denial_names_the_action_that_aws_names():
    message = "User: u is not authorized to perform: iam:PassRole on resource: r"
    failure = told(client_error("AccessDenied", message), "lexv2-models:DescribeBot")
    assert "iam:PassRole" in failure.message
    assert "iam:PassRole" in failure.hint
    silent = told(client_error("AccessDeniedException"), "lexv2-models:DescribeBot")
    assert "AWS denied lex:DescribeBot" in silent.message
    assert "--permissions-boundary" not in silent.hint


@pytest.mark.parametrize(
    ("error", "kind", "hint"),
    [
        (client_error("ExpiredToken"), CredentialsFailed, "aws sso login --profile=work"),
        (client_error("SignatureDoesNotMatch"), CredentialsFailed, "get-caller-identity --profile"),
        (client_error("InvalidClientTokenId"), CredentialsFailed, "made with MFA"),
        (client_error("RequestTimeTooSkewed"), CredentialsFailed, "Set the clock"),
        (client_error("RequestExpired"), CredentialsFailed, "Set the clock"),
        (
            client_error("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2"),
            CredentialsFailed,
            "Set the clock",
        ),
        (client_error("OptInRequired"), CredentialsFailed, "sign-up"),
        (client_error("TagPolicyViolation", "no tag Cost"), AwsError, "--tag KEY=VALUE"),
        (
            client_error("AccessDenied", "with an explicit deny in a service control policy"),
            AccessDenied,
            "--tag KEY=VALUE",
        ),
        (
            botocore.exceptions.LoginRefreshRequired(),
            CredentialsFailed,
            "`aws login --profile=work`",
        ),
        (
            botocore.exceptions.ProxyConnectionError(
                proxy_url="http://u:p@proxy", error="407 Proxy Authentication Required"
            ),
            Unreachable,
            "USER:PASSWORD",
        ),
        (botocore.exceptions.NoCredentialsError(), CredentialsFailed, "aws sso login"),
        (
            botocore.exceptions.ProfileNotFound(profile="work"),
            CredentialsFailed,
            "aws configure list-profiles",
        ),
        (
            botocore.exceptions.SSLError(endpoint_url="x", error="self-signed"),
            Unreachable,
            "AWS_CA_BUNDLE",
        ),
        (
            botocore.exceptions.ProxyConnectionError(proxy_url="http://u:p@proxy"),
            Unreachable,
            "HTTPS_PROXY",
        ),
        (
            botocore.exceptions.EndpointConnectionError(endpoint_url="x"),
            Unreachable,
            "AWS_ENDPOINT_URL",
        ),
        (client_error("ServiceFailure", status=500), Unreachable, "a few minutes"),
        (client_error("Throttling"), Unreachable, "a few minutes"),
        (client_error("NoSuchEntity", status=404), NotFound, "Run the command again"),
        (client_error("DeleteConflict"), AwsError, "Run the command again"),
        (client_error("LimitExceeded"), AwsError, "quota"),
        (client_error("MalformedPolicyDocument"), AwsError, "--policy-file"),
    ],
)
def test_every_kind_has_the_hint_that_helps(error, kind, hint):
    failure = told(error, profile="work")
    assert type(failure) is kind
    assert hint in failure.hint


def test_a_proxys_password_is_never_told():
    error = botocore.exceptions.ProxyConnectionError(
        proxy_url="http://user:secret@proxy:8080", error="refused"
    )
    failure = told(error)
    assert "secret" not in failure.message + failure.hint


def test_text_of_aws_is_shown_literally():
    failure = told(client_error("LimitExceeded", "a\x1b[31mb\nc"))
    assert "\x1b" not in failure.message
    assert "\n" not in failure.message


@pytest.mark.parametrize(
    ("error", "may_be_done"),
    [
        (client_error("Throttling"), False),
        (client_error("TooManyRequestsException"), False),
        (client_error("ConcurrentModification"), False),
        (client_error("EntityTemporarilyUnmodifiable"), False),
        (client_error("ServiceFailure", status=500), True),
        (client_error("Whatever", status=502), True),
        (client_error("RequestTimeout"), True),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="x"), True),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="x"), True),
        (botocore.exceptions.ConnectTimeoutError(endpoint_url="x"), False),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="x"), False),
    ],
)
def test_what_may_help_to_try_again_and_whether_it_may_be_done_already(error, may_be_done):
    reason, done = why_again(error)
    assert reason
    assert done == may_be_done


def why_again(error):
    if isinstance(error, ClientError):
        return transient(*code_and_status((None, error.response)), None)
    return transient("", 0, error)


@pytest.mark.parametrize(
    "error",
    [
        client_error("AccessDenied", status=403),
        client_error("NoSuchEntity", status=404),
        client_error("LimitExceeded", status=409),
        client_error("ExpiredToken", status=403),
        botocore.exceptions.NoCredentialsError(),
        botocore.exceptions.SSLError(endpoint_url="x", error="x"),
        botocore.exceptions.ProxyConnectionError(proxy_url="x"),
        ValueError(),
    ],
)
def test_what_fails_for_good_is_not_transient(error):
    assert why_again(error) == ("", False)


def test_what_is_ours_or_a_bug_comes_through_as_it_is():
    ours = AwsError("ours")
    assert told(ours) is ours
    with pytest.raises(KeyError), translated("iam:GetRole"):
        raise KeyError


def test_a_denied_action_that_permissions_does_not_print_is_not_said_to_be_in_it():
    assert "`permissions` command" in told(client_error("AccessDenied"), "iam:CreateRole").hint
    other = told(client_error("AccessDenied"), "iam:CreateUser")
    assert "permissions" not in other.hint
    assert "iam:CreateUser" in other.hint


def test_a_wrong_mfa_code_is_no_denied_permission():
    message = "MultiFactorAuthentication failed with invalid MFA one time pass code"
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, "AssumeRole")
    wrong = told(error, "sts:AssumeRole")
    assert (type(wrong), wrong.code) == (CredentialsFailed, "mfa-code-not-accepted")
    letters = told(botocore.exceptions.ParamValidationError(report="Invalid length"))
    assert "six digits" in letters.message


def test_a_single_sign_on_portal_that_gives_no_access_is_named():
    error = ClientError(
        {"Error": {"Code": "ForbiddenException", "Message": "No access"}}, "GetRoleCredentials"
    )
    failure = told(error, "sts:GetCallerIdentity", profile="work")
    assert "sso:GetRoleCredentials" in failure.message
    assert "sso_account_id" in failure.hint


def test_a_sentence_of_aws_ends_before_ours_begins():
    for code in ("LimitExceeded", "AccessDenied", "NoSuchEntity", "ServiceFailure"):
        assert told(client_error(code, "no full stop")).message.endswith("no full stop.")
