"""The sentences of what AWS advises, by the code of the reason."""

SENTENCES = {
    "simulated": "IAM's simulator lets the role make the {calls} calls that Genesys makes.",
    "denied-boundary": "The permissions boundary {boundary} denies {calls}.",
    "denied-boundary-hint": "Ask whoever administers IAM in this account to allow these calls in "
    "the boundary.",
    "denied-organization": "By the simulator's word, which can be wrong here, a service control "
    "policy denies {calls}.",
    "denied-organization-hint": "If Genesys gets no answer, ask whoever manages AWS Organizations "
    "to allow them.",
    "denied-explicit": "A Deny statement in a policy of the role denies {calls}.",
    "denied-explicit-hint": "Take the statement out of the policy, or detach the policy that has "
    "it.",
    "denied-implicit": "By the simulator's word no policy of the role allows {calls}.",
    "denied-implicit-hint": "See permissions.attachments and permissions.document.",
    "and-more": "{names} and {more} more",
    "trust.validated": "IAM Access Analyzer finds nothing wrong with the trust policy.",
    "trust.validated-finding": "IAM Access Analyzer on the trust policy: {finding}.",
    "permissions.validated": "IAM Access Analyzer finds nothing wrong with the policy's document.",
    "permissions.validated-finding": "IAM Access Analyzer on the policy's document: {finding}.",
    "see": "See {link}.",
    "see-console": "See the IAM console.",
    "file-finding": "IAM Access Analyzer on the policy file: {finding}.",
    "file-not-validated": "{why} The policy file was not validated.",
}
