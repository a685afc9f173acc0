"""A simulated AWS account inside this process (moto): nothing is read, nothing leaves."""

from __future__ import annotations

import os
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from wizard.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
# The simulated bots: the first one is ready, the second has no alias of its own.
BOTS = {"A1B2C3D4E5": "OrderFlowers", "B1B2C3D4E5": "Invoices"}
READY, ALIAS = "A1B2C3D4E5", "ALIAS00001"


@contextmanager
def simulated_account() -> Iterator[None]:
    """Within it, every AWS call is answered by moto, and nothing of the real setup is seen.

    moto does not catch calls to an endpoint from the environment, and an unknown AWS_PROFILE
    or a broken config file would still be looked at: so all `AWS_*` variables go for the
    time being, and the files are empty ones. Raises InvalidInput without the extra.
    """
    try:
        from botocore.handlers import BUILTIN_HANDLERS
        from moto import mock_aws
    except ImportError:
        raise InvalidInput(
            "The sandbox requires the moto package, which isn't installed.",
            "In the folder of this tool's source, run `pip install '.[sandbox]'`.",
            code="sandbox-not-installed",
        ) from None
    saved = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO", "MOTO_"))]:
        del os.environ[name]
    os.environ.update(
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_DEFAULT_REGION=REGION,
    )
    # moto has little of Lex V2, and needs further packages for CloudFormation. It hooks into
    # botocore by this list, and so do we.
    hooks = [
        ("before-call.lex-models-v2", _lex_answer),
        ("before-call.cloudformation.DescribeStackResources", _no_stack),
        ("before-call.cloudtrail", lambda **_: (SimpleNamespace(status_code=200), {"Events": []})),
    ]
    BUILTIN_HANDLERS.extend(hooks)
    try:
        with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
            yield
    finally:
        for hook in hooks:
            BUILTIN_HANDLERS.remove(hook)
        os.environ.clear()
        os.environ.update(saved)


def _lex_answer(model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
    """Lex V2 as far as this program reads it: the HTTP response and its parsed body."""
    named = [part for part in params["url_path"].split("/") if len(part) == len(READY)]
    here = params["context"]["client_region"] == REGION
    bots = [
        {"botId": bot_id, "botName": name, "botStatus": "Available"}
        for bot_id, name in BOTS.items()
        if here and bot_id in (named or BOTS)
    ]
    alias = {"botAliasId": ALIAS, "botAliasName": "prod", "botAliasStatus": "Available"}
    answers: dict[str, dict[str, Any]] = {
        "ListBots": {"botSummaries": bots},
        "DescribeBot": next(iter(bots), {}),
        "ListBotAliases": {
            "botAliasSummaries": [alias | {"botVersion": "1"}] if READY in named else []
        },
        "DescribeBotAlias": {"botAliasLocaleSettings": {"en_US": {"enabled": True}}},
        "ListBotLocales": {
            "botLocaleSummaries": [{"localeId": "en_US", "botLocaleStatus": "Built"}]
        },
        "ListIntents": {"intentSummaries": [{"intentName": "Order"}]},
    }
    known = model.name in answers and (model.name == "ListBots" or bots)
    if known and not (model.name == "DescribeBotAlias" and ALIAS not in named):
        return SimpleNamespace(status_code=200), answers[model.name]
    return _missing("ResourceNotFoundException", 404)


def _no_stack(**_: Any) -> tuple[Any, dict[str, Any]]:
    return _missing("ValidationError", 400)


def _missing(code: str, status: int) -> tuple[Any, dict[str, Any]]:
    """AWS's answer about something that does not exist."""
    error = {"Code": code, "Message": "simulated: it does not exist"}
    return SimpleNamespace(status_code=status), {"Error": error}
