"""Good and bad requests to POST /api/v1/messages, and what each is answered."""

import dataclasses
import json
from typing import Any

from accounts.services import keys
from tests.messaging.doors import Ask

CN = "13800138000"
CODE = {"template": "login_code", "params": {"code": "123456"}}


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """`code` is the refusal's, `error` and `field` those of its first error."""

    name: str
    body: Any
    status: int = 202
    code: str = ""
    error: str = ""
    field: str | None = None
    who: str = "rich"
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    is_chunked: bool = False
    rejected: tuple[str, ...] = ()

    def ask(self, bearers: dict[str, str]) -> Ask:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        headers = {"Content-Type": "application/json", **self.headers}
        if self.who in bearers:
            headers["Authorization"] = bearers[self.who]
        return Ask(body, headers, self.is_chunked)


def sms(to: Any = CN, **more: Any) -> dict[str, Any]:
    return {"to": to, **CODE, **more}


def say(text: Any, to: Any = CN, **more: Any) -> dict[str, Any]:
    return {"to": to, "text": text, **more}


GOOD = [
    Case("one number", sms()),
    Case("one number in E.164", sms("+8613800138000")),
    Case("a list", sms([CN, "13900139000"])),
    Case("the most numbers", say("hi", [f"138{n:08}" for n in range(1000)])),
    Case("messages", {"messages": [{"to": CN, "reference": "a"}, {"to": CN}], **CODE}),
    Case(
        "messages with params of their own",
        {"messages": [{"to": CN, "params": {"name": "Li"}}], "template": "greeting"},
    ),
    Case("the reference of a request", sms(reference="order 7")),
    Case("an hour valid", sms(valid_for=3600)),
    Case("resend when unknown", sms(on_unknown="resend")),
    Case("free text", say("Your parcel waits.")),
    Case("free text to the United Kingdom", say("hello", "+447400123456")),
    Case("free text of three parts", say("x" * 150)),
    Case("an emoji and a backslash before u0000", say("😀 \\u0000")),
    Case("a pair of escaped surrogates", b'{"to":"13800138000","text":"\\ud83d\\ude00"}'),
    Case("an escaped letter", b'{"to":"13800138000","text":"\\u4f60\\u597d"}'),
    Case("a byte order mark", b"\xef\xbb\xbf" + json.dumps(sms()).encode()),
    Case("a signature named", sms(signature="Acme")),
    Case("marketing", {"to": CN, "template": "offer"}),
    Case("null for what is left out", sms(reference=None, send_at=None, text=None)),
    Case("the last of two equal names", b'{"to":"x","to":"13800138000","text":"hi"}'),
    Case("a charset", sms(), headers={"Content-Type": "Application/JSON; charset=utf-8"}),
    Case("chunks", sms(), is_chunked=True),
    Case("many chunks", say("hi", [CN] * 9000), is_chunked=True),
    Case("an address on the list", sms(), who="home"),
    Case("nothing that we have is acceptable", sms(), headers={"Accept": "text/html"}),
    Case("a template for who may send no text", sms(), who="templates_only"),
    Case("a bad row", say("hi", [CN, "12"]), rejected=("number_invalid",)),
    Case(
        "bad rows, in Chinese",
        say("hi", [CN, "01012345678", "+14155550123", "+442079460000"]),
        headers={"Accept-Language": "zh-CN,zh;q=0.9"},
        rejected=("number_not_mobile", "country_not_priced", "number_not_mobile"),
    ),
    Case(
        "one with a wrong parameter",
        {
            "messages": [{"to": CN, "params": {"code": "12ab"}}, {"to": CN}, {"to": ""}],
            "template": "login_code",
            "params": {"code": "123456"},
        },
        rejected=("parameter_invalid", "number_invalid"),
    ),
]

