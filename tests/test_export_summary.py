import pytest

from hostile import ACCOUNT, BOT, HOSTILE, ORG, state
from wizard.export.summary import summary
from wizard.settings import ChosenBots, Settings
from wizard.state import State

PLAIN = Settings(org_id=ORG)


def words(settings):
    return " ".join(" ".join(summary(state(settings, ACCOUNT), "remove it")).split())


def test_it_says_who_gets_what_and_how_to_take_it_away():
    text = words(PLAIN)
    assert "only AWS account 765628985471 (Genesys Cloud, production)" in text
    assert f"external ID {ORG}" in text
    assert "AmazonLexReadOnly (AWS managed)" in text
    assert "allows on *: lex:ListBots, lex:DescribeBot" in text
    assert "remove it" in text


def test_the_template_is_called_a_reconstruction():
    assert "reconstruction" in words(PLAIN)
    assert "reconstruction" not in words(HOSTILE)


def test_a_users_own_document_is_not_vouched_for():
    assert "lets Genesys Cloud change a bot" in words(PLAIN)
    assert "lets Genesys Cloud change a bot" not in words(HOSTILE)


def test_least_privilege_names_the_bots():
    assert BOT.bot_id in words(Settings(org_id=ORG, policy=ChosenBots((BOT,))))


def test_another_account_than_the_production_one_is_called_what_it_is():
    text = words(Settings(org_id=ORG, fedramp=True, genesys_account_id="111122223333"))
    assert "111122223333 (named by the user as Genesys Cloud's FedRAMP account)" in text


@pytest.mark.parametrize("settings", [PLAIN, HOSTILE], ids=["plain", "hostile"])
def test_no_value_breaks_out_of_its_line(settings):
    for line in summary(state(settings, ACCOUNT), "remove it"):
        assert line.isprintable()
        assert len(line) <= 88 or len(line.split()) <= 2


def test_it_is_of_something():
    with pytest.raises(ValueError, match="unpack"):
        summary(State(None, {}), "remove it")
