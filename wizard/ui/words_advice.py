"""The sentences of what AWS advises, by the code of the reason."""

SENTENCES = {
    "simulated": "The IAM policy simulator allows all {calls} actions that Genesys Cloud uses.",
    "denied-boundary": "The permissions boundary {boundary} denies {calls}.",
    "denied-boundary-hint": (
        "Ask the IAM administrator of this account to allow these calls in the boundary."
    ),
    "denied-organization": (
        "According to the simulator, which can be wrong here, a service control policy denies "
        "{calls}."
    ),
    "denied-organization-hint": (
        "If Genesys Cloud can't reach the bots, ask your AWS Organizations administrator to "
        "allow them."
    ),
    "denied-explicit": "A Deny statement in a policy of the role denies {calls}.",
    "denied-explicit-hint": "Remove the statement from the policy, or detach the policy.",
    "denied-implicit": "According to the simulator, no policy of the role allows {calls}.",
    "denied-implicit-hint": "See permissions.attachments and permissions.document.",
    "and-more": "{names} and {more} more",
    "trust.validated": "IAM Access Analyzer found no issues in the trust policy.",
    "trust.validated-finding": "IAM Access Analyzer on the trust policy: {finding}.",
    "permissions.validated": "IAM Access Analyzer found no issues in the policy document.",
    "permissions.validated-finding": "IAM Access Analyzer on the policy document: {finding}.",
    "see": "See {link}.",
    "see-console": "See the IAM console.",
    "file-finding": "IAM Access Analyzer on the policy file: {finding}.",
    "file-not-validated": "{why} The policy file was not validated.",
}
