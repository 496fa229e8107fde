"""Signatures and templates."""

import factory
from factory import LazyFunction, SelfAttribute, SubFactory
from factory.django import DjangoModelFactory

from smsplatform.core import clock
from templates_app import models as templates
from templates_app.states import ReviewState, VersionState
from tests.factories.people import AccountFactory


class SignatureFactory(DjangoModelFactory):
    class Meta:
        model = templates.Signature

    account = SubFactory(AccountFactory)
    text = factory.Sequence("示例商贸{}".format)
    state = ReviewState.APPROVED


class FilingPackFactory(DjangoModelFactory):
    class Meta:
        model = templates.FilingPack

    operator = "mobile"
    created_at = LazyFunction(clock.now)


class FilingImportFactory(DjangoModelFactory):
    class Meta:
        model = templates.FilingImport

    operator = "mobile"
    name = "results.xlsx"
    created_at = LazyFunction(clock.now)


class TemplateFactory(DjangoModelFactory):
    class Meta:
        model = templates.Template

    account = SubFactory(AccountFactory)
    code = factory.Sequence("SMS_{:04}".format)
    name = "Sign-in code"
    message_class = templates.MessageClass.VERIFICATION
    body = "您的验证码是${code}，5分钟内有效。"
    variables = LazyFunction(lambda: [{"name": "code", "type": "code"}])
    state = ReviewState.APPROVED


class TemplateVersionFactory(DjangoModelFactory):
    """What is in force, as its template keeps it."""

    class Meta:
        model = templates.TemplateVersion

    template = SubFactory(TemplateFactory)
    number = SelfAttribute("template.version")
    body = SelfAttribute("template.body")
    variables = SelfAttribute("template.variables")
    state = VersionState.APPROVED
    created_at = LazyFunction(clock.now)
