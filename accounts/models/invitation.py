"""Somebody is asked by mail to act for an account."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.company import Account, ForAccountQuerySet, Role
from accounts.models.person import User


class InvitationQuerySet(ForAccountQuerySet):
    def waiting(self) -> Self:
        """Neither accepted nor withdrawn; it may have run out."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)

    def valid(self, now: datetime) -> Self:
        return self.waiting().filter(expires_at__gt=now)


class Invitation(models.Model):
    """Its link carries the nonce, signed: sending it again makes older links worthless."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("account")
    )
    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    # In lower case.
    email = models.EmailField(_("e-mail"), max_length=254)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    language = models.CharField(_("language"), max_length=10, blank=True)
    nonce = models.CharField(max_length=32, editable=False)
    invited_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("invited"))
    sent_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("accepted by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invited_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.account}"
