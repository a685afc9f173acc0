"""The desired state as a CloudFormation template, and the ways to deploy it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wizard.core.documents import template as read_template
from wizard.core.shell import command
from wizard.errors import InvalidInput
from wizard.export import AWS_MANAGED, exportable, filled, mapped, model, summary, values
from wizard.validators import TAG_BOUNDARY, TAG_STACK, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.core.state import State
    from wizard.export import Model

    Tree = dict[str, Any]

DYNAMIC_REFERENCE = re.compile(r"\{\{\s*resolve\s*:", re.IGNORECASE)
# Words that no version of YAML reads as anything but text.
_PLAIN = re.compile(
    r"/|(?!(y|n|yes|no|true|false|on|off|null)$)[A-Z]([A-Z0-9/:._-]*[A-Z0-9])?", re.IGNORECASE
)


class Block(str):
    """A text that stands in YAML as a block of its own lines, so that people can read it."""

    __slots__ = ()


def as_yaml(state: State) -> str:
    """The template as YAML, under comments with the summary. Raises InvalidInput."""
    facts = {
        "template": as_yaml_text(_template(exportable(state))).removesuffix("\n"),
        "summary": "\n".join(_summary(state)),
        "deploy_command": deploy_command(state, "FILE"),
    }
    return filled("stack.yaml", facts)


def as_json(state: State) -> str:
    """The same template as JSON, with the summary in its metadata. Raises InvalidInput."""
    template = _template(exportable(state))
    heading = "With the defaults of its parameters, this template:"
    template["Metadata"]["Summary"] = [heading, "", *_summary(state)]
    return as_json_text(template)


def parameters(state: State) -> Tree:
    """The parameters of the template, with their defaults. Raises InvalidInput."""
    found: Tree = _template(exportable(state))["Parameters"]
    return found


def as_json_text(template: Tree) -> str:
    """A template as JSON."""
    return _json(template, indent=2) + "\n"


def stack_name(state: State) -> str:
    """A stack name of this organization's own, so that no other's stack is replaced."""
    return f"genesys-lex-{model(state).org_id[:8]}"


def deploy_command(
    state: State, template_file: str, *, profile: str | None = None, region: str | None = None
) -> str:
    """The shell command that deploys the template from a file."""
    words = ["aws", "cloudformation", "deploy", "--template-file", template_file]
    words += ["--stack-name", stack_name(state), "--capabilities", "CAPABILITY_NAMED_IAM"]
    return command(*words, profile=profile, region=region)


def quick_create_link(state: State, template_url: str, *, region: str | None = None) -> str:
    """The address of the console's page that makes the stack, its parameters filled in."""
    rules = _template(model(state))["Parameters"]
    given = {"templateURL": template_url, "stackName": stack_name(state)}
    given |= {f"param_{name}": rule["Default"] for name, rule in rules.items()}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in given.items() if value)
    where = f"?region={quote(region, safe='')}" if region else ""
    return f"https://console.aws.amazon.com/cloudformation/home{where}#/stacks/quickcreate?{query}"


def _summary(state: State) -> list[str]:
    delete = "aws cloudformation delete-stack --stack-name"
    return summary(state, f"delete the stack: {delete} {stack_name(state)}")


def _template(setup: Model) -> Tree:
    document = setup.policy.document.tree
    for text, is_key in _strings(document):
        if is_key and (text == "Ref" or text.startswith("Fn::")):
            raise InvalidInput(
                (
                    f"CloudFormation would treat {shown(text)} in the policy document as an "
                    "intrinsic function."
                ),
                "Use another export format.",
                code="cloudformation-function",
            )
    facts = values(
        setup,
        org_id={"Ref": "GenesysOrgId"},
        genesys_account_id={"Ref": "GenesysAccountId"},
        genesys_root={"Fn::Sub": "arn:${AWS::Partition}:iam::${GenesysAccountId}:root"},
    )
    facts |= {
        "permissions_boundary": setup.role.permissions_boundary or "",
        "attachments": [_attachment(arn, setup) for arn in setup.attachments],
        "role_tags": list(_role_tags(facts["role_tags"], setup.role.permissions_boundary)),
    }
    if setup.source == "least-privilege":
        ours = re.compile(f"arn:aws:lex:[^:]*:{setup.account_id}:")
        facts["lex_policy"] = mapped(
            document, lambda text: _anywhere(text, setup) if ours.match(text) else text
        )
    by_placeholder = {f"<{name}>": value for name, value in facts.items()}
    template: Tree = mapped(
        read_template("stack").tree, lambda text: by_placeholder.get(text, text)
    )
    for resource in template["Resources"].values():
        if not resource["Properties"]["Description"]:
            del resource["Properties"]["Description"]
    if setup.source != "least-privilege":
        del template["Resources"]["GenesysRole"]["Metadata"]
    for text, _ in _strings(template):
        if DYNAMIC_REFERENCE.search(text):
            raise InvalidInput(
                f"CloudFormation would replace {shown(text)} with another value.",
                "Take {{resolve: out of it, or use another export.",
                code="cloudformation-dynamic-reference",
            )
    return template


