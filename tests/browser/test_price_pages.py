"""Finance reads what a version of a price list changes."""

import pytest
from django.urls import reverse

from billing.models import PriceVersion
from billing.states import VersionState
from tests import factories
from tests.browser.conftest import DESK, PHONE, needs_browser
from tests.browser.test_held_messages import look

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]

STEPS = {
    "tier_mode": "marginal",
    "tier_scope": "CN",
    "tier_parts": [1_000_000, 3_000_000],
    "tier_micros": [45_000, 40_000],
}


@pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
def test_the_pages_of_a_price_list_read_well(visit):
    before = factories.PriceVersionFactory()
    draft = factories.PriceVersionFactory(list=before.list)
    factories.RateFactory(version=before)
    factories.RateFactory(version=before, country="GB", price_micros=340_000)
    factories.RateFactory(
        version=draft, message_class="marketing", price_micros=50_000, floor_micros=30_000, **STEPS
    )
    factories.RateFactory(version=draft, price_micros=50_000)
    PriceVersion.objects.filter(pk=before.pk).update(state=VersionState.PUBLISHED)
    visit.sign_in(factories.UserFactory(staff=True).email)

    compared = reverse("admin:billing_priceversion_compare", args=[draft.pk])
    look(visit, reverse("admin:billing_pricelist_change", args=[before.list_id]), "price-list")
    look(visit, reverse("admin:billing_priceversion_change", args=[before.pk]), "price-version")
    look(visit, compared, "prices-compared")
    importing = reverse("admin:billing_pricelist_import", args=[before.list_id])
    look(visit, importing, "prices-import")