WHO = [
    Case("no key", sms(), 401, "key_missing", who=""),
    Case("no bearer", sms(), 401, "key_missing", headers={"Authorization": "Basic YTpi"}, who=""),
    Case("an empty bearer", sms(), 401, "key_missing", headers={"Authorization": "Bearer"}, who=""),
    Case("nonsense", sms(), 401, "key_unknown", headers={"Authorization": "Bearer é\0"}, who=""),
    Case("a mistyped key", sms(), 401, "key_unknown", who="mistyped"),
    Case(
        "a key of nobody",
        sms(),
        401,
        "key_unknown",
        headers={
            "Authorization": f"Bearer {(body := 'sms_live_' + 'a' * 8 + '_' + 'b' * 43)}"
            f"{keys._checksum(body)}"
        },
        who="",
    ),
    Case("a revoked key", sms(), 401, "key_revoked", who="revoked"),
    Case("an expired key", sms(), 401, "key_revoked", who="expired"),
    Case("a key without the scope", sms(), 403, "scope_missing", who="reader"),
    Case("a key from elsewhere", sms(), 403, "address_not_allowed", who="fenced"),
    Case("a suspended account", sms(), 403, "account_suspended", who="suspended"),
    Case("a frozen account", sms(), 403, "account_frozen", who="frozen"),
    Case("a closed account", sms(), 403, "account_closed", who="closed"),
    Case("an account not yet qualified", sms(), 403, "account_not_live", who="newcomer"),
    Case("a stranger's large body", b"x" * 11_000_000, 401, "key_missing", who=""),
    Case("who may send no text", say("hi"), 403, "text_not_allowed", who="templates_only"),
    Case("too little money", sms([CN, CN]), 402, "insufficient_balance", who="poor"),
    Case("no signature", sms(), 422, "signature_missing", who="unsigned"),
]

DEEP = b'{"to":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

