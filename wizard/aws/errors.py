"""botocore's errors in our words: translated in one place; nothing above sees a ClientError."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wizard.errors import AccessDenied, AwsError, CredentialsFailed, NotFound, Unreachable
from wizard.validators import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

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
GONE = {"NoSuchEntity", "NoSuchEntityException"}
IN_USE = {"DeleteConflict", "DeleteConflictException"}
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


def transient(error: BaseException) -> tuple[str, bool] | None:
    """Whether trying again may help: why in a few words, and whether the call may be done.

    None for anything that will fail again.
    """
    from botocore import exceptions as boto

    if isinstance(error, boto.ClientError):
        code, status = error_code(error), _status(error)
        if code in THROTTLED:
            return "AWS asks to slow down", False
        if code in BUSY:
            return "another change is in progress", False
        if code in UNSETTLED or status >= SERVER_ERROR:
            return f"AWS answers with an error of its own ({status or visible(code)})", True
        return None
    if isinstance(error, boto.SSLError | boto.ProxyConnectionError):
        return None  # a certificate or proxy stays as it is set up
    if isinstance(error, boto.ConnectTimeoutError | boto.EndpointConnectionError):
        return "no connection", False
    if _can_not_be_sent(error):
        return None
    if isinstance(error, boto.HTTPClientError | boto.ResponseStreamingError):
        return "the connection was lost", True
    if _unreadable(error):
        return "AWS sent an answer that can't be read", True
    return None


def _unreadable(error: BaseException) -> bool:
    """A page that is no answer; what the SDK's parser trips over is one, too."""
    from botocore.parsers import ResponseParserError

    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    in_parser = where is not None and where.tb_frame.f_globals["__name__"] == "botocore.parsers"
    return in_parser or isinstance(error, ResponseParserError)


def _can_not_be_sent(error: BaseException) -> bool:
    """A header that is no header: its text, which the error quotes, is a key or a token."""
    return isinstance(getattr(error, "kwargs", {}).get("error"), ValueError)


def error_code(error: BaseException) -> str:
    """AWS's own code for an error, or an empty text."""
    response = getattr(error, "response", None) or {}
    return str((response.get("Error") or {}).get("Code", ""))


def _status(error: Any) -> int:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status if isinstance(status, int) else 0


@contextmanager
def translated(operation: str, profile: str | None = None) -> Iterator[None]:
    """Turn whatever botocore raises into an AwsError with a message and a hint."""
    try:
        yield
    except AwsError:
        raise
    except Exception as error:
        failure = _translate(error, operation, profile)
        if failure is None:
            raise
        raise failure from error


@contextmanager
def configured(profile: str | None = None) -> Iterator[None]:
    """Whatever goes wrong within is the AWS SDK's configuration: an AwsError."""
    try:
        with translated("its set-up", profile):
            yield
    except AwsError:
        raise
    except Exception as error:
        raise _misconfigured(error) from error


@contextmanager
def logged_in(profile: str | None = None) -> Iterator[None]:
    """Whatever goes wrong within is a matter of credentials: CredentialsFailed, or AwsError."""
    try:
        with translated("sts:AssumeRole", profile):
            yield
    except AwsError:
        raise
    except Exception as error:
        raise _no_login(error, profile) from error


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
    for kinds, translate in _KINDS:
        if any(isinstance(error, getattr(boto, kind, ())) for kind in kinds):
            return translate(error, profile)
    if _unreadable(error):
        return unreadable(operation)
    return _misconfigured(error) if isinstance(error, boto.BotoCoreError) else None


def unreadable(operation: str) -> Unreachable:
    """An answer that AWS would not give: a proxy's page perhaps."""
    return Unreachable(
        f"The answer to {operation} can't be read: it did not come from AWS, or was cut off.",
        "Check proxies and AWS_ENDPOINT_URL, then try again.",
        code="unreadable-answer",
    )


