"""Something of a new account, for whoever asks after what is not theirs: the arguments of its
address."""

from collections.abc import Callable
from typing import Any

from accounts.services import inviting, terms
from tests import factories


def a_message() -> dict[str, Any]:
    return {"message_id": factories.MessageFactory().id}


def a_batch() -> dict[str, Any]:
    return {"batch_id": factories.BatchFactory().id}


def an_order() -> dict[str, Any]:
    return {"order_id": factories.OrderFactory().public_id}


def an_offer() -> dict[str, Any]:
    """In a currency that nobody else has."""
    return {"offer_id": factories.OfferFactory(currency="XTS").pk}


def a_signature() -> dict[str, Any]:
    return {"signature_id": factories.SignatureFactory().public_id}


def a_template() -> dict[str, Any]:
    return {"template_id": factories.TemplateFactory().public_id}


def a_qualification(**more: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"public_id": factories.QualificationFactory().public_id, **more}


def an_api_qualification(**more: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"qualification_id": factories.QualificationFactory().public_id, **more}


def an_api_key() -> dict[str, Any]:
    return {"prefix": factories.ApiKeyFactory().prefix}


def a_trial_number() -> dict[str, Any]:
    return {"number_id": factories.TrialNumberFactory().public_id}


def an_endpoint(**more: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"endpoint_id": factories.WebhookEndpointFactory().public_id, **more}


def an_invoice(**more: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"number": factories.InvoiceFactory().number, **more}


def a_fapiao() -> dict[str, Any]:
    return {"public_id": factories.FapiaoFactory().public_id}


def an_import(what: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"import_id": factories.ImportFactory(what=what).id}


def a_member() -> dict[str, Any]:
    return {"member_id": factories.MembershipFactory().public_id}


def an_invitation() -> dict[str, Any]:
    return {"invitation_id": factories.InvitationFactory().public_id}


def a_link() -> dict[str, Any]:
    return {"token": inviting.token(factories.InvitationFactory())}


def a_document() -> dict[str, Any]:
    return {"public_id": factories.DocumentFactory().public_id}


def an_opened_country() -> dict[str, Any]:
    return {"country": factories.OpenedCountryFactory().country}


def a_suppression() -> dict[str, Any]:
    return {"suppression_id": factories.SuppressionFactory().id}


def a_text() -> dict[str, Any]:
    terms.install()
    return {"kind": "terms"}


def a_carrier() -> dict[str, Any]:
    return {"carrier_id": factories.CarrierFactory().pk, "secret": "guessed"}