SHAPE = [
    Case("no body", b"", 400, "json_invalid"),
    Case("no JSON", b"to=13800138000", 400, "json_invalid"),
    Case("half a JSON", b'{"to": "138', 400, "json_invalid"),
    Case("single quotes", b"{'to': 1}", 400, "json_invalid"),
    Case("NaN", b'{"to": NaN}', 400, "json_invalid"),
    Case("Infinity", b'{"valid_for": -Infinity}', 400, "json_invalid"),
    Case("a raw NUL", b'{"to":"13800138000","text":"a\x00b"}', 400, "json_invalid"),
    Case("bytes that are no UTF-8", b'{"to":"13800138000","text":"\xff"}', 400, "json_invalid"),
    Case("a raw surrogate", b'{"to":"13800138000","text":"\xed\xa0\x80"}', 400, "json_invalid"),
    Case("UTF-16", json.dumps(sms()).encode("utf-16"), 400, "json_invalid"),
    Case("too deep", DEEP, 400, "json_invalid"),
    Case("5,000 digits", b'{"valid_for":' + b"9" * 5000 + b"}", 400, "json_invalid"),
    Case("a list", [sms()], 422, "invalid", "wrong_type", ""),
    Case("a string", "hi", 422, "invalid", "wrong_type", ""),
    Case("null", None, 422, "invalid", "wrong_type", ""),
    Case("a form", sms(), 415, "unsupported_media_type", headers={"Content-Type": "text/plain"}),
    Case("no content type", sms(), 415, "unsupported_media_type", headers={"Content-Type": ""}),
    Case("11 MB", json.dumps(say("x" * 11_000_000)).encode(), 413, "body_too_large"),
    Case("11 MB in chunks", b"x" * 11_534_336, 413, "body_too_large", is_chunked=True),
    Case("10 MB of spaces", b" " * (10 * 1024 * 1024), 400, "json_invalid"),
    Case(
        "a long key", sms(), 400, "idempotency_key_invalid", headers={"Idempotency-Key": "k" * 256}
    ),
    Case(
        "a tab in the key",
        sms(),
        400,
        "idempotency_key_invalid",
        headers={"Idempotency-Key": "a\tb"},
    ),
    Case("an unknown field", sms(too="x"), 422, "invalid", "field_unknown", "too"),
    Case(
        "an unknown field of a row",
        {"messages": [{"to": CN, "text": "hi"}], **CODE},
        422,
        "invalid",
        "field_unknown",
        "messages[0].text",
    ),
    Case(
        "a million unknown fields",
        {f"f{n}": 1 for n in range(5000)},
        422,
        "invalid",
        "field_unknown",
    ),
    Case("to is a number", sms(13800138000), 422, "invalid", "wrong_type", "to"),
    Case("to is an object", sms({"a": 1}), 422, "invalid", "wrong_type", "to"),
    Case("a number among strings", sms([CN, 138]), 422, "invalid", "wrong_type", "to[1]"),
    Case(
        "a row without to",
        {"messages": [{}], **CODE},
        422,
        "invalid",
        "wrong_type",
        "messages[0].to",
    ),
    Case(
        "a row that is a string",
        {"messages": [CN], **CODE},
        422,
        "invalid",
        "wrong_type",
        "messages[0]",
    ),
    Case(
        "messages is an object", {"messages": {}, **CODE}, 422, "invalid", "wrong_type", "messages"
    ),
    Case("an empty list", sms([]), 422, "invalid", "wrong_type", "to"),
    Case("no messages", {"messages": [], **CODE}, 422, "invalid", "wrong_type", "messages"),
    Case("to and messages", sms(messages=[{"to": CN}]), 422, "invalid", "to_or_messages", "to"),
    Case("neither to nor messages", CODE, 422, "invalid", "to_or_messages", "to"),
    Case(
        "10,001 numbers",
        sms([CN] * 10_001),
        422,
        "too_many_recipients",
        "too_many_recipients",
        "to",
    ),
    Case("neither template nor text", {"to": CN}, 422, "invalid", "template_or_text", "template"),
    Case("template and text", sms(text="hi"), 422, "invalid", "template_or_text", "template"),
    Case("a blank text", say(" \n "), 422, "invalid", "template_or_text", "template"),
    Case(
        "text with params",
        say("hi", params={"a": "b"}),
        422,
        "invalid",
        "parameter_surplus",
        "params",
    ),
    Case("text is a number", say(7), 422, "invalid", "wrong_type", "text"),
    Case("params is a list", sms(params=[]), 422, "invalid", "wrong_type", "params"),
    Case("a reference of 65", sms(reference="x" * 65), 422, "invalid", "too_long", "reference"),
    Case("a text of 1,601", say("x" * 1601), 422, "invalid", "too_long", "text"),
    Case(
        "on_unknown is a guess",
        sms(on_unknown="guess"),
        422,
        "invalid",
        "not_a_choice",
        "on_unknown",
    ),
    Case("valid_for is 0", sms(valid_for=0), 422, "invalid", "valid_for_invalid", "valid_for"),
    Case(
        "valid_for is true", sms(valid_for=True), 422, "invalid", "valid_for_invalid", "valid_for"
    ),
    Case(
        "valid_for is a string",
        sms(valid_for="60"),
        422,
        "invalid",
        "valid_for_invalid",
        "valid_for",
    ),
    Case(
        "valid_for is 60.5", sms(valid_for=60.5), 422, "invalid", "valid_for_invalid", "valid_for"
    ),
    Case(
        "valid_for is huge",
        sms(valid_for=10**400),
        422,
        "invalid",
        "valid_for_invalid",
        "valid_for",
    ),
    Case(
        "valid_for is 1e999",
        b'{"to":"1","text":"x","valid_for":1e999}',
        422,
        "invalid",
        "valid_for_invalid",
    ),
    Case("send_at is a date", sms(send_at="2026-05-01"), 422, "invalid", "time_invalid", "send_at"),
    Case(
        "send_at is naive",
        sms(send_at="2099-05-01T09:30:00"),
        422,
        "invalid",
        "time_invalid",
        "send_at",
    ),
    Case(
        "send_at is no day",
        sms(send_at="2099-02-30T09:30:00Z"),
        422,
        "invalid",
        "time_invalid",
        "send_at",
    ),
    Case("send_at is a number", sms(send_at=1777777777), 422, "invalid", "wrong_type", "send_at"),
]

