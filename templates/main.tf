# Connects one Genesys Cloud organization with Amazon Lex V2; from genesys-lex-wizard.
#
# With the defaults of its variables, this file:
#
# <summary>

terraform {
  required_version = ">= 1.2"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
  }
}

<account_id?>data "aws_caller_identity" "current" {}
<account_id?>
variable "genesys_org_id" {
  description = "The ID of the Genesys Cloud organization, in lower case. Only this organization can use the role."
  type        = string
  default     = <org_id>

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.genesys_org_id))
    error_message = "It must be a UUID in lower case, such as 1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809."
  }
}

variable "genesys_account_id" {
  description = "The AWS account of Genesys Cloud. Whoever owns this account can use the role: leave it as it is unless Genesys says otherwise."
  type        = string
  default     = <genesys_account_id>

  validation {
    condition     = can(regex("^[0-9]{12}$", var.genesys_account_id))
    error_message = "It must be 12 digits."
  }
}

variable "role_name" {
  description = "The name of the IAM role."
  type        = string
  default     = <role_name>

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", var.role_name))
    error_message = "It must be 1 to 64 of A-Z a-z 0-9 + = , . @ _ - and nothing else."
  }
}

variable "policy_name" {
  description = "The name of the customer managed policy."
  type        = string
  default     = <policy_name>

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@-]{1,128}$", var.policy_name))
    error_message = "It must be 1 to 128 of A-Z a-z 0-9 + = , . @ _ - and nothing else."
  }
}

variable "permissions_boundary_arn" {
  description = "The ARN of a policy that bounds what the role may do; may be null."
  type        = string
  default     = <permissions_boundary>

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws:iam::(aws|[0-9]{12}):policy/([!-~]+/)?[A-Za-z0-9_+=,.@-]{1,128}$", var.permissions_boundary_arn))
    error_message = "It must be null or the ARN of a managed policy."
  }
}

locals {
  trust_policy = <trust_policy>

  lex_policy = <lex_policy>
}

resource "aws_iam_policy" "genesys" {
  name        = var.policy_name
  path        = <policy_path>
<policy_description?>  description = <policy_description>
  policy      = jsonencode(local.lex_policy)

  tags = <policy_tags>
}

resource "aws_iam_role" "genesys" {
  name                 = var.role_name
  path                 = <role_path>
<role_description?>  description          = <role_description>
  assume_role_policy   = jsonencode(local.trust_policy)
  permissions_boundary = var.permissions_boundary_arn

  tags = <role_tags>
<account_id?>
<account_id?>  lifecycle {
<account_id?>    precondition {
<account_id?>      condition     = data.aws_caller_identity.current.account_id == "<account_id>"
<account_id?>      error_message = "This file was made for the AWS account <account_id>."
<account_id?>    }
<account_id?>  }
}

<attachments>

output "role_arn" {
  description = "Give this ARN to the administrator of Genesys Cloud."
  value       = aws_iam_role.genesys.arn
}

output "external_id" {
  description = "The Genesys Cloud organization ID that the role asks for."
  value       = var.genesys_org_id
}

<account_id?># If the role exists already, let Terraform take it over before the first apply:
<!account_id?># If the role exists already, let Terraform take it over before the first apply (<account-id> is the number of your AWS account):
#
# terraform import aws_iam_role.genesys <import_role>
# terraform import aws_iam_policy.genesys <import_policy>
# <import_attachments>
