"""A simulated AWS account inside this process (moto): nothing is read, nothing leaves."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wizard.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"


@contextmanager
def simulated_account() -> Iterator[None]:
    """Within it, every AWS call is answered by moto, and nothing of the real setup is seen.

    moto does not catch calls to an endpoint from the environment, and an unknown AWS_PROFILE
    or a broken config file would still be looked at: so all `AWS_*` variables go for the
    time being, and the files are empty ones. Raises InvalidInput without the extra.
    """
    try:
        from moto import mock_aws
    except ImportError:
        raise InvalidInput(
            "The sandbox requires the moto package, which isn't installed.",
            "Install it with: pip install 'genesys-lex-wizard[sandbox]'",
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
    try:
        with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
            yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
