import json

from hostile import ACCOUNT, DOCUMENT, HOSTILE, PLAIN, any_settings, state
from wizard.core.documents import parse
from wizard.export import policies


@any_settings
def test_the_files_hold_the_documents(settings):
    wanted = state(settings, ACCOUNT)
    (policy,) = wanted.policies.values()
    files = policies.as_files(wanted)
    assert list(files) == ["trust-policy.json", "lex-policy.json", "README.md"]
    assert parse(files["trust-policy.json"]) == wanted.role.trust_policy
    assert parse(files["lex-policy.json"]) == policy.document


@any_settings
def test_one_json_object_holds_the_same(settings):
    wanted = state(settings, ACCOUNT)
    files = policies.as_files(wanted)
    found = json.loads(policies.as_json(wanted))
    assert found.pop("README.md") == files.pop("README.md")
    assert found == {name: json.loads(text) for name, text in files.items()}


@any_settings
def test_the_readme_says_what_goes_where(settings):
    wanted = state(settings, ACCOUNT)
    (policy,) = wanted.policies.values()
    lines = [line.strip() for line in policies.as_files(wanted)["README.md"].splitlines()]
    assert policy.name in lines
    assert wanted.role.name in lines
    description = wanted.role.description or "(leave it empty)"
    assert description.splitlines()[0] in lines
    assert all(arn.rpartition("/")[2] in lines for arn in wanted.role.attachments)
    for key, value in wanted.role.tags.items():
        assert any(
            line.startswith(key) and line.endswith(value.replace("\xa0", "\\xa0")) for line in lines
        )


def test_what_the_console_cannot_do_is_said():
    assert "can't give a role a path" in policies.as_files(state(HOSTILE))["README.md"]
    assert "path" not in policies.as_files(state(PLAIN))["README.md"].partition("## 1.")[2]


def test_a_policy_file_stands_to_the_letter():
    assert json.loads(policies.as_files(state(HOSTILE))["lex-policy.json"]) == DOCUMENT.tree
