#!/bin/sh
# Connects one Genesys Cloud organization with Amazon Lex V2; from genesys-lex-wizard.
# Needs the AWS CLI and credentials that may create roles and policies. Stops at the
# first failure; prints the ARN of the role.
#
# <summary>

set -eu

# Ask nothing, page nothing.
export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# The JSON object $1 with one more key, $2, whose value is the text $3.
with() {
  text=$(printf '%s\n' "$3" | sed 's/[\\"]/\\&/g' | tr -d '\n')
  printf '%s, "%s": "%s"}' "${1%?}" "$2" "$text"
}

# Whose account is this? The answer is like arn:aws:iam::123456789012:user/somebody.
caller=$(aws sts get-caller-identity --query Arn --output text)
case $caller in
  arn:aws:*) ;;
  *) fail "Genesys Cloud lives in the partition aws and can't use a role of another: $caller" ;;
esac
<account_id?>case $caller in
<account_id?>  arn:aws:iam::<account_id>:* | arn:aws:sts::<account_id>:*) ;;
<account_id?>  *) fail "This script is for the AWS account <account_id>, not for that of $caller" ;;
<account_id?>esac

# The role, with nothing attached to it yet.
trust_policy=<trust_policy>
role=<role>
role_arn=$(aws iam create-role --query Role.Arn --output text \
  --cli-input-json "$(with "$role" AssumeRolePolicyDocument "$trust_policy")")

# The customer managed policy.
lex_policy=<lex_policy>
policy=<policy>
policy_arn=$(aws iam create-policy --query Policy.Arn --output text \
  --cli-input-json "$(with "$policy" PolicyDocument "$lex_policy")")

# IAM takes a moment to show what was just made.
aws iam wait role-exists --cli-input-json <role_name>
aws iam wait policy-exists --cli-input-json "{\"PolicyArn\": \"$policy_arn\"}"

# Rights come last: until here the role may do nothing.
<attach>

printf '%s\n' "$role_arn"

<account_id?># How to take it away:
<!account_id?># How to take it away (<account-id> is the number of the account, 12 digits):
#
# <removal>