MEANING = [
    Case(
        "send_at has passed",
        sms(send_at="2020-01-01T00:00:00Z"),
        422,
        "send_at_past",
        field="send_at",
    ),
    Case("send_at before all time", sms(send_at="0001-01-01T00:00:00+23:59"), 422, "send_at_past"),
    Case(
        "send_at is far",
        sms(send_at="2099-01-01T00:00:00Z"),
        422,
        "send_at_too_far",
        field="send_at",
    ),
    Case(
        "send_at after all time", sms(send_at="9999-12-31T23:59:59-23:59"), 422, "send_at_too_far"
    ),
    Case("an escaped NUL in text", say("a\0b"), 422, "invalid", "characters_invalid", "text"),
    Case("half a surrogate in text", say("\ud800"), 422, "invalid", "characters_invalid", "text"),
    Case(
        "NUL in a reference", sms(reference="\0"), 422, "invalid", "characters_invalid", "reference"
    ),
    Case(
        "NUL in a parameter",
        sms(params={"code": "1\0"}),
        422,
        "invalid",
        "characters_invalid",
        "params.code",
    ),
    Case(
        "half a pair in a name",
        sms(params={"\udfff": "1"}),
        422,
        "invalid",
        "characters_invalid",
        "params",
    ),
    Case("NUL in a field's name", {"\0": 1}, 422, "invalid", "characters_invalid", ""),
    Case(
        "NUL in a row",
        {"messages": [{"to": CN}, {"to": "\0"}], **CODE},
        422,
        "invalid",
        "characters_invalid",
        "messages[1].to",
    ),
    Case("an unknown template", sms(template="nope"), 422, "template_unknown", field="template"),
    Case("a draft", sms(template="draft"), 422, "template_not_approved", field="template"),
    Case("a withdrawn template", sms(template="withdrawn"), 422, "template_not_approved"),
    Case("a template that nobody can read", sms(template="broken"), 422, "template_not_approved"),
    Case(
        "an unknown signature", sms(signature="Nope"), 422, "signature_unknown", field="signature"
    ),
    Case(
        "a draft signature",
        sms(signature="Other"),
        422,
        "signature_not_approved",
        field="signature",
    ),
    Case("a missing parameter", sms(params={}), 422, "invalid", "parameter_missing", "params.code"),
    Case(
        "a surplus parameter",
        sms(params={"code": "123456", "x": "y"}),
        422,
        "invalid",
        "parameter_surplus",
        "params.x",
    ),
    Case(
        "an unfitting parameter",
        sms(params={"code": "abc"}),
        422,
        "invalid",
        "parameter_invalid",
        "params.code",
    ),
    Case(
        "a parameter that is a number",
        sms(params={"code": 123456}),
        422,
        "invalid",
        "parameter_invalid",
    ),
    Case(
        "a parameter that is deep",
        sms(params={"code": [[[["\0"]]]]}),
        422,
        "invalid",
        "parameter_invalid",
    ),
    Case("a landline", sms("01012345678"), 422, "invalid", "number_not_mobile", "to"),
    Case("landlines", sms(["01012345678"]), 422, "invalid", "number_not_mobile", "to[0]"),
    Case("no number", sms("hello"), 422, "invalid", "number_invalid", "to"),
    Case("a long number", sms("1" * 100_000), 422, "invalid", "number_invalid", "to"),
    Case(
        "a country without a price", sms("+14155550123"), 422, "invalid", "country_not_priced", "to"
    ),
    Case(
        "only bad rows",
        {"messages": [{"to": "12"}, {"to": CN, "params": {"code": ""}}], **CODE},
        422,
        "invalid",
        "number_invalid",
        "messages[0].to",
    ),
    Case("eleven parts", say("字" * 700), 422, "invalid", "text_too_long", "text"),
]

BAD = WHO + SHAPE + MEANING
