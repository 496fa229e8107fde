"""Who may do what: users, the companies they act for, keys, and where events are told."""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts import states
from accounts.states import AccountState, DeliveryState, QualificationState
from smsplatform.core.states import StateQuerySet


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in by e-mail; belongs to accounts through memberships."""

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="email_once")]

    def __str__(self) -> str:
        return self.email


class AccountQuerySet(StateQuerySet):
    machine = states.ACCOUNT


class Account(models.Model):
    """A customer company. Everything that is not staff's belongs to one."""

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=150)
    state = models.CharField(
        _("state"), max_length=12, choices=AccountState.choices, default=AccountState.ACTIVE
    )
    country = models.CharField(_("country"), max_length=2, default="CN")
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    timezone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    may_send_text = models.BooleanField(_("may send free text"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

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
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "account"], name="one_role_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.account} · {self.role}"


class QualificationQuerySet(StateQuerySet, ForAccountQuerySet):  # type: ignore[override]
    machine = states.QUALIFICATION


class Qualification(models.Model):
    """What proves who the company is. The approved version stays in force until replaced."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        PERSON = "person", _("person")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="qualifications", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.COMPANY)
    name = models.CharField(_("registered name"), max_length=150)
    # 统一社会信用代码 in China, the company number elsewhere.
    registration_number = models.CharField(_("registration number"), max_length=40)
    country = models.CharField(_("country"), max_length=2, default="CN")
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=QualificationState.choices,
        default=QualificationState.DRAFT,
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_until_date = models.DateField(_("valid until"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "registration_number", "version"], name="qualification_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Scope(models.TextChoices):
    """What a key may do."""

    SEND = "messages:send", _("send messages")
    READ = "messages:read", _("read messages")
    BALANCE = "balance:read", _("read the balance")


class ApiKey(models.Model):
    """Shown once, stored as SHA-256: 256 random bits need no slow hash."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("account")
    )
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=80)
    # What people and logs may see: enough to recognise a key, nothing to use it.
    prefix = models.CharField(_("prefix"), max_length=24, unique=True)
    digest = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope.choices),
        default=list,
        verbose_name=_("scopes"),
    )
    allowed_networks = ArrayField(
        models.CharField(max_length=43), default=list, blank=True, verbose_name=_("IP list")
    )
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Event(models.Model):
    """An act of a person, a policy or the resolver. The rows tell what machines do all day."""

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=40)
    subject_id = models.UUIDField(_("subject"))
    actor = models.CharField(_("actor"), max_length=200)
    facts = models.JSONField(_("facts"), default=dict)
    created_at = models.DateTimeField(_("time"))

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["subject_id"], name="event_by_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


MOST_PER_POST = 100


class WebhookEndpoint(models.Model):
    """Where an account wants to be told. `kinds` empty means every kind."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="endpoints", verbose_name=_("account")
    )
    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    url = models.CharField(_("address"), max_length=2048)
    kinds = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("kinds")
    )
    sealed_secret = models.TextField(_("secret"), editable=False)
    disabled_at = models.DateTimeField(_("disabled"), null=True, blank=True)
    disabled_reason = models.CharField(_("why"), max_length=80, blank=True)
    # With more than one, a post is an envelope of so many events at most.
    most_per_post = models.PositiveSmallIntegerField(
        _("events per post, at most"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PER_POST)],
    )
    # Consecutive; at two the sender narrows from 64 posts at once to 2.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ForAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(most_per_post__range=(1, MOST_PER_POST)),
                name="endpoint_most_per_post",
            )
        ]

    def __str__(self) -> str:
        return self.url


class DeliveryQuerySet(StateQuerySet):
    machine = states.DELIVERY


class WebhookDelivery(models.Model):
    """One event for one endpoint, and the queue of what is still to be told.

    Partitioned by subject, so that a message's deliveries go when the message goes; the primary key
    in the database is (subject_id, id). `id` is the webhook-id: the same on every try.
    """

    id = models.UUIDField(_("ID"), primary_key=True, editable=False)
    subject_id = models.UUIDField(_("subject"))
    account = models.ForeignKey(
        Account,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="deliveries",
        verbose_name=_("endpoint"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    payload = models.TextField(_("body"))
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"))
    # Whoever claimed it may try it until then. No index knows of it, so a claim touches none.
    leased_until = models.DateTimeField(_("being tried until"), null=True)
    last_status = models.PositiveSmallIntegerField(_("last HTTP status"), null=True)
    last_error = models.CharField(_("last error"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("planned"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")

    def __str__(self) -> str:
        return f"{self.kind} → {self.endpoint_id}"