def _role_tags(tags: Mapping[str, Any], boundary: str | None) -> Iterator[Tree]:
    """The tags as a list, with the stack's name: CloudFormation itself puts none on a role."""
    for key, value in {**tags, TAG_STACK: {"Ref": "AWS::StackName"}}.items():
        if key != TAG_BOUNDARY:
            yield {"Key": key, "Value": value}
    if boundary is None or TAG_BOUNDARY in tags:
        tag = {"Key": TAG_BOUNDARY, "Value": {"Ref": "PermissionsBoundaryArn"}}
        yield {"Fn::If": ["HasPermissionsBoundary", tag, {"Ref": "AWS::NoValue"}]}


def _attachment(arn: str, setup: Model) -> Any:
    if arn == setup.policy.arn:
        return {"Ref": "GenesysPolicy"}
    return _anywhere(arn, setup) if arn.startswith(AWS_MANAGED) else arn


def _anywhere(arn: str, setup: Model) -> Tree:
    """The ARN in whichever partition and account the stack is; `${!` is Fn::Sub's plain `${`."""
    text = arn.replace("${", "${!").replace("arn:aws:", "arn:${AWS::Partition}:", 1)
    return {"Fn::Sub": text.replace(f":{setup.account_id}:", ":${AWS::AccountId}:", 1)}


def _strings(tree: Any) -> Iterator[tuple[str, bool]]:
    """Every string of a tree, and whether it is a key."""
    match tree:
        case dict():
            for key, value in tree.items():
                yield key, True
                yield from _strings(value)
        case list():
            for item in tree:
                yield from _strings(item)
        case str():
            yield tree, False


def as_yaml_text(template: Tree) -> str:
    """A template as YAML, with intrinsic functions in their short form and text quoted."""
    import yaml  # here, since only one export needs it

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]  # yaml has no types
        def increase_indent(self, **options: Any) -> None:
            super().increase_indent(**{**options, "indentless": False})

        def ignore_aliases(self, _: Any) -> bool:
            return True

        def choose_scalar_style(self) -> str:
            if self.event.style == "|":
                return "|"
            is_text = self.event.implicit != (True, False)  # else a number, true, false or null
            return '"' if is_text and not _PLAIN.fullmatch(self.event.value) else ""

        def write_double_quoted(self, text: str, *_: Any) -> None:
            self.write_indicator(_json(text), need_whitespace=True)

        def represent_mapping_or_function(self, tree: Tree) -> Any:
            (name, argument), *others = tree.items() or [("", None)]
            if others or not (name == "Ref" or name.startswith("Fn::")):
                return self.represent_dict(tree)
            if isinstance(argument, list) and name == "Fn::GetAtt":
                argument = ".".join(argument)  # the form that every reader knows
            node = self.represent_data(argument)
            node.tag, node.flow_style = f"!{name.removeprefix('Fn::')}", True
            return node

        def represent_block(self, text: Block) -> Any:
            return self.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")

    Dumper.add_representer(dict, Dumper.represent_mapping_or_function)
    Dumper.add_representer(Block, Dumper.represent_block)
    text = yaml.dump(template, Dumper=Dumper, sort_keys=False, width=float("inf"))
    # A blank line before each section and each of its parts: the first two levels.
    return re.sub(r"(?<!:)\n(?=( {2})?\S.*:\n)", "\n\n", text)


def _json(tree: Any, indent: int | None = None) -> str:
    """JSON that YAML reads alike, which allows fewer characters to stand as themselves.

    Characters beyond U+FFFF stay: JSON writes them as two escapes, which YAML does not join.
    """
    return "".join(
        character
        if character.isprintable() or character == "\n" or character > "\uffff"
        else f"\\u{ord(character):04x}"
        for character in json.dumps(tree, indent=indent, ensure_ascii=False)
    )
