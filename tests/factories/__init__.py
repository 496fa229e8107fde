"""Rows for tests, one factory a model. A trait tells a story: MessageFactory(delivered=True).

Rows are written as they are, past every service: for tests that read. What a service decides is
tested through the service.
"""

from tests.factories.money import (
    DailyStatFactory,
    EntryFactory,
    LedgerHeadFactory,
    PackageFactory,
    PriceFactory,
    WalletFactory,
)
from tests.factories.people import (
    PASSWORD,
    AccountFactory,
    ApiKeyFactory,
    AuthenticatorFactory,
    DocumentFactory,
    EventFactory,
    MembershipFactory,
    ProjectFactory,
    QualificationFactory,
    UserFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
    code_of_app,
    staff,
)
from tests.factories.pipeline import (
    AttemptFactory,
    BatchFactory,
    CarrierFactory,
    ConsentEntryFactory,
    InboundFactory,
    MessageFactory,
    MessageTextFactory,
    PartFactory,
    ReceiptFactory,
    RouteCarrierFactory,
    RouteFactory,
    SuppressionFactory,
)
from tests.factories.texts import SignatureFactory, TemplateFactory, TemplateVersionFactory

__all__ = [
    "AccountFactory",
    "ApiKeyFactory",
    "AuthenticatorFactory",
    "DocumentFactory",
    "EventFactory",
    "MembershipFactory",
    "PASSWORD",
    "ProjectFactory",
    "QualificationFactory",
    "UserFactory",
    "WebhookDeliveryFactory",
    "WebhookEndpointFactory",
    "code_of_app",
    "staff",
    "SignatureFactory",
    "TemplateFactory",
    "TemplateVersionFactory",
    "DailyStatFactory",
    "EntryFactory",
    "LedgerHeadFactory",
    "PackageFactory",
    "PriceFactory",
    "WalletFactory",
    "AttemptFactory",
    "BatchFactory",
    "CarrierFactory",
    "ConsentEntryFactory",
    "InboundFactory",
    "MessageFactory",
    "MessageTextFactory",
    "PartFactory",
    "ReceiptFactory",
    "RouteCarrierFactory",
    "RouteFactory",
    "SuppressionFactory",
]
