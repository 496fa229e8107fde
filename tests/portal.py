"""Somebody at the portal's door."""

from datetime import UTC, datetime

from django.urls import reverse

from accounts.models import Role
from smsplatform.core import clock
from tests import factories


def sign_in(client, *, role=Role.OWNER, account=None):
    """Returns the account that the client now looks at."""
    membership = factories.MembershipFactory(
        role=role, account=account or factories.AccountFactory()
    )
    client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return membership.account


def confirm_password(client):
    """As a sensitive deed asks for it: good for five minutes."""
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})


def hold_clock(monkeypatch):
    """Asking the database for the time is a query that comes once a minute: not in a count."""
    now = datetime.now(UTC)
    monkeypatch.setattr(clock, "_source", lambda: now)
    return now
