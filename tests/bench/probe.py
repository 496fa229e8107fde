"""What the services do a second in one database, without a network in between. Prints JSON.

    python -m tests.bench.probe rates           accept, claim, record, receipts, webhooks
    python -m tests.bench.probe explain FILE    EXPLAIN (ANALYZE, BUFFERS) of every statement
    python -m tests.bench.probe doors           a key, a session and messages to ask for

Run with Django's environment set. Everything it accepts comes to its end: the database stays whole.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

REQUESTS_A_GROUP = 20
RECIPIENTS = 50
GROUPS = 20
CLAIM = 500
LOOKED_AT = 300


class Line:
    """One customer and one carrier, driven by hand; seconds are counted by step."""

    def __init__(self) -> None:
        from accounts.models import Account
        from messaging.models import Carrier
        from messaging.services import leases
        from smsplatform.core import clock
        from tests import world

        self.clock = clock
        self.account = Account.objects.order_by("id").first()
        project = self.account.projects.first()
        from accounts.services import keys

        self.key_text = keys.create(project=project, name="Probe")[1]
        carrier = Carrier.objects.first() or world.make_carrier()
        self.carrier_id = carrier.id
        epoch = leases.take(leases.of_carrier(carrier.id), owner=f"probe {os.getpid()}")
        assert epoch is not None, "another sender holds the carrier"
        self.epoch = epoch
        self.sender = {"carrier_id": carrier.id, "epoch": epoch}
        self.seconds: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self.number = random.randrange(13_000_000_000, 13_080_000_000)  # noqa: S311

    def release(self) -> None:
        from messaging.services import leases

        leases.release(leases.of_carrier(self.carrier_id), epoch=self.epoch)

    def timed(self, name: str, work: Callable[[], Any], count: int | None = None) -> Any:
        started = time.perf_counter()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        done = len(result) if count is None else count
        self.counts[name] = self.counts.get(name, 0) + done
        return result

    def accept(self) -> None:
        from messaging.services import acceptance

        requests = [self._request() for _count in range(REQUESTS_A_GROUP)]
        total = REQUESTS_A_GROUP * RECIPIENTS
        outcomes = self.timed("accept", lambda: acceptance.accept(requests), total)
        refused = [one for one in outcomes if not isinstance(one, acceptance.Accepted)]
        assert not refused, refused[0]

    def _request(self) -> Any:
        from messaging import access

        key = access.let_in(
            authorization=f"Bearer {self.key_text}", address="::1", now=self.clock.now()
        )
        self.number += RECIPIENTS
        body = {
            "to": [f"+86{self.number + place}" for place in range(RECIPIENTS)],
            "template": "bench",
            "params": {"code": "123456"},
        }
        return access.parse(
            body=json.dumps(body).encode(),
            content_type="application/json",
            idempotency_key="",
            key=key,
        )

    def drain(self) -> None:
        """Until nothing is due: claim, submit, record, receipts, webhooks."""
        while self._turn():
            pass

    def _turn(self) -> bool:
        from messaging.services import dispatch, receipts
        from messaging.services.dispatch import Answer, Outcome
        from messaging.services.receipts import ReceiptOutcome, Report

        now, sender = self.clock.now, self.sender
        claims = self.timed("claim", lambda: dispatch.claim(most=CLAIM, now=now(), **sender))
        if not claims:
            return False
        going = self.timed(
            "about to submit", lambda: dispatch.about_to_submit(claims=claims, now=now(), **sender)
        )
        called = {one: f"{random.getrandbits(60):x}" for one in going}
        answers = [
            Answer(one.message_id, one.no, Outcome.ACCEPTED, (name,))
            for one, name in called.items()
        ]
        reports = [
            Report(name, one.number, ReceiptOutcome.DELIVERED, "DELIVRD", "raw", one.reference)
            for one, name in called.items()
        ]
        size = len(going)
        self.timed("record", lambda: dispatch.record(answers=answers, now=now(), **sender), size)
        self.timed(
            "receipts",
            lambda: receipts.take(carrier_id=self.carrier_id, reports=reports, now=now()),
            size,
        )
        self._tell(size)
        return True

    def _tell(self, size: int) -> None:
        """Of `size` messages; a post may bring many."""
        from accounts.services import webhooks
        from accounts.services.webhooks import Post, Result

        shares = self.timed(
            "claim webhooks", lambda: webhooks.claim(most_each=CLAIM, now=self.clock.now()), size
        )
        results = [Result(Post(share.endpoint, share.deliveries), 200) for share in shares]
        self.timed("record webhooks", lambda: webhooks.record(results, now=self.clock.now()), size)


def rates() -> dict[str, float]:
    line = Line()
    line.accept()
    line.drain()
    line.seconds.clear()
    line.counts.clear()
    for _group in range(GROUPS):
        line.accept()
    line.drain()
    line.release()
    return {name: line.counts[name] / line.seconds[name] for name in line.seconds}


def explain(path: str) -> dict[str, int]:
    from django.db import connection
    from django.test import Client

    from tests.bench.explaining import Explainer

    doors_ = doors()
    line = Line()
    line.accept()
    line.drain()
    explainer = Explainer(path)
    with connection.execute_wrapper(explainer):
        line.accept()
        line.drain()
        client = Client(
            SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {doors_['key']}"}
        )
        for address in doors_["api"][:1] + doors_["lists"]:
            client.get(address)
        client.cookies["sessionid"] = doors_["session"]
        for address in doors_["pages"]:
            client.get(address)
    line.release()
    return {"statements": explainer.write()}


def doors() -> dict[str, Any]:
    """Of the large customer; messages from the whole month."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import Account, Membership, Role, User
    from accounts.services import keys
    from messaging.models import Message
    from smsplatform.core import clock, ids

    account = Account.objects.order_by("id").first()
    assert account is not None
    user, _made = User.objects.get_or_create(email="probe@example.com", defaults={"name": "Probe"})
    Membership.objects.get_or_create(user=user, account=account, defaults={"role": Role.OWNER})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    now = clock.now()
    found = []
    for _count in range(LOOKED_AT):
        at = now - timedelta(seconds=random.uniform(0, 20 * 86_400))  # noqa: S311
        message = (
            Message.objects.for_account(account).filter(id__gte=ids.first_at(at)).order_by("id")
        ).first()
        if message is not None:
            found.append(message)
    return {
        "key": keys.create(project=account.projects.first(), name="Probe")[1],
        "session": session.session_key,
        "api": [f"/api/v1/messages/{message.id}" for message in found],
        "lists": [
            "/api/v1/messages",
            "/api/v1/messages?state=failed",
            "/api/v1/messages?state=cancelled",
            *(f"/api/v1/messages?number=%2B{message.number[1:]}" for message in found[:1]),
            *(f"/api/v1/messages?batch_id={message.batch_id}" for message in found[:1]),
        ],
        "pages": [
            "/",
            "/?span=days",
            "/messages/",
            "/messages/?state=failed",
            *(f"/messages/{message.id}" for message in found[:1]),
        ],
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    django.setup()
    work = {"rates": rates, "explain": explain, "doors": doors}[sys.argv[1]]
    json.dump(work(*sys.argv[2:]), sys.stdout)


if __name__ == "__main__":
    main()
