"""One message on its whole way, through the processes that `make run` starts."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.flows import running
from tests.flows.running import STOP_SECONDS, Running

FINAL_SECONDS = 30
PRICE = Decimal("0.045")


def test_a_message_goes_all_the_way_from_the_request_to_the_invoice() -> None:
    with running.installation() as platform:
        with platform:
            message = send_one(platform)
            the_price_left_the_balance(platform, message)
            the_customer_was_told(platform, message)
            the_day_counts_it(platform)
            an_invoice_bills_it(platform)
            everything_agrees(platform)
            assert platform.stop() < STOP_SECONDS
        assert platform.processes() == []
        the_next_start_keeps_all_of_it(platform, message)


def send_one(platform: Running) -> dict[str, Any]:
    """The answer to the request, and what became of it."""
    template = platform.facts["template"]
    before = Decimal(platform.balance())
    accepted = platform.send(
        "order-1", to="+8613900139000", template=template["code"], params=template["params"]
    )["messages"][0]
    assert Decimal(accepted["price"]["amount"]) == PRICE
    message = platform.wait(lambda: ended(platform, accepted["id"]), FINAL_SECONDS)
    assert message["state"] == "delivered"
    assert message["accepted_at"] <= message["sent_at"] <= message["finished_at"]
    return {**message, "balance_before": before}


def ended(platform: Running, message_id: str) -> dict[str, Any] | None:
    message = platform.message(message_id)
    return message if message["finished_at"] else None


def the_price_left_the_balance(platform: Running, message: dict[str, Any]) -> None:
    assert Decimal(platform.balance()) == message["balance_before"] - PRICE


def the_customer_was_told(platform: Running, message: dict[str, Any]) -> None:
    def told() -> list[dict[str, Any]]:
        return [one for one in platform.webhooks() if message["id"] in one["body"]]

    post = platform.wait(told, FINAL_SECONDS)[0]
    event = Webhook(platform.facts["webhook_secret"]).verify(post["body"], post["headers"])
    assert (event["type"], event["data"]["id"]) == ("message.delivered", message["id"])
    with pytest.raises(Exception, match="signature"):
        Webhook("whsec_" + "A" * 32).verify(post["body"], post["headers"])


def the_day_counts_it(platform: Running) -> None:
    today = datetime.now(UTC).date()
    done = platform.manage(
        "rebuild_stats", f"--from={today}", f"--until={today + timedelta(days=2)}"
    )
    assert done.returncode == 0, done.stderr
    counted = platform.ask(
        "SELECT sum(messages), sum(price_micros) FROM reports_dailystat WHERE state = 'delivered'"
    )
    assert counted == [(2, 90_000)]  # the first message of the start, and this one


def an_invoice_bills_it(platform: Running) -> None:
    until = datetime.now(UTC).date() + timedelta(days=2)
    done = platform.manage("close_invoices", f"--until={until}")
    assert done.returncode == 0, done.stderr
    billed = platform.ask(
        "SELECT i.net_micros, i.payable_cents, sum(l.count) FROM billing_invoice i"
        " JOIN billing_invoiceline l ON l.invoice_id = i.id"
        " WHERE i.currency = 'CNY' GROUP BY i.id"
    )
    assert billed == [(90_000, 9, 2)]


def everything_agrees(platform: Running) -> None:
    verified = platform.manage("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    examined = platform.manage("doctor")
    assert examined.returncode == 0, examined.stdout + examined.stderr


def the_next_start_keeps_all_of_it(platform: Running, message: dict[str, Any]) -> None:
    key = json.loads((platform.var / "demo.json").read_text())["api_key"]
    with platform:
        assert platform.facts["api_key"] == key
        assert platform.message(message["id"])["state"] == "delivered"
        # Two of the first life, and the first message of this one.
        assert Decimal(platform.balance()) == Decimal("1000.00") - 3 * PRICE
    assert platform.processes() == []
