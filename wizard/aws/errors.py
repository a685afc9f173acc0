"""botocore's errors in our words: translated by one table; nothing above sees a ClientError."""

from __future__ import annotations

import re
import traceback
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from wizard.aws import environment
from wizard.core import documents as docs
from wizard.core import shell
from wizard.errors import (
    AccessDenied,
    AlreadyExists,
    AwsError,
    CredentialsFailed,
    NotFound,
    Unreachable,
)
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
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
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
CLOCK = {"RequestExpired", "RequestTimeTooSkewed"}
NO_SUCH_ENTITY = {"NoSuchEntity", "NoSuchEntityException"}
DELETE_CONFLICT = {"DeleteConflict", "DeleteConflictException"}
SERVER_ERROR = 500
_FIELD = re.compile(r"\{([a-z -]+)\}")

# What AWS's message says of the layer that denied (IAM User Guide, "Troubleshoot access
# denied error messages"), and who can change it.
LAYERS = (
    ("service control policy", "a service control policy", "your AWS Organizations administrator"),
    (
        "resource control policy",
        "a resource control policy",
        ("your AWS Organizations administrator"),
    ),
    (
        "permissions boundary",
        "your permissions boundary",
        "the IAM administrator of this account",
    ),
    ("session policy", "the session policy of your sign-in", "your single sign-on administrator"),
    ("resource-based policy", "a resource-based policy", "the owner of that resource"),
    ("VPC endpoint policy", "a VPC endpoint policy", "your network administrator"),
    (
        "identity-based policy",
        "your own IAM policy",
        "the IAM administrator of this account",
    ),
)

# botocore's exceptions by name, the first that fits: what becomes of them, the message and the
# hint. `{where}` is scheme and host of the address, `{login}` the option for the profile,
# `{provider}` what gave no credentials. An exception's own text is not shown where it may hold
# an address, or what another program printed.
_KINDS: tuple[tuple[str, type[AwsError], str, str, str], ...] = (
    (
        "NoCredentialsError", CredentialsFailed, "no-credentials",
        "No AWS credentials found.",
        ("Sign in with `{aws sso login}`, set up keys with `aws configure`, or choose a "
        "profile with --profile. To try this tool without an account, add --sandbox."),
    ),
    (
        "SSOTokenLoadError UnauthorizedSSOTokenError TokenRetrievalError SSOError",
        CredentialsFailed, "expired-token",
        "Your AWS sign-in has expired or doesn't exist.",
        ("Sign in again with `{aws sso login}`. For other temporary credentials, get new "
        "ones from the same source."),
    ),
    (
        "LoginRefreshRequired LoginTokenLoadError LoginInsufficientPermissions LoginError",
        CredentialsFailed, "expired-token",
        "Your AWS sign-in has expired or doesn't exist.",
        "Sign in again with `{aws login}`.",
    ),
    (
        "MissingDependencyException", CredentialsFailed, "dependency-missing",
        ("This profile was created by `aws login`. To use it, the AWS SDK needs the awscrt "
        "package."),
        ("In the folder of this tool's source, run `pip install '.[login]'`, or use another "
        "--profile."),
    ),
    (
        "NoRegionError", AwsError, "region-missing",
        "No AWS Region is set, and this call needs one.",
        "Give --region, or set AWS_REGION.",
    ),
    (
        "CredentialRetrievalError MetadataRetrievalError", CredentialsFailed,
        "credentials-unusable",
        "Couldn't get AWS credentials from {provider}.",
        "For details, run `{aws sts get-caller-identity}`.",
    ),
    (
        "ParamValidationError", CredentialsFailed, "mfa-code-not-accepted",
        "Invalid MFA code. It must have six digits.",
        "Run the command again and enter the code that the device shows.",
    ),
    (
        ("PartialCredentialsError RefreshWithMFAUnsupportedError UnknownCredentialError "
        "InfiniteLoopConfigError InvalidConfigError"),
        CredentialsFailed, "credentials-unusable",
        "Couldn't get AWS credentials: {error}",
        "Check `{aws sts get-caller-identity}`.",
    ),
    (
        "SSLError", Unreachable, "certificate",
        "The certificate of {where} is not trusted.",
        ("If you're behind a company proxy, set AWS_CA_BUNDLE to your company's "
        "certificate file."),
    ),
    (
        "ProxyConnectionError", Unreachable, "proxy",
        "No answer from the proxy at {where}.",
        "Check HTTPS_PROXY and NO_PROXY.",
    ),
    (
        "HTTPClientError ConnectionError EndpointConnectionError", Unreachable, "unreachable",
        "AWS can't be reached: no answer from {where}.",
        "Check the network, the region, and AWS_ENDPOINT_URL if it is set; then try again.",
    ),
    (
        "BotoCoreError", AwsError, "aws-sdk",
        "The AWS configuration isn't valid: {error}",
        "Check the AWS configuration: `aws configure list` shows where each value comes from.",
    ),
)  # fmt: skip
_ROWS = {name: row for row in _KINDS for name in row[0].split()}
_HINTS = {
    "limit-exceeded": (
        "Request a quota increase (Service Quotas, AWS Identity and Access Management), or "
        "delete unused resources."
    ),
    "malformed-policy-document": (
        "If the message mentions the principal, the Genesys Cloud account ID is wrong. "
        "Otherwise, check --policy-file."
    ),
    "delete-conflict": "Something was attached in the meantime. Run the command again.",
    "invalid-input": "IAM doesn't accept one of the values. The message names it.",
}


