"""Read-only questions about people and companies."""

from accounts.models import Membership, User


def memberships(*, user: User) -> list[Membership]:
    """Where the user belongs, each with its account, by the account's name."""
    found = Membership.objects.filter(user=user).select_related("account")
    return list(found.order_by("account__name", "account_id"))