def _misconfigured(error: Exception) -> AwsError:
    return AwsError(
        f"The AWS SDK can't work with its configuration: {_plain(error)}",
        "Check the AWS configuration: `aws configure list` shows where each value comes from; "
        "look at AWS_ENDPOINT_URL, too, if it is set.",
        code="aws-sdk",
    )


def _login(profile: str | None) -> str:
    return f" --profile {profile}" if profile and profile != "default" else ""


def _no_credentials(_: Exception, profile: str | None) -> AwsError:
    return CredentialsFailed(
        "There are no AWS credentials.",
        f"Log in first: `aws sso login{_login(profile)}` if your company uses single sign-on, "
        "else `aws configure`; or set AWS_PROFILE.",
        code="no-credentials",
    )


def _expired(error: Exception, profile: str | None) -> AwsError:
    return CredentialsFailed(
        "The AWS login has expired."
        if "expired" in str(error).lower()
        else "The AWS login can't be used: it has expired or was never made.",
        f"Log in again: `aws sso login{_login(profile)}`; temporary credentials from elsewhere "
        "are fetched anew where they came from.",
        code="expired-token",
    )


def _no_login(error: Exception, profile: str | None) -> AwsError:
    return CredentialsFailed(
        f"The AWS credentials can't be obtained: {_plain(error)}",
        f"Check `aws sts get-caller-identity{_login(profile)}`.",
        code="credentials-unusable",
    )


def _tls(error: Exception, _: str | None) -> AwsError:
    return Unreachable(
        f"The certificate of the AWS endpoint is not trusted: {_plain(error)}",
        "Behind a company proxy set AWS_CA_BUNDLE to the file with your company's certificate.",
        code="certificate",
    )


def _proxy(error: Exception, _: str | None) -> AwsError:
    return Unreachable(
        f"The proxy does not answer: {_plain(error)}",
        "Check HTTPS_PROXY and NO_PROXY.",
        code="proxy",
    )


def _network(error: Exception, _: str | None) -> AwsError:
    return Unreachable(
        f"AWS can't be reached: {_plain(error)}",
        "Check the network, the region, and AWS_ENDPOINT_URL if it is set; then try again.",
        code="unreachable",
    )


def _plain(error: Exception) -> str:
    """An error's text without what a proxy's address may hold: user name and password."""
    said = str(error).strip() or type(error).__name__
    text = re.sub(r"//[^/@\s]*@", "//***@", visible(said))
    return text.rstrip(".:") + "."


_KINDS = (
    (("NoCredentialsError",), _no_credentials),
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
        _expired,
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
        _no_login,
    ),
    (("SSLError",), _tls),
    (("ProxyConnectionError",), _proxy),
    (("HTTPClientError", "ConnectionError", "EndpointConnectionError"), _network),
)


def _client_error(error: Any, operation: str, profile: str | None) -> AwsError:
    code, status = error_code(error), _status(error)
    message = visible(str((error.response.get("Error") or {}).get("Message", "")))
    name = _iam_action(operation)
    if code in EXPIRED:
        return _expired(Exception("expired"), profile)
    if code in INVALID_CREDENTIALS:
        return CredentialsFailed(
            f"AWS does not accept the credentials ({code}).",
            f"Check them with `aws sts get-caller-identity{_login(profile)}`; log in again or "
            "choose another --profile.",
            code=kebab(code),
        )
    if code in DENIED:
        return _denied(message, name)
    if code in GONE:
        return NotFound(
            f"{name}: {message or 'it does not exist'}",
            "Somebody may have deleted it meanwhile; run the command again.",
            code="no-such-entity",
        )
    if code in UNSETTLED or status >= SERVER_ERROR or code in THROTTLED | BUSY:
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


_HINTS = {
    "limit-exceeded": "Ask AWS for a higher quota (Service Quotas, AWS Identity and Access "
    "Management), or delete what is not needed.",
    "malformed-policy-document": "If the message names the principal, the account ID of Genesys "
    "is wrong; else check --policy-file.",
    "delete-conflict": "Something new hangs on it: run the command again, which looks anew.",
    "invalid-input": "One of the values is not what IAM takes; the message names it.",
}


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
