"""Files that customers hand in as evidence."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import states
from accounts.models.company import Account, ForAccountQuerySet
from accounts.states import DocumentState
from smsplatform.core.states import StateQuerySet


class DocumentQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.DOCUMENT


class Document(models.Model):
    """One file. Its bytes lie sealed at `place`, which is random; its name is only a word."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="documents", verbose_name=_("account")
    )
    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("file name"), max_length=120)
    media_type = models.CharField(_("kind of file"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    place = models.CharField(max_length=60, unique=True, editable=False)
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=DocumentState.choices, default=DocumentState.QUARANTINED
    )
    problem = models.CharField(_("why refused"), max_length=40, blank=True)
    uploaded_by = models.CharField(_("uploaded by"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("uploaded"))
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    purged_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def is_clean(self) -> bool:
        return self.state == DocumentState.CLEAN
