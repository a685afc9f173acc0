"""Small facts about the account and the AWS SDK that help people to recognise them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.errors import AwsError

if TYPE_CHECKING:
    from wizard.aws.session import Session


def alias(session: Session) -> str | None:
    """The account's alias, or None: it only helps, so nobody minds when it can't be read."""
    try:
        answer = session.call_once("iam", "ListAccountAliases", {})
    except AwsError:
        return None
    return next(iter(answer.get("AccountAliases", ())), None)


def profiles() -> list[str]:
    """The profiles in the AWS SDK's configuration files, whichever of them works."""
    import botocore.exceptions
    import botocore.session

    try:
        return list(botocore.session.Session().available_profiles)
    except botocore.exceptions.BotoCoreError:
        return []


def lex_operations() -> frozenset[str]:
    """The operations that the AWS SDK's model of Lex V2 knows, in lower case."""
    import gzip
    import json
    from pathlib import Path

    import botocore

    # Read as the file that it is: botocore's own loader takes 0.1 s to import.
    data = Path(botocore.__file__).parent / "data"
    operations: set[str] = set()
    for service in ("lexv2-models", "lexv2-runtime"):
        newest = max(data.glob(f"{service}/*/service-2.json*"))
        content = newest.read_bytes()
        model = json.loads(gzip.decompress(content) if newest.suffix == ".gz" else content)
        operations |= {name.lower() for name in model["operations"]}
    return frozenset(operations)
