"""Read-only questions about people and companies."""

from accounts.models import Membership, User


def memberships(*, user: User) -> list[Membership]:
    """Where the user belongs, each with its account; first where they joined first."""
    found = Membership.objects.filter(user=user).select_related("account")
    return list(found.order_by("id"))
