"""botocore's errors in our words: translated by one table; nothing above sees a ClientError."""

from __future__ import annotations

import re
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wizard.errors import AccessDenied, AwsError, CredentialsFailed, NotFound, Unreachable
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "TransactionInProgressException",
}
BUSY = {
    "ConcurrentModification",
    "ConcurrentModificationException",
    "EntityTemporarilyUnmodifiable",
}
UNSETTLED = {
    "ServiceFailure",
    "InternalFailure",
    "InternalError",
    "InternalServerError",
    "InternalServerException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
    "RequestTimeoutException",
}
DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnauthorizedAccess",
    "AuthorizationError",
    "NotAuthorized",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
INVALID_CREDENTIALS = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "AuthFailure",
    "InvalidAccessKeyId",
    "MissingAuthenticationToken",
    "InvalidSignatureException",
    "OptInRequired",
}
NO_SUCH_ENTITY = {"NoSuchEntity", "NoSuchEntityException"}
DELETE_CONFLICT = {"DeleteConflict", "DeleteConflictException"}
SERVER_ERROR = 500

# What AWS's message says of the layer that denied (IAM User Guide, "Troubleshoot access
# denied error messages"), and who can change it.
LAYERS = (
    ("service control policy", "a service control policy", "whoever manages AWS Organizations"),
    ("resource control policy", "a resource control policy", "whoever manages AWS Organizations"),
    (
        "permissions boundary",
        "your permissions boundary",
        "whoever administers IAM in this account",
    ),
    ("session policy", "the session policy of your login", "whoever set up your single sign-on"),
    ("resource-based policy", "a resource-based policy", "the owner of that resource"),
    ("VPC endpoint policy", "a VPC endpoint policy", "whoever manages your network"),
    (
        "identity-based policy",
        "your own IAM policy",
        "whoever administers IAM in this account",
    ),
)

# botocore's exceptions by name, the first that fits: what becomes of them, the message
# (`{error}` is the SDK's own text), the hint (`{login}` is the option for the profile), the code.
_KINDS: tuple[tuple[tuple[str, ...], type[AwsError], str, str, str], ...] = (
    (
        ("NoCredentialsError",),
        CredentialsFailed,
        "There are no AWS credentials.",
        (
            "Log in first: `aws sso login{login}` if your company uses single sign-on, "
            "else `aws configure`; or set AWS_PROFILE."
        ),
        "no-credentials",
    ),
    (
        (
            "SSOTokenLoadError",
            "UnauthorizedSSOTokenError",
            "TokenRetrievalError",
            "SSOError",
            "LoginRefreshRequired",
            "LoginTokenLoadError",
            "LoginInsufficientPermissions",
        ),
        CredentialsFailed,
        "The AWS login can't be used: it has expired or was never made.",
        (
            "Log in again: `aws sso login{login}`; temporary credentials from elsewhere "
            "are fetched anew where they came from."
        ),
        "expired-token",
    ),
    (
        (
            "PartialCredentialsError",
            "CredentialRetrievalError",
            "RefreshWithMFAUnsupportedError",
            "MetadataRetrievalError",
            "UnknownCredentialError",
            "InfiniteLoopConfigError",
            "LoginError",
        ),
        CredentialsFailed,
        "The AWS credentials can't be obtained: {error}",
        "Check `aws sts get-caller-identity{login}`.",
        "credentials-unusable",
    ),
    (
        ("SSLError",),
        Unreachable,
        "The certificate of the AWS endpoint is not trusted: {error}",
        "Behind a company proxy set AWS_CA_BUNDLE to the file with your company's certificate.",
        "certificate",
    ),
    (
        ("ProxyConnectionError",),
        Unreachable,
        "The proxy does not answer: {error}",
        "Check HTTPS_PROXY and NO_PROXY.",
        "proxy",
    ),
    (
        ("HTTPClientError", "ConnectionError", "EndpointConnectionError"),
        Unreachable,
        "AWS can't be reached: {error}",
        "Check the network, the region, and AWS_ENDPOINT_URL if it is set; then try again.",
        "unreachable",
    ),
)
_OF_THE_SDK = (
    ("BotoCoreError",),
    AwsError,
    "The AWS SDK can't work with its configuration: {error}",
    (
        "Check the AWS configuration: `aws configure list` shows where each value comes from; "
        "look at AWS_ENDPOINT_URL, too, if it is set."
    ),
    "aws-sdk",
)
_HINTS = {
    "limit-exceeded": "Ask AWS for a higher quota (Service Quotas, AWS Identity and Access "
    "Management), or delete what is not needed.",
    "malformed-policy-document": "If the message names the principal, the account ID of Genesys "
    "is wrong; else check --policy-file.",
    "delete-conflict": "Something new hangs on it: run the command again, which looks anew.",
    "invalid-input": "One of the values is not what IAM takes; the message names it.",
}