def transient(code: str, status: int, exception: BaseException | None) -> tuple[str, bool]:
    """Why trying again may help, empty if it will fail again; and whether an answer was lost.

    `code` and `status` are those of AWS's answer, `exception` what came instead of one.
    """
    from botocore import exceptions as boto

    if exception is None:
        if code in THROTTLED:
            return "AWS is throttling requests", False
        if code in BUSY:
            return "another change is in progress", False
        if code in UNSETTLED or status >= SERVER_ERROR:
            return f"AWS returned a server error ({status or visible(code)})", True
        return "", False
    if isinstance(exception, boto.SSLError | boto.ProxyConnectionError):
        return "", False  # a certificate or proxy stays as it is set up
    if isinstance(exception, boto.ConnectTimeoutError | boto.EndpointConnectionError):
        return "no connection", False
    if isinstance(getattr(exception, "kwargs", {}).get("error"), ValueError):
        return "", False  # a variable or file that stays as it is set up
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
    otherwise: str | None = None,
    in_doubt: Callable[[], bool] = bool,
) -> Iterator[None]:
    """Turn whatever botocore raises into an AwsError with a message and a hint.

    `operation` is the call as we name it, such as `iam:CreateRole`. What is not botocore's is
    told like the exception of botocore's named `otherwise`, or comes through: it is a bug.
    `in_doubt` is asked whether an earlier attempt of the call lost its answer.
    """
    try:
        yield
    except AwsError:
        raise
    except Exception as error:
        failure = _translate(error, operation, profile, otherwise)
        if failure is None:
            raise
        failure.in_doubt = failure.in_doubt or in_doubt()
        raise failure from error


def configured(profile: str | None) -> Any:
    """A context in which whatever goes wrong is the AWS SDK's configuration."""
    return translated("its setup", profile, "BotoCoreError")


def logged_in(profile: str | None) -> Any:
    """A context in which whatever goes wrong is a matter of credentials."""
    return translated("sts:AssumeRole", profile, "CredentialRetrievalError")


def _translate(
    error: Exception, operation: str, profile: str | None, otherwise: str | None
) -> AwsError | None:
    from botocore import exceptions as boto

    if isinstance(error, boto.ClientError):
        return _client_error(error, operation, profile)
    if isinstance(error, boto.ProfileNotFound):
        return CredentialsFailed(
            f"AWS profile {visible(profile or '')!r} not found."
            if profile
            else f"{visible(str(error))}.",
            (
                "To list profiles, run `aws configure list-profiles`. Choose one with "
                "--profile, or unset AWS_PROFILE."
            ),
            code="profile-not-found",
        )
    if _from_parser(error):
        return unreadable(operation)
    for message, hint in _faults(error):
        return (CredentialsFailed if otherwise else Unreachable)(message, hint, code="aws-sdk")
    names = [kind.__name__ for kind in type(error).__mro__]
    name = next((name for name in names if name in _ROWS), otherwise)
    return None if name is None else _from_row(name, error, profile)


