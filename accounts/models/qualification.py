"""What proves who a company is, and who may act for it."""

import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import states
from accounts.models.company import Account, ForAccountQuerySet
from accounts.models.document import Document
from accounts.states import QualificationState
from smsplatform.core.states import StateQuerySet

_Q = QualificationState
# The versions that their customer may still change, and those with a way to go.
EDITABLE = (_Q.DRAFT, _Q.NEEDS_MORE)
UNDER_WAY = (_Q.DRAFT, _Q.NEEDS_MORE, _Q.IN_REVIEW)


class QualificationQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.QUALIFICATION

    def in_force(self) -> "QualificationQuerySet":
        return self.filter(state=QualificationState.APPROVED)


class Qualification(models.Model):
    """One version of one company's papers. `lineage` is the same in all its versions; of these
    one at most is in force, and one at most under way."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        PERSON = "person", _("person")

    class CompanyType(models.TextChoices):
        COMPANY = "company", _("limited or listed company")
        SOLE_TRADER = "sole_trader", _("sole trader")
        NON_PROFIT = "non_profit", _("non-profit organisation")
        GOVERNMENT = "government", _("government body")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="qualifications", verbose_name=_("account")
    )
    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    lineage = models.UUIDField(_("lineage"), default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.COMPANY)
    # Which pack of rules applies: accounts.services.requirements.
    country = models.CharField(_("country"), max_length=2, default="CN")
    name = models.CharField(_("registered name"), max_length=150, blank=True)
    company_type = models.CharField(
        _("type of company"), max_length=12, choices=CompanyType.choices, blank=True
    )
    # 统一社会信用代码 in China, the company number elsewhere.
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    licence_from_date = models.DateField(_("licence valid from"), null=True, blank=True)
    licence_until_date = models.DateField(_("licence valid until"), null=True, blank=True)
    is_licence_endless = models.BooleanField(_("licence without end"), default=False)
    # Else the account acts for the company, by the letter.
    for_self = models.BooleanField(_("for the account itself"), default=True)
    letter_from_date = models.DateField(_("letter valid from"), null=True, blank=True)
    letter_until_date = models.DateField(_("letter valid until"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=QualificationState.choices,
        default=QualificationState.DRAFT,
    )
    # The last whole day on which every paper is valid; None: no paper has an end.
    valid_until_date = models.DateField(_("valid until"), null=True, blank=True)
    # The last reminder sent, in days before the end.
    reminded_days = models.PositiveSmallIntegerField(_("reminded, days"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        constraints = [
            models.UniqueConstraint(fields=["lineage", "version"], name="qualification_version"),
            models.UniqueConstraint(
                fields=["lineage"], condition=Q(state="approved"), name="qualification_in_force"
            ),
            models.UniqueConstraint(
                fields=["lineage"],
                condition=Q(state__in=["draft", "needs_more", "in_review"]),
                name="qualification_under_way",
            ),
        ]
        indexes = [
            # The same company at several accounts.
            models.Index(fields=["registration_number"], name="qualification_by_number"),
            # What runs out.
            models.Index(
                fields=["valid_until_date"],
                condition=Q(state="approved"),
                name="qualification_ending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE

    @property
    def is_company(self) -> bool:
        return self.kind == self.Kind.COMPANY

    def has_ended(self, today: date) -> bool:
        return self.valid_until_date is not None and self.valid_until_date < today


class QualificationPerson(models.Model):
    """The legal person, or who handles the matter. The number is sealed; `fingerprint` finds it
    again (core.vault.fingerprints)."""

    class Role(models.TextChoices):
        LEGAL = "legal", _("legal representative")
        HANDLER = "handler", _("handler")

    class IdType(models.TextChoices):
        IDENTITY_CARD = "identity_card", _("identity card")
        PASSPORT = "passport", _("passport")
        RETURN_PERMIT = "return_permit", _("home return permit")
        TAIWAN_PERMIT = "taiwan_permit", _("Taiwan compatriot permit")
        RESIDENCE_PERMIT = "residence_permit", _("residence permit")
        OTHER = "other", _("other document")

    qualification = models.ForeignKey(
        Qualification,
        on_delete=models.CASCADE,
        related_name="people",
        verbose_name=_("qualification"),
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices)
    name = models.CharField(_("name"), max_length=50, blank=True)
    id_type = models.CharField(_("document"), max_length=16, choices=IdType.choices, blank=True)
    sealed_id_number = models.TextField(editable=False, blank=True)
    fingerprint = models.CharField(max_length=64, editable=False, blank=True)
    # The last four: what the customer is shown of it again.
    id_tail = models.CharField(_("ends in"), max_length=4, blank=True)
    valid_until_date = models.DateField(_("valid until"), null=True, blank=True)
    is_endless = models.BooleanField(_("without end"), default=False)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    # When a code that went there came back; of another number it says nothing.
    phone_proved_at = models.DateTimeField(_("phone proved"), null=True, blank=True)

    class Meta:
        verbose_name = _("person of a qualification")
        verbose_name_plural = _("persons of qualifications")
        constraints = [
            models.UniqueConstraint(fields=["qualification", "role"], name="person_role_once")
        ]
        indexes = [models.Index(fields=["fingerprint"], name="person_by_fingerprint")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.name}"


class QualificationDocument(models.Model):
    """A document as evidence of one version; versions share documents."""

    class Purpose(models.TextChoices):
        LICENCE = "licence", _("business licence")
        LEGAL_FRONT = "legal_front", _("legal representative's document, front")
        LEGAL_BACK = "legal_back", _("legal representative's document, back")
        HANDLER_FRONT = "handler_front", _("handler's document, front")
        HANDLER_BACK = "handler_back", _("handler's document, back")
        LETTER = "letter", _("authorisation letter")
        FINANCE_PERMIT = "finance_permit", _("finance permit")
        PRESALE_PERMIT = "presale_permit", _("pre-sale permit of a building")
        GAME_PERMIT = "game_permit", _("publication permit of a game")
        SCHOOL_PERMIT = "school_permit", _("permit of a school")
        MEDICAL_PERMIT = "medical_permit", _("permit of a medical institution")
        OTHER = "other", _("other")

    qualification = models.ForeignKey(
        Qualification,
        on_delete=models.CASCADE,
        related_name="papers",
        verbose_name=_("qualification"),
    )
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="uses", verbose_name=_("document")
    )
    purpose = models.CharField(_("what it is"), max_length=16, choices=Purpose.choices)

    class Meta:
        verbose_name = _("paper of a qualification")
        verbose_name_plural = _("papers of qualifications")
        constraints = [
            models.UniqueConstraint(fields=["qualification", "document"], name="paper_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.document_id}"
