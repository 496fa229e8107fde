"""The webhook sink, with signatures made by the standardwebhooks package."""

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from .far_end import calling, simulator_in, talk

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps({"type": "message.delivered", "data": {"text": "<b>验证码</b>"}})


def signed(secret, body=BODY):
    now = datetime.now(UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body),
    }


async def set_sink(client, **wishes):
    async with client.put("/control", json={"sinks": {"shop": wishes}}) as answer:
        assert answer.status == 200


async def hook(client, headers=None, body=BODY, name="shop"):
    async with client.post(f"/webhooks/{name}", data=body, headers=headers or {}) as answer:
        return answer.status


async def shown(client, name="shop", **query):
    async with client.get(f"/webhooks/{name}", params=query) as answer:
        return await answer.json()


def test_a_webhook_is_kept_whole_and_answered(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            return await hook(client, {"X-Shop": "7"}), await shown(client)

    status, found = talk(story())
    [request] = found["requests"]
    assert (status, found["received"], request["answered"]) == (200, 1, 200)
    assert (request["body"], request["headers"]["x-shop"]) == (BODY, "7")
    assert request["signature"] == "not checked: no secret is set"


# Each signs when it is called: a signature of five minutes ago is too old.
@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        (lambda: signed(SECRET), "valid"),
        (lambda: signed("whsec_c29tZWJvZHkgZWxzZQ=="), "invalid: No matching signature found"),
        (lambda: signed(SECRET, "another body"), "invalid: No matching signature found"),
        (
            lambda: {**signed(SECRET), "webhook-timestamp": "1"},
            "invalid: Message timestamp too old",
        ),
        (lambda: {**signed(SECRET), "webhook-signature": "nonsense"}, "invalid"),
        (lambda: {**signed(SECRET), "webhook-signature": "v1,%%%"}, "invalid"),
        (dict, "invalid: Missing required headers"),
    ],
)
def test_a_signature_is_judged_where_a_secret_is_set(tmp_path, headers, verdict):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await set_sink(client, secret=SECRET)
            return await hook(client, headers()), await shown(client)

    status, found = talk(story())
    assert status == 200
    assert found["requests"][0]["signature"].startswith(verdict)


def test_bytes_that_are_no_text_are_kept(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await set_sink(client, secret=SECRET)
            return await hook(client, signed(SECRET), b"\xff\x00"), await shown(client)

    status, found = talk(story())
    assert status == 200
    assert found["requests"][0]["body"].encode("utf-8", "surrogateescape") == b"\xff\x00"


def test_a_sink_answers_as_it_was_told(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await set_sink(client, status=410, answers=[500, 503], delay_seconds=0.001)
            return [await hook(client) for _ in range(4)], await hook(client, name="other")

    assert talk(story()) == ([500, 503, 410, 410], 200)


def test_webhooks_are_listed_by_name_and_from_a_place_on(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            for number in range(3):
                await hook(client, body=f"a{number}", name="a")
                await hook(client, body=f"b{number}", name="b")
            first = await shown(client, "a", after="0", limit="2")
            second = await shown(client, "a", after=str(first["next"]))
            return first["requests"] + second["requests"]

    assert [request["body"] for request in talk(story())] == ["a0", "a1", "a2"]


def test_webhooks_and_secrets_survive_a_restart(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await set_sink(client, secret=SECRET)
            await hook(client, signed(SECRET))
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await hook(client, signed(SECRET))
            return await shown(client)

    assert [request["signature"] for request in talk(story())["requests"]] == ["valid"] * 2


def test_a_page_for_people_shows_webhooks_as_text(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await hook(client, body="<script>half \udcff".encode("utf-8", "surrogateescape"))
            async with client.get("/webhooks/shop", headers={"Accept": "text/html"}) as answer:
                return answer.headers, await answer.text()

    headers, page = talk(story())
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_sink_answers_with_the_headers_it_was_told(tmp_path):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await set_sink(client, status=429, headers={"Retry-After": "7"})
            async with client.post("/webhooks/shop", data=BODY) as answer:
                return answer.status, answer.headers["Retry-After"]

    assert talk(story()) == (429, "7")


@pytest.mark.parametrize(("body", "size"), [("drip", 1), ("endless", 10_000_000)])
def test_a_body_can_go_on_for_ever(tmp_path, body, size):
    async def story():
        async with simulator_in(tmp_path) as simulator, calling(simulator) as client:
            await set_sink(client, body=body)
            async with client.post("/webhooks/shop", data=BODY) as answer:
                await answer.content.readexactly(size)
                assert not answer.content.at_eof()
            return await hook(client, name="another")

    assert talk(story()) == 200
