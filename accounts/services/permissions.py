"""Who may do what in an account: one table for its members and for its keys."""

from collections.abc import Mapping
from enum import StrEnum

from accounts.models import Account, Role, Scope


class Permission(StrEnum):
    """What no permission is named for is open to every member."""

    MESSAGES_READ = "messages.read"
    MESSAGES_SEND = "messages.send"
    RECIPIENTS_SEE = "recipients.see"
    CONTENT_READ = "content.read"
    CONTENT_EDIT = "content.edit"
    SUPPRESSION_READ = "suppression.read"
    SUPPRESSION_EDIT = "suppression.edit"
    CONSENT_READ = "consent.read"
    CONSENT_EDIT = "consent.edit"
    COUNTRIES_EDIT = "countries.edit"
    KEYS_MANAGE = "keys.manage"
    WEBHOOKS_MANAGE = "webhooks.manage"
    MEMBERS_MANAGE = "members.manage"
    COMPANY_READ = "company.read"
    COMPANY_EDIT = "company.edit"
    MONEY_SEE = "money.see"
    MONEY_SPEND = "money.spend"
    ACCOUNT_CLOSE = "account.close"


_EVERYBODY = frozenset(
    {
        Permission.MESSAGES_READ,
        Permission.CONTENT_READ,
        Permission.SUPPRESSION_READ,
        Permission.CONSENT_READ,
    }
)
_SENDER = _EVERYBODY | {
    Permission.MESSAGES_SEND,
    Permission.RECIPIENTS_SEE,
    Permission.CONTENT_EDIT,
    Permission.SUPPRESSION_EDIT,
    Permission.CONSENT_EDIT,
}
_MONEY = frozenset({Permission.MONEY_SEE, Permission.MONEY_SPEND})

OF_ROLE: Mapping[str, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission) - {Permission.ACCOUNT_CLOSE},
    Role.DEVELOPER: _SENDER
    | {Permission.KEYS_MANAGE, Permission.WEBHOOKS_MANAGE, Permission.MONEY_SEE},
    Role.SENDER: _SENDER,
    Role.FINANCE: _EVERYBODY | _MONEY,
    Role.VIEWER: _EVERYBODY,
}

OF_SCOPE: Mapping[str, frozenset[Permission]] = {
    Scope.SEND: frozenset({Permission.MESSAGES_SEND}),
    Scope.READ: frozenset({Permission.MESSAGES_READ, Permission.RECIPIENTS_SEE}),
    Scope.BALANCE: frozenset({Permission.MONEY_SEE}),
    Scope.TEMPLATES_READ: frozenset({Permission.CONTENT_READ}),
    Scope.TEMPLATES_WRITE: frozenset({Permission.CONTENT_EDIT}),
    Scope.SUPPRESSIONS_READ: frozenset({Permission.SUPPRESSION_READ, Permission.RECIPIENTS_SEE}),
    Scope.SUPPRESSIONS_WRITE: frozenset({Permission.SUPPRESSION_EDIT}),
    Scope.CONSENTS_READ: frozenset({Permission.CONSENT_READ, Permission.RECIPIENTS_SEE}),
    Scope.CONSENTS_WRITE: frozenset({Permission.CONSENT_EDIT}),
    Scope.QUALIFICATIONS_READ: frozenset({Permission.COMPANY_READ}),
    Scope.QUALIFICATIONS_WRITE: frozenset({Permission.COMPANY_EDIT}),
    Scope.TRIAL_NUMBERS: frozenset({Permission.KEYS_MANAGE}),
}


# What an account of a person never does: its owner acts alone.
NOT_FOR_PERSONS = frozenset({Permission.MEMBERS_MANAGE})


def may(role: str, permission: str, *, kind: str = Account.Kind.COMPANY) -> bool:
    """`kind` is the account's."""
    if kind == Account.Kind.PERSON and permission in NOT_FOR_PERSONS:
        return False
    return permission in OF_ROLE.get(role, frozenset())


def appointable(role: str) -> list[str]:
    """Roles that a member may give to others, and take from them: those that may no more."""
    own = OF_ROLE.get(role, frozenset())
    return [other for other, held in OF_ROLE.items() if held <= own]


def roles_with(permission: str, *, kind: str = Account.Kind.COMPANY) -> list[str]:
    return [role for role in OF_ROLE if may(role, permission, kind=kind)]


def grantable(role: str) -> list[str]:
    """Scopes that a member may give to a key: a key never may what its maker may not."""
    return [scope for scope, needs in OF_SCOPE.items() if needs <= OF_ROLE.get(role, frozenset())]
