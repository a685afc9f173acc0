"""The AWS account: observed, changed, asked for advice. The only importer of boto3 and botocore."""
