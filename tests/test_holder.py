"""Whose a role is while two runs are at it: its tags tell."""

from __future__ import annotations

import pytest

from strategies import ACCOUNT, ORG, OTHER_ORG, healthy, policy_document, with_role
from wizard.core import plan as p
from wizard.core.plan import plan
from wizard.core.state import LEX_READ_ONLY, NOTHING
from wizard.holder import another_holds, not_the_holders
from wizard.settings import Settings
from wizard.validators import TAG_ORG_ID

THIRD_ORG = "77777777-7777-7777-7777-777777777777"
BEFORE = healthy(Settings(OTHER_ORG))
WANT = healthy(Settings(ORG, tags=(("team", "a"),)))


def tagged(**tags):
    role = WANT.role
    return with_role(WANT, tags={**role.tags, **{key.replace("_", ""): tags[key] for key in tags}})


@pytest.mark.parametrize(
    ("now", "another"),
    [
        (WANT, False),
        (BEFORE, False),  # IAM shows the former tags still, or they were put back
        (tagged(team="b"), True),
        (tagged(GenesysOrgId=THIRD_ORG), True),
        (tagged(PolicySource="least-privilege"), True),
        (tagged(theirs="yes"), False),
        (NOTHING, False),
    ],
)
def test_tags_that_are_neither_the_former_ones_nor_ours_are_anothers(now, another):
    assert another_holds(BEFORE, WANT, (), now) == another


def test_a_role_that_this_run_did_not_make_was_never_its_own():
    theirs = healthy(Settings(OTHER_ORG))
    made = plan(WANT, NOTHING)
    assert not another_holds(NOTHING, WANT, (), theirs)
    assert another_holds(NOTHING, WANT, made, theirs)
    assert not another_holds(NOTHING, WANT, made, WANT)


def test_a_foreign_tag_that_somebody_changes_makes_nobody_the_holder():
    before = with_role(BEFORE, tags={**BEFORE.role.tags, "foreign": "1"})
    want = with_role(WANT, tags={**WANT.role.tags, "foreign": "1"})
    now = with_role(WANT, tags={**WANT.role.tags, "foreign": "2"})
    assert not another_holds(before, want, (), now)


def test_what_the_tags_speak_against_is_not_the_holders():
    ours = p.UpdatePolicy("arn", policy_document("lex:Ours"), "v2")
    same = p.UpdatePolicy("arn", next(iter(WANT.policies.values())).document, "v2")
    managed = p.AttachPolicy(WANT.role.arn, LEX_READ_ONLY)
    other = p.AttachPolicy(WANT.role.arn, f"arn:aws:iam::{ACCOUNT}:policy/P")
    detached = p.DetachPolicy(WANT.role.arn, LEX_READ_ONLY)
    tags = p.TagRole(WANT.role.arn, {TAG_ORG_ID: ORG})
    done = [ours, same, managed, other, detached, tags]
    assert not_the_holders(done, WANT) == (ours, detached)
    assert not_the_holders(done, tagged(PolicySource="least-privilege")) == (ours, managed)
