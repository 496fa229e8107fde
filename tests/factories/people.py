"""Users, companies, keys, webhooks."""

import time
from datetime import timedelta
from hashlib import sha256

import factory
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp_auth
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory

from accounts import models as accounts
from accounts.states import DeliveryState, DocumentState, QualificationState
from smsplatform.core import clock, ids, vault
from tests.factories.shared import any_of

PASSWORD = "correct horse battery staple"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class EmailAddressFactory(DjangoModelFactory):
    class Meta:
        model = EmailAddress

    email = SelfAttribute("user.email")
    verified = True
    primary = True


def code_of_app(*, ahead=0):
    """What the authenticator app of everybody here shows now, or so many codes later."""
    counter = int(time.time()) // 30 + ahead
    return totp_auth.format_hotp_value(totp_auth.hotp_value(TOTP_SECRET, counter))


class AuthenticatorFactory(DjangoModelFactory):
    """An authenticator app. Whoever has one enters `code_of_app()` to sign in."""

    class Meta:
        model = Authenticator

    user = SubFactory("tests.factories.people.UserFactory")
    type = Authenticator.Type.TOTP
    data = LazyFunction(lambda: {"secret": vault.seal(TOTP_SECRET)})


class UserFactory(DjangoModelFactory):
    """Their e-mail address is verified: without that nobody signs in."""

    class Meta:
        model = accounts.User
        skip_postgeneration_save = True

    address = factory.RelatedFactory(EmailAddressFactory, factory_related_name="user")

    email = factory.Sequence("user{}@example.com".format)
    name = "Li Wei"
    password = factory.django.Password(PASSWORD)

    class Params:
        staff = Trait(
            is_staff=True,
            is_superuser=True,
            app=factory.RelatedFactory(AuthenticatorFactory, factory_related_name="user"),
        )


def staff(email, password=None, **fields):
    """Somebody who may open the desk: with a second factor, which it asks for."""
    rights = {"is_staff": True, "is_superuser": True, **fields}
    user = accounts.User.objects.create_user(email, password, **rights)
    AuthenticatorFactory(user=user)
    return user


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Account

    name = factory.Sequence("Example Trading {}".format)


class ProjectFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Project

    account = SubFactory(AccountFactory)
    name = factory.Sequence("Project {}".format)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Membership

    user = SubFactory(UserFactory)
    account = SubFactory(AccountFactory)
    role = accounts.Role.OWNER
    seen_at = LazyFunction(clock.now)


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Invitation

    account = SubFactory(AccountFactory)
    email = factory.Sequence("invited{}@example.com".format)
    role = accounts.Role.VIEWER
    nonce = factory.Sequence("{:032}".format)
    created_at = LazyFunction(clock.now)
    sent_at = SelfAttribute("created_at")
    expires_at = LazyAttribute(lambda row: row.created_at + timedelta(days=7))


class QualificationFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Qualification

    account = SubFactory(AccountFactory)
    name = SelfAttribute("account.name")
    registration_number = factory.Sequence("9131{:014}".format)
    state = QualificationState.APPROVED
    decided_at = LazyFunction(clock.now)


class DocumentFactory(DjangoModelFactory):
    """A row without a file behind it."""

    class Meta:
        model = accounts.Document

    account = SubFactory(AccountFactory)
    name = "licence.jpg"
    media_type = "image/jpeg"
    size = 1000
    digest = "0" * 64
    place = factory.Sequence("00/{:040}".format)
    state = DocumentState.CLEAN
    created_at = LazyFunction(clock.now)


class ApiKeyFactory(DjangoModelFactory):
    """`token` is what a caller would send; only its hash is kept."""

    class Meta:
        model = accounts.ApiKey

    class Params:
        token = factory.Sequence("sms_test{:04}_secret".format)

    project = any_of(ProjectFactory, "account")
    account = SubFactory(AccountFactory)
    name = "production"
    prefix = LazyAttribute(lambda key: key.token[:12])
    digest = LazyAttribute(lambda key: sha256(key.token.encode()).digest())
    scopes = factory.List([scope.value for scope in accounts.Scope])


class PhoneCodeFactory(DjangoModelFactory):
    class Meta:
        model = accounts.PhoneCode

    number = "+8613800138000"
    purpose = accounts.PhoneCode.Purpose.PERSON
    asked_by = "user:1"
    language = "en"
    created_at = LazyFunction(clock.now)
    expires_at = LazyAttribute(lambda code: code.created_at + timedelta(minutes=5))


class TrialNumberFactory(DjangoModelFactory):
    class Meta:
        model = accounts.TrialNumber

    account = SubFactory(AccountFactory)
    number = Sequence(lambda n: f"+86139{n:08d}")
    proved_at = LazyFunction(clock.now)
    proved_by = "user:1"


class EventFactory(DjangoModelFactory):
    class Meta:
        model = accounts.Event

    class Params:
        message = None

    id = LazyAttribute(lambda event: ids.one(event.created_at))
    account = SubFactory(AccountFactory)
    kind = "message.cancelled"
    subject_id = LazyAttribute(lambda event: event.message.id)
    actor = "Li Wei"
    created_at = LazyFunction(clock.now)


class WebhookEndpointFactory(DjangoModelFactory):
    class Meta:
        model = accounts.WebhookEndpoint

    account = SubFactory(AccountFactory)
    url = "https://hooks.example.com/sms"
    sealed_secret = ""


class WebhookDeliveryFactory(DjangoModelFactory):
    class Meta:
        model = accounts.WebhookDelivery

    class Params:
        message = None
        delivered = Trait(
            state=DeliveryState.DELIVERED,
            tries=1,
            last_status=200,
            finished_at=LazyAttribute(lambda row: row.created_at + timedelta(seconds=1)),
        )
        dead = Trait(
            state=DeliveryState.DEAD,
            tries=10,
            last_status=503,
            last_error="503 Service Unavailable",
            finished_at=LazyAttribute(lambda row: row.created_at + timedelta(hours=75)),
        )

    id = LazyAttribute(lambda row: ids.one(row.created_at))
    account = SelfAttribute("message.account")
    subject_id = SelfAttribute("message.id")
    endpoint = any_of(WebhookEndpointFactory, "account")
    kind = LazyAttribute(lambda row: f"message.{row.message.state}")
    payload = "{}"
    due_at = SelfAttribute("created_at")
    created_at = LazyAttribute(lambda row: row.message.finished_at or clock.now())
