"""One type for what is and what should be."""

from __future__ import annotations

from dataclasses import replace

from strategies import ACCOUNT, POLICY, ROLE, healthy
from wizard.core.state import LastUse, PolicyVersion, in_our_spelling, is_ours


def test_arns_are_known_before_the_thing_exists():
    role = replace(healthy().role, path="/team/")
    assert role.arn == f"arn:aws:iam::{ACCOUNT}:role/team/GenesysCloudLexV2Role"
    assert healthy().role.arn == ROLE
    assert healthy().policies[POLICY].arn == POLICY


def test_circumstances_do_not_count_when_states_are_compared():
    role, policy = healthy().role, healthy().policies[POLICY]
    assert replace(role, last_use=LastUse(None, "x")) == role
    old = (PolicyVersion("v1"),)
    assert replace(policy, version_id="v7", old_versions=old, attached_to=frozenset()) == policy


def test_only_our_own_mark_makes_a_thing_ours():
    assert is_ours(healthy().role.tags)
    assert not is_ours({})
    assert not is_ours({"ManagedBy": "terraform"})


def test_our_keys_are_known_in_any_case_and_foreign_ones_keep_theirs():
    tags = {"managedby": "genesys-lex-wizard", "GENESYSORGID": "x", "team": "y"}
    assert in_our_spelling(tags) == {
        "ManagedBy": "genesys-lex-wizard",
        "GenesysOrgId": "x",
        "team": "y",
    }