def transient(code: str, status: int, exception: BaseException | None) -> tuple[str, bool]:
    """Why trying again may help, empty if it will fail again; and whether an answer was lost.

    `code` and `status` are those of AWS's answer, `exception` what came instead of one.
    """
    from botocore import exceptions as boto

    if exception is None:
        if code in THROTTLED:
            return "AWS asks to slow down", False
        if code in BUSY:
            return "another change is in progress", False
        if code in UNSETTLED or status >= SERVER_ERROR:
            return f"AWS answers with an error of its own ({status or visible(code)})", True
        return "", False
    if isinstance(exception, boto.SSLError | boto.ProxyConnectionError):
        return "", False  # a certificate or proxy stays as it is set up
    if isinstance(exception, boto.ConnectTimeoutError | boto.EndpointConnectionError):
        return "no connection", False
    if _can_not_be_sent(exception):
        return "", False
    if isinstance(exception, boto.HTTPClientError | boto.ResponseStreamingError):
        return "the connection was lost", True
    return "", False


def code_and_status(response: Any) -> tuple[str, int]:
    """AWS's code and the HTTP status of botocore's `(http_response, parsed)`, "" and 0 if None."""
    parsed = response[1] if response else {}
    status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return str((parsed.get("Error") or {}).get("Code", "")), status if isinstance(
        status, int
    ) else 0


@contextmanager
def translated(
    operation: str,
    profile: str | None = None,
    otherwise: Callable[[Exception, str | None], AwsError] | None = None,
) -> Iterator[None]:
    """Turn whatever botocore raises into an AwsError with a message and a hint.

    `operation` is the call as we name it, such as `iam:CreateRole`. What is not botocore's
    becomes `otherwise`, or comes through: it is a bug.
    """
    try:
        yield
    except AwsError:
        raise
    except Exception as error:
        failure = _translate(error, operation, profile)
        if failure is None and otherwise is not None:
            failure = otherwise(error, profile)
        if failure is None:
            raise
        raise failure from error


def configured(profile: str | None) -> Any:
    """A context in which whatever goes wrong is the AWS SDK's configuration."""
    return translated("its set-up", profile, lambda error, _: _from_row(_OF_THE_SDK, error, None))


def logged_in(profile: str | None) -> Any:
    """A context in which whatever goes wrong is a matter of credentials."""
    return translated(
        "sts:AssumeRole", profile, lambda error, profile: _from_row(_KINDS[2], error, profile)
    )


def _translate(error: Exception, operation: str, profile: str | None) -> AwsError | None:
    from botocore import exceptions as boto

    if isinstance(error, boto.ClientError):
        return _client_error(error, operation, profile)
    if isinstance(error, boto.ProfileNotFound):
        return CredentialsFailed(
            f"The profile {visible(profile or '')!r} is not in the AWS configuration files."
            if profile
            else f"{visible(str(error))}.",
            "`aws configure list-profiles` shows the profiles there are; choose one with "
            "--profile or unset AWS_PROFILE.",
            code="profile-not-found",
        )
    if _can_not_be_sent(error):
        return CredentialsFailed(
            "The AWS credentials hold characters that can't be sent, such as a line break.",
            "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the "
            "credentials file.",
            code="credentials-unusable",
        )
    if _from_parser(error):
        return unreadable(operation)
    for row in (*_KINDS, _OF_THE_SDK):
        if any(isinstance(error, getattr(boto, name, ())) for name in row[0]):
            return _from_row(row, error, profile)
    return None


def _from_row(row: Any, error: Exception, profile: str | None) -> AwsError:
    _, kind, message, hint, code = row
    if code == "expired-token" and "expired" in str(error).lower():
        message = "The AWS login has expired."
    login = f" --profile {profile}" if profile and profile != "default" else ""
    failure: AwsError = kind(
        message.format(error=_plain(error)), hint.format(login=login), code=code
    )
    return failure


