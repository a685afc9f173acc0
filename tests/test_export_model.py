from dataclasses import replace

import pytest

from hostile import ACCOUNT, BOT, CHOSEN, HOSTILE, ORG, PLAIN, SETTINGS, state
from wizard.core.documents import parse
from wizard.core.state import NOTHING, State
from wizard.errors import InvalidInput
from wizard.export import cloudformation, model, policies, script, summary, terraform


def words(settings):
    return " ".join(" ".join(summary(state(settings, ACCOUNT), "remove it")).split())


def test_it_says_who_gets_what_and_how_to_take_it_away():
    text = words(PLAIN)
    assert "only AWS account 765628985471 (Genesys Cloud, production)" in text
    assert f"external ID {ORG}" in text
    assert "AmazonLexReadOnly (AWS managed)" in text
    assert "allows on *: lex:ListBots, lex:DescribeBot" in text
    assert "remove it" in text


def test_a_users_own_document_is_not_vouched_for():
    for said in ("reconstruction", "lets Genesys Cloud change a bot"):
        assert said in words(PLAIN)
        assert said not in words(HOSTILE)


def test_least_privilege_names_the_bots():
    assert BOT.bot_id in words(CHOSEN)


def test_another_account_than_the_production_one_is_called_what_it_is():
    text = words(SETTINGS["fedramp"])
    assert "111122223333 (named by the user as Genesys Cloud's FedRAMP account)" in text


@pytest.mark.parametrize("settings", [PLAIN, HOSTILE], ids=["plain", "hostile"])
def test_no_value_breaks_out_of_its_line(settings):
    for line in summary(state(settings, ACCOUNT), "remove it"):
        assert line.isprintable()
        assert len(line) <= 88 or len(line.split()) <= 2


def test_what_the_role_has_already_is_named_and_not_vouched_for():
    wanted = state(PLAIN, ACCOUNT)
    extra = "arn:aws:iam::123456789012:policy/Extra"
    (policy,) = wanted.policies.values()
    foreign = replace(policy, name="Extra", document=parse("{}"), tags={})
    role = replace(
        wanted.role,
        attachments=wanted.role.attachments | {extra},
        inline_policies=frozenset({"Inline"}),
        tags={key.lower(): value for key, value in wanted.role.tags.items()},
    )
    grown = State(role, {extra: foreign, **wanted.policies})
    text = " ".join(summary(grown, "remove it"))
    assert f"{extra} (exists already)" in text
    assert "the inline policy Inline (exists already)" in text
    assert "allows on *: lex:ListBots" in text
    assert "change a bot" not in text


def test_a_preview_without_an_account_has_a_summary_too():
    assert "<account-id>" in " ".join(summary(state(CHOSEN), "remove it"))


def test_it_is_of_a_role():
    with pytest.raises(ValueError, match="without a role"):
        summary(NOTHING, "remove it")


@pytest.mark.parametrize(
    "export",
    [cloudformation.as_yaml, cloudformation.as_json, terraform.as_hcl]
    + [script.as_shell, policies.as_json],
)
@pytest.mark.parametrize("name", ["chosen-bots", "tagged-bots"])
def test_a_policy_that_names_the_account_needs_the_account(name, export):
    with pytest.raises(InvalidInput) as caught:
        export(state(SETTINGS[name]))
    assert "--account-id" in caught.value.hint


def test_the_customer_managed_policy_is_attached_last():
    setup = model(state(PLAIN))
    assert setup.attachments[-1] == setup.policy.arn
    assert len(setup.attachments) == 3
