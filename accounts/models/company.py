"""A customer company: what everything that is not staff's belongs to."""

import uuid
from typing import Any, Self

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import states
from accounts.models.person import User
from accounts.states import AccountState
from smsplatform.core.states import StateQuerySet


class AccountQuerySet(StateQuerySet):
    machine = states.ACCOUNT


class Account(models.Model):
    """A customer company. Everything that is not staff's belongs to one."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        PERSON = "person", _("person")

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=Kind.choices,
        default=Kind.COMPANY,
        db_default=Kind.COMPANY,
    )
    # What registers itself is not, until its first qualification was approved. It stays so:
    # papers that end later stop what needs them, not the account.
    is_live = models.BooleanField(_("live"), default=True, db_default=True)
    # The operator's own: the platform's own messages are sent by it, and cost nothing.
    is_house = models.BooleanField(_("the platform's own"), default=False, db_default=False)
    state = models.CharField(
        _("state"), max_length=12, choices=AccountState.choices, default=AccountState.ACTIVE
    )
    # Why it is not active, as its people read it.
    state_reason = models.CharField(
        _("reason of the state"), max_length=500, blank=True, default="", db_default=""
    )
    state_since = models.DateTimeField(_("in this state since"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, default="CN")
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    timezone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    may_send_text = models.BooleanField(_("may send free text"), default=False)
    # Of its own, which it may reach for real before it is live; and how often a day each.
    most_trial_numbers = models.PositiveSmallIntegerField(
        _("most trial numbers"), default=5, db_default=5
    )
    most_trial_messages = models.PositiveSmallIntegerField(
        _("most messages a day to a trial number"), default=10, db_default=10
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["is_house"], condition=models.Q(is_house=True), name="one_house"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ForAccountQuerySet(models.QuerySet[Any]):
    """Every customer-facing question starts here.

    Subclasses are at odds with mypy's plugin, which types `as_manager` anew for each of them.
    """

    def for_account(self, account: Account | int) -> Self:
        """An account, or its key."""
        return self.filter(account=account)


class Project(models.Model):
    """Keys, messages, statistics and invoice lines carry it; each account has one at least."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="projects", verbose_name=_("account")
    )
    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="project_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    ADMIN = "admin", _("administrator")
    DEVELOPER = "developer", _("developer")
    SENDER = "sender", _("sender")
    FINANCE = "finance", _("finance")
    VIEWER = "viewer", _("viewer")


class Membership(models.Model):
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("account")
    )
    public_id = models.UUIDField(
        _("public ID"), default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # To the hour.
    seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "account"], name="one_role_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.account} · {self.role}"
