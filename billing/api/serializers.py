"""The shapes of answers about money. They describe; billing.api.views builds."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from billing.models import Rate, Wallet
from billing.queries import Balances
from billing.services.pricing import Offered
from smsplatform.core import money

Document = dict[str, Any]


class MoneySerializer(serializers.Serializer[Document]):
    amount = serializers.CharField(help_text="exact decimal, at most six decimals", default="0.045")
    currency = serializers.CharField(help_text="ISO 4217", default="CNY")


class MoneyWalletSerializer(serializers.Serializer[Document]):
    unit = serializers.ChoiceField([Wallet.Unit.MICROS.value])
    balance = MoneySerializer()
    available = MoneySerializer(help_text="what can be spent: a credit line included")


class PackageWalletSerializer(serializers.Serializer[Document]):
    unit = serializers.ChoiceField([Wallet.Unit.PARTS.value])
    parts = serializers.IntegerField(help_text="message parts left")
    package = serializers.CharField(allow_null=True, help_text="what was bought")
    message_class = serializers.CharField(allow_null=True, help_text="null: any")
    country = serializers.CharField(allow_null=True, help_text="null: any")
    expires_at = serializers.DateTimeField(allow_null=True)


class BalanceSerializer(serializers.Serializer[Document]):
    currency = serializers.CharField(help_text="the account's currency")
    balance = MoneySerializer(help_text="the balance in the account's currency")
    wallets = PolymorphicProxySerializer(
        component_name="Wallet",
        serializers=[MoneyWalletSerializer, PackageWalletSerializer],
        resource_type_field_name=None,
        many=True,
    )


class PriceFilters(serializers.Serializer[Document]):
    country = serializers.RegexField("^[A-Z]{2}$", required=False, help_text="such as CN")


class StepSerializer(serializers.Serializer[Document]):
    above = serializers.IntegerField(help_text="so many parts of the month")
    price = MoneySerializer()


class TiersSerializer(serializers.Serializer[Document]):
    mode = serializers.ChoiceField(["marginal", "all_units"])
    counted_as = serializers.CharField(help_text="rows that say the same are counted together")
    steps = StepSerializer(many=True)


class PartPriceSerializer(serializers.Serializer[Document]):
    country = serializers.CharField(allow_null=True, help_text="null: any that is not named")
    message_class = serializers.CharField()
    prefix = serializers.CharField(help_text="first digits of the number; the longest wins")
    price = MoneySerializer(help_text="of one part")
    basis = serializers.ChoiceField(Rate.Basis.choices)
    tiers = TiersSerializer(allow_null=True)
    is_sample = serializers.BooleanField(help_text="only to look at: nothing is sent at it")


class PricesSerializer(serializers.Serializer[Document]):
    currency = serializers.CharField()
    prices = PartPriceSerializer(many=True)


def of_prices(found: Iterable[Offered], currency: str) -> Document:
    return {"currency": currency, "prices": [_of_price(one, currency) for one in found]}


def _of_price(one: Offered, currency: str) -> Document:
    tiers = one.quote.tiers
    return {
        "country": one.country or None,
        "message_class": one.message_class,
        "prefix": one.prefix,
        "price": money.as_json(one.quote.price_micros, currency),
        "basis": one.quote.basis,
        "tiers": tiers
        and {
            "mode": tiers.mode,
            "counted_as": tiers.scope,
            "steps": [
                {"above": above, "price": money.as_json(micros, currency)}
                for above, micros in tiers.steps
            ],
        },
        "is_sample": one.quote.is_sample,
    }


def of_balances(balances: Balances) -> Document:
    currency = balances.account.currency
    return {
        "currency": currency,
        "balance": money.as_json(balances.main.balance if balances.main else 0, currency),
        "wallets": [
            *(_of_money(wallet) for wallet in balances.money),
            *(_of_package(wallet) for wallet in balances.packages),
        ],
    }


def _of_money(wallet: Wallet) -> Document:
    return {
        "unit": wallet.unit,
        "balance": money.as_json(wallet.balance, wallet.currency),
        "available": money.as_json(max(0, wallet.balance - wallet.floor), wallet.currency),
    }


def _of_package(wallet: Wallet) -> Document:
    return {
        "unit": wallet.unit,
        "parts": wallet.balance,
        "package": wallet.package.name if wallet.package else None,
        "message_class": wallet.message_class or None,
        "country": wallet.country or None,
        "expires_at": wallet.expires_at.isoformat() if wallet.expires_at else None,
    }
