"""The account that is meant, and one that can serve Genesys: the door that every command uses."""

from __future__ import annotations

import pytest
from wizard.commands.context import How, check_account

from wizard.aws.session import Caller
from wizard.errors import Refused
from wizard.validators import GENESYS_ACCOUNT


@pytest.mark.parametrize(
    ("caller", "how", "code"),
    [
        (
            Caller("1" * 12, "arn:aws-us-gov:iam::1:user/u", "aws-us-gov"),
            How(),
            "another-partition",
        ),
        (Caller("1" * 12, "arn:aws-cn:iam::1:user/u", "aws-cn"), How(), "another-partition"),
        (Caller("1" * 12, "arn", "aws"), How(account_id="2" * 12), "another-account"),
        (Caller(GENESYS_ACCOUNT, "arn", "aws"), How(), "genesys-own-account"),
    ],
)
def test_another_account_is_refused(caller, how, code):
    with pytest.raises(Refused) as refused:
        check_account(caller, how, GENESYS_ACCOUNT)
    assert refused.value.code == code
    assert refused.value.hint


def test_the_account_that_is_meant_passes():
    caller = Caller("1" * 12, "arn", "aws")
    check_account(caller, How(account_id="1" * 12), GENESYS_ACCOUNT)
    check_account(caller, How(), GENESYS_ACCOUNT)
    assert caller.partition == "aws"