def _from_parser(error: BaseException) -> bool:
    """Whether the answer is a page that is no answer; the SDK's parser stumbles over some."""
    from botocore.parsers import ResponseParserError

    frames = traceback.extract_tb(error.__traceback__)
    in_parser = bool(frames) and frames[-1].filename.replace("\\", "/").endswith(
        "botocore/parsers.py"
    )
    return in_parser or isinstance(error, ResponseParserError)


def _can_not_be_sent(error: BaseException) -> bool:
    """A header that is no header: its text, which the error quotes, is a key or a token."""
    return isinstance(getattr(error, "kwargs", {}).get("error"), ValueError)


def unreadable(operation: str) -> Unreachable:
    """An answer that AWS would not give: a proxy's page perhaps."""
    return Unreachable(
        f"The answer to {operation} can't be read: it did not come from AWS, or was cut off.",
        "Check proxies and AWS_ENDPOINT_URL, then try again.",
        code="unreadable-answer",
    )


def _plain(error: Exception) -> str:
    """An error's text without what a proxy's address may hold: user name and password."""
    said = str(error).strip() or type(error).__name__
    text = re.sub(r"//[^/@\s]*@", "//***@", visible(said))
    return text.rstrip(".:") + "."


def _client_error(error: Any, operation: str, profile: str | None) -> AwsError:
    code, status = code_and_status((None, error.response))
    message = visible(str((error.response.get("Error") or {}).get("Message", "")))
    name = _iam_action(operation)
    if code in EXPIRED:
        return _from_row(_KINDS[1], Exception("expired"), profile)
    if code in INVALID_CREDENTIALS:
        login = f" --profile {profile}" if profile and profile != "default" else ""
        return CredentialsFailed(
            f"AWS does not accept the credentials ({code}).",
            f"Check them with `aws sts get-caller-identity{login}`; log in again or "
            "choose another --profile.",
            code=kebab(code),
        )
    if code in DENIED:
        return _denied(message, name)
    if code in NO_SUCH_ENTITY:
        return NotFound(
            f"{name}: {message or 'it does not exist'}",
            "Somebody may have deleted it meanwhile; run the command again.",
            code="no-such-entity",
        )
    if code in UNSETTLED | THROTTLED | BUSY or status >= SERVER_ERROR:
        return Unreachable(
            f"{name} kept failing on AWS's side: {visible(code)} {message}".rstrip(),
            "Try again in a few minutes; https://health.aws.amazon.com shows AWS's own troubles.",
            code=kebab(code) or "service-failure",
        )
    return AwsError(
        f"AWS refused {name}: {message or visible(code) or f'status {status}'}",
        _HINTS.get(kebab(code), "The message above is AWS's own; nothing more is known here."),
        code=kebab(code) or "aws-error",
    )


def _denied(message: str, name: str) -> AccessDenied:
    if found := re.search(r"perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+)", message):
        name = found[1]
    layer, who = next(
        ((said, who) for words, said, who in LAYERS if words in message),
        ("your own IAM policy, or one above it,", "whoever administers IAM"),
    )
    verdict = "denies it explicitly" if "explicit deny" in message else "does not allow it"
    hint = f"Ask {who} for {name}; `genesys-lex-wizard permissions` prints the policy to ask for."
    if "Organizations" in who:
        hint = f"Only {who} can change that; ask them to allow {name} in this account."
    if name == "iam:CreateRole":
        hint += (
            " Many companies allow new roles only with a permissions boundary: ask which one, "
            "and give it with --permissions-boundary ARN."
        )
    return AccessDenied(
        f"AWS denied {name}: {layer} {verdict}." + (f" AWS says: {message}" if message else ""),
        hint,
        code="access-denied",
    )


def _iam_action(operation: str) -> str:
    """`iam:CreateRole` for a call that we name `iam:CreateRole`; services by IAM's prefix."""
    service, _, name = operation.rpartition(":")
    prefixes = {"lexv2-models": "lex", "accessanalyzer": "access-analyzer"}
    return f"{prefixes.get(service, service)}:{name}" if service else name


def kebab(code: str) -> str:
    """AWS's code in kebab case: `LimitExceededException` is `limit-exceeded`."""
    code = code.rsplit(".", 1)[-1].removesuffix("Exception")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", code).lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")
