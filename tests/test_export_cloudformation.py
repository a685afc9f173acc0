import json
import shlex
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
import yaml
from cfnlint import api
from cfnlint.decode import cfn_yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cfn import resolved
from hostile import (
    ACCOUNT,
    DOCUMENT,
    HOSTILE,
    ORG,
    OTHER_ORG,
    PLAIN,
    SETTINGS,
    any_settings,
    state,
)
from wizard.core.documents import Document
from wizard.errors import InvalidInput
from wizard.export import cloudformation
from wizard.settings import FromFile, Settings

awkward = st.text(
    st.sampled_from("abyno:/._- #'\"{}[]$\\\n\t,&*!|>%@`~=?0xé漢😀\x7f\x85\u2028\ufeff")
)
trees = st.recursive(
    awkward | st.booleans() | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(awkward, inner, max_size=4),
)


def template(settings):
    return json.loads(cloudformation.as_json(state(settings, ACCOUNT)))


def wanted(settings):
    """The desired state, with the stack's name, and without tags on the managed policy."""
    whole = state(settings, ACCOUNT)
    policies = {arn: replace(policy, tags={}) for arn, policy in whole.policies.items()}
    tags = {**whole.role.tags, "CloudFormationStack": "stack"}
    return replace(whole, role=replace(whole.role, tags=tags), policies=policies)


@any_settings
def test_the_resolved_template_is_the_desired_state(settings):
    assert resolved(template(settings)) == wanted(settings)


def test_with_other_parameters_it_is_the_state_of_other_answers():
    other = Settings(
        org_id=OTHER_ORG,
        fedramp=True,
        genesys_account_id="111122223333",
        role_name="Other",
        policy_name="OtherPolicy",
        permissions_boundary="arn:aws:iam::123456789012:policy/path/Bound",
    )
    found = resolved(
        template(PLAIN),
        GenesysOrgId=OTHER_ORG,
        GenesysAccountId="111122223333",
        RoleName="Other",
        PolicyName="OtherPolicy",
        PermissionsBoundaryArn="arn:aws:iam::123456789012:policy/path/Bound",
    )
    assert found == wanted(other)


def test_a_boundary_can_be_taken_out_again():
    found = resolved(template(SETTINGS["bounded"]), PermissionsBoundaryArn="")
    assert found.role.permissions_boundary is None


@any_settings
def test_yaml_and_json_are_the_same_template(settings):
    read = cfn_yaml.loads(cloudformation.as_yaml(state(settings, ACCOUNT)))
    expected = template(settings)
    del expected["Metadata"]["Summary"]
    assert json.loads(json.dumps(read)) == expected


@given(st.dictionaries(awkward, trees, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_what_is_written_as_yaml_reads_back_the_same(tree):
    assert yaml.safe_load(cloudformation.as_yaml_text(tree)) == tree


@any_settings
@pytest.mark.parametrize("form", [cloudformation.as_yaml, cloudformation.as_json])
def test_cfn_lint_has_nothing_to_report(settings, form):
    assert api.lint(form(state(settings, ACCOUNT))) == []


@pytest.mark.parametrize("name", ["plain", "chosen-bots", "tagged-bots"])
def test_no_customer_account_stands_in_the_template(name):
    text = json.dumps({**template(SETTINGS[name]), "Metadata": {}})
    assert ACCOUNT not in text


def test_an_empty_description_is_left_out():
    for resource in template(SETTINGS["no-descriptions"])["Resources"].values():
        assert "Description" not in resource["Properties"]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(org_id=ORG, role_description="x {{resolve:ssm:name}}"),
        Settings(org_id=ORG, policy_description="{{ Resolve:secretsmanager:name}}"),
        Settings(org_id=ORG, role_path="/{{resolve:ssm:x}}/"),
        Settings(org_id=ORG, policy=FromFile({"Statement": {"Sid": "{{resolve:ssm:x}}"}})),
        Settings(org_id=ORG, policy=FromFile({"{{resolve:ssm:x}}": []})),
    ],
)
def test_what_cloudformation_would_look_up_is_refused(settings):
    with pytest.raises(InvalidInput, match=r"(?i)resolve"):
        cloudformation.as_yaml(state(settings))


@pytest.mark.parametrize("key", ["Ref", "Fn::Sub", "Fn::Transform"])
def test_what_cloudformation_would_take_for_a_function_is_refused(key):
    document = Document({"Statement": [{"Condition": {"StringEquals": {key: "RoleName"}}}]})
    with pytest.raises(InvalidInput, match=key):
        cloudformation.as_yaml(state(Settings(org_id=ORG, policy=FromFile(document.tree))))


def test_a_policy_file_stands_to_the_letter():
    (policy,) = resolved(template(HOSTILE)).policies.values()
    assert policy.document.tree == DOCUMENT.tree


def test_each_organization_has_a_stack_of_its_own():
    one, other = (
        cloudformation.stack_name(state(Settings(org_id=each))) for each in (ORG, OTHER_ORG)
    )
    assert one == "genesys-lex-1a2b3c4d"
    assert one != other


def test_the_deploy_command_is_quoted_for_a_shell():
    command = cloudformation.deploy_command(
        state(PLAIN), "my file.yaml", profile="a b", region="eu-central-1"
    )
    assert shlex.split(command) == [
        *("aws", "cloudformation", "deploy", "--template-file", "my file.yaml"),
        *("--stack-name", "genesys-lex-1a2b3c4d", "--capabilities", "CAPABILITY_NAMED_IAM"),
        "--profile=a b",
        "--region=eu-central-1",
    ]


def test_the_quick_create_link_carries_every_parameter():
    url = "https://b.s3.amazonaws.com/x?a=1&b=2#c"
    link = cloudformation.quick_create_link(state(HOSTILE), url, region="eu-central-1")
    page, _, query = link.partition("#/stacks/quickcreate?")
    assert page == "https://console.aws.amazon.com/cloudformation/home?region=eu-central-1"
    values = {key: value for key, (value,) in parse_qs(query, strict_parsing=True).items()}
    parameters = template(HOSTILE)["Parameters"]
    assert values == {
        "templateURL": url,
        "stackName": "genesys-lex-1a2b3c4d",
        **{f"param_{name}": rule["Default"] for name, rule in parameters.items()},
    }


def test_an_empty_parameter_is_left_out_of_the_link():
    link = cloudformation.quick_create_link(state(PLAIN), "https://b.s3.amazonaws.com/t.yaml")
    assert "param_RoleName" in link
    assert "PermissionsBoundaryArn" not in link
    assert "?region" not in link