def _faults(error: Exception) -> Iterator[tuple[str, str]]:
    """The fault in the user's variables or files that such an error can come from."""
    from botocore import exceptions as boto

    if isinstance(error, boto.ConfigParseError | boto.NoCredentialsError | UnicodeError):
        yield from environment.faults_of_files()
    if isinstance(error, boto.SSLError | OSError):
        yield from environment.faults_of_bundles()
    inner = getattr(error, "kwargs", {}).get("error")
    if isinstance(error, ValueError | boto.ProxyConnectionError) or isinstance(inner, ValueError):
        yield from environment.faults_of_files()
        yield from environment.faults_of_addresses()


def _from_row(name: str, error: Exception, profile: str | None) -> AwsError:
    _, kind, code, message, hint = _ROWS[name]
    said = str(error)
    facts: dict[str, Any] = getattr(error, "kwargs", {})
    if "expired" in said.lower() and issubclass(kind, CredentialsFailed):
        _, kind, code, message, hint = _ROWS[name if code == "expired-token" else "SSOError"]
        message = "Your AWS sign-in has expired."
    if code == "proxy" and "407" in str(facts.get("error")):
        message = "The proxy at {where} asks for a user name and a password."
        hint = "Add them to HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT."
    address = facts.get("proxy_url") or facts.get("endpoint_url") or ""
    texts = {
        "where": environment.place(str(address)) or "the address that is set",
        "provider": _provider(facts.get("provider"), error),
        "error": _plain(error),
    }

    def value(match: re.Match[str]) -> str:
        word = match[1]
        return texts[word] if word in texts else shell.command(*word.split(), profile=profile)

    return kind(_FIELD.sub(value, message), _FIELD.sub(value, hint), code=code)


def _provider(name: str | None, error: Exception) -> str:
    """What gave no credentials, in words."""
    if name == "custom-process":
        return "the credential_process of the profile"
    if isinstance(error, ValueError | AttributeError | KeyError | TypeError):
        return "the credential_process of the profile, which must print one JSON object"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{visible(str(error.filename))} ({error.strerror.lower()})"
    return visible(name) if name else "the configured source"


def _from_parser(error: BaseException) -> bool:
    """Whether the answer is a page that is no answer; the SDK's parser stumbles over some."""
    from botocore.parsers import ResponseParserError

    frames = traceback.extract_tb(error.__traceback__)
    in_parser = bool(frames) and frames[-1].filename.replace("\\", "/").endswith(
        "botocore/parsers.py"
    )
    return in_parser or isinstance(error, ResponseParserError)


def unreadable(operation: str) -> Unreachable:
    """An answer that AWS would not give: a proxy's page perhaps."""
    error = Unreachable(
        (
            f"The response to {operation} can't be read: it didn't come from AWS, or it was "
            "truncated."
        ),
        "Check proxies and AWS_ENDPOINT_URL, then try again.",
        code="unreadable-answer",
    )
    error.in_doubt = True
    return error


def _plain(error: Exception) -> str:
    """An error's text; only its kind where the text may hold an address from outside."""
    said = visible(str(error).strip())
    if not said or "://" in said or "@" in said:
        said = type(error).__name__
    return said.rstrip(".:") + "."


