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
    DocumentFactory,
    EventFactory,
    MembershipFactory,
    ProjectFactory,
    QualificationFactory,
    UserFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)
from tests.factories.pipeline import (
    AttemptFactory,
    BatchFactory,
    CarrierFactory,
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
    "DocumentFactory",
    "EventFactory",
    "MembershipFactory",
    "PASSWORD",
    "ProjectFactory",
    "QualificationFactory",
    "UserFactory",
    "WebhookDeliveryFactory",
    "WebhookEndpointFactory",
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
    "MessageFactory",
    "MessageTextFactory",
    "PartFactory",
    "ReceiptFactory",
    "RouteCarrierFactory",
    "RouteFactory",
    "SuppressionFactory",
]