def _client_error(error: Any, operation: str, profile: str | None) -> AwsError:
    code, status = code_and_status((None, error.response))
    message = visible(str((error.response.get("Error") or {}).get("Message", "")))
    # Credentials are obtained by calls of the SDK's own: these are named by the error.
    own = operation.endswith(f":{error.operation_name}")
    name = _iam_action(operation)
    if not own and error.operation_name == "GetRoleCredentials":
        name = "sso:GetRoleCredentials"
    if code in CLOCK or "Signature expired" in message or "Signature not yet" in message:
        return CredentialsFailed(
            (f"This computer's clock is wrong, so AWS rejects its request signatures ({code})."),
            "Set the clock, then run the command again.",
            code=kebab(code),
        )
    if code in EXPIRED:
        return _from_row("SSOError", Exception("expired"), profile)
    if name == "sso:GetRoleCredentials":
        return CredentialsFailed(
            (
                f"AWS IAM Identity Center denied {name}: you don't have access to the account "
                "and role in the profile."
            ),
            "Check sso_account_id and sso_role_name of the profile, or choose another --profile.",
            code=kebab(code),
        )
    if name == "sts:AssumeRole" and "MultiFactorAuthentication" in message:
        return CredentialsFailed(
            "The MFA code was rejected. Each code works only once.",
            "Wait for the next code, then run the command again.",
            code="mfa-code-not-accepted",
        )
    if code == "OptInRequired":
        return CredentialsFailed(
            f"AWS refused {name}: the account is not signed up for that service, or the region "
            "is not enabled for it.",
            "Sign in to the AWS console as its administrator, and finish the sign-up or enable "
            "the region.",
            code=kebab(code),
        )
    if code == "InvalidClientTokenId" and name.startswith("iam:"):
        return CredentialsFailed(
            (
                "IAM doesn't accept these credentials. Unlike other services, it rejects "
                "GetSessionToken credentials that were created without MFA."
            ),
            "Use credentials made with MFA, a role, or single sign-on; or another --profile.",
            code=kebab(code),
        )
    if code in INVALID_CREDENTIALS:
        check = shell.command("aws", "sts", "get-caller-identity", profile=profile)
        return CredentialsFailed(
            f"AWS rejected the credentials ({code}).",
            f"Check them with `{check}`. Sign in again, or use another --profile.",
            code=kebab(code),
        )
    if code in DENIED:
        return _denied(message, name)
    if code == "TagPolicyViolation":
        return AwsError(
            f"A tag policy of your organization refused {name}: {_sentence(message)}",
            "Add the required tags with --tag KEY=VALUE.",
            code=kebab(code),
        )
    if code in NO_SUCH_ENTITY:
        return NotFound(
            f"{name}: {_sentence(message or 'it does not exist')}",
            "It may have been deleted in the meantime. Run the command again.",
            code="no-such-entity",
        )
    if code in UNSETTLED | THROTTLED | BUSY or status >= SERVER_ERROR:
        return Unreachable(
            f"{name} kept failing on AWS's side: {_sentence(f'{visible(code)} {message}')}",
            (
                "Try again in a few minutes. Check AWS service health at "
                "https://health.aws.amazon.com."
            ),
            code=kebab(code) or "service-failure",
        )
    kind = AlreadyExists if kebab(code) == "entity-already-exists" else AwsError
    return kind(
        f"AWS refused {name}: {_sentence(message or visible(code) or f'status {status}')}",
        _HINTS.get(kebab(code), "This is the full message from AWS."),
        code=kebab(code) or "aws-error",
    )


def _denied(message: str, name: str) -> AccessDenied:
    if found := re.search(r"perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+)", message):
        name = found[1]
    layer, who = next(
        ((said, who) for words, said, who in LAYERS if words in message),
        ("your IAM policy or a higher-level policy", "your IAM administrator"),
    )
    verdict = "denies it explicitly" if "explicit deny" in message else "does not allow it"
    hint = f"Ask {who} to allow {name}."
    caller = re.search(r"User: arn:aws:(iam|sts)::([0-9]{12}):", message)
    if name in _permitted() and caller:
        asked = shell.command(shell.PROGRAM, "permissions", "--account-id", caller[2])
        hint += f" To print the policy to request, run `{asked}`."
    elif name in _permitted():
        hint += " The `permissions` command prints the policy to request."
    if "Organizations" in who:
        hint = f"Ask {who} to allow {name} in this account."
        if name in {"iam:CreateRole", "iam:CreatePolicy", "iam:TagRole", "iam:TagPolicy"}:
            hint += " If your organization requires tags, add them with --tag KEY=VALUE."
    if name == "iam:CreateRole":
        hint += (
            " If your organization requires a permissions boundary, set it with "
            "--permissions-boundary ARN."
        )
    return AccessDenied(
        f"AWS denied {name}: {layer} {verdict}."
        + (f" AWS says: {_sentence(message)}" if message else ""),
        hint,
        code="access-denied",
    )


@cache
def _permitted() -> frozenset[str]:
    """The IAM actions in the policy that `permissions` prints."""
    grants = docs.template("permissions").tree.values()
    return frozenset(action for grant in grants for action in docs.as_list(grant["Action"]))


def _sentence(text: str) -> str:
    """AWS's text as a sentence of its own."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


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
