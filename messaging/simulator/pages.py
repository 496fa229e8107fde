"""What the simulator shows to people. Everything that was sent to it is shown as text."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any

from aiohttp import web

from messaging.simulator.faults import ACTS, PLACES, Fault
from messaging.simulator.outcomes import SUFFIXES
from messaging.smpp import status

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; vertical-align: top;
  border-bottom: 1px solid #8884; overflow-wrap: anywhere }
th { font-weight: 600; white-space: nowrap } code, pre { font-size: .9em }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
.wide { overflow-x: auto } .quiet { opacity: .7 }
"""


def front(
    facts: dict[str, Any], latest: list[dict[str, Any]], received: dict[str, int]
) -> web.Response:
    binds = ", ".join(f"{bind['system_id']} ({bind['mode']})" for bind in facts["binds"])
    names = sorted({*facts["sinks"], *received})
    counters = [(name.replace("_", " "), count) for name, count in facts["counters"].items()]
    settings = [
        (name, json.dumps(facts[name]))
        for name in facts
        if name not in ("counters", "binds", "sinks", "faults", "delivered", "cpu_seconds")
    ]
    return _page(
        "Carrier simulator",
        f"<p>Bound: {escape(binds) or 'nobody'}.</p>",
        _table("Since the start", ("what", "how many"), counters),
        _table("What becomes of a number that ends in", ("digits", "outcome", ""), _suffixes()),
        _table("Settings (GET and PUT /control)", ("setting", "value"), settings),
        _table("Script of faults", ("act", "on", "when", "more"), map(_fault, facts["faults"])),
        _table("What a fault can do", ("act", "what it does", "on"), _acts()),
        _table(
            "Delivered without a submission", ("what", "count"), map(_tally, facts["delivered"])
        ),
        "<h2>Webhook sinks</h2>" + ("".join(map(_link, names)) or _nothing("No webhook yet.")),
        _table("Latest submissions", _SUBMISSION, map(_submission, latest)),
    )


def sink(name: str, latest: list[dict[str, Any]], received: int) -> web.Response:
    return _page(
        f"Webhooks to “{name}”",
        f"<p>{received} since the start; the latest first. Signature secret, answers and delay "
        'are set through <code>PUT /control</code>. <a href="/">Simulator</a></p>',
        _table(
            "Requests", ("time", "signature", "answered", "headers and body"), map(_hook, latest)
        ),
    )


_SUBMISSION = ("time", "by", "from", "to", "text", "part", "id", "receipts")


def _suffixes() -> list[tuple[str, str, str]]:
    return [(digits, it.name, it.description) for digits, it in SUFFIXES.items()]


def _acts() -> list[tuple[str, str, str]]:
    return [
        (act, does, ", ".join(on for on, acts in PLACES.items() if act in acts))
        for act, does in ACTS.items()
    ]


def _fault(facts: dict[str, Any]) -> tuple[object, ...]:
    """What stands at its default is not shown."""
    until = "the end" if facts["until"] is None else f"{facts['until']:g} s"
    every = f", every {facts['every']:g} s" if facts["every"] else ""
    shown = ("act", "on", "after", "until", "every")
    more = {
        name: value
        for name, value in facts.items()
        if name not in shown and value != getattr(_PLAIN, name)
    }
    when = f"{facts['after']:g} s to {until}{every}"
    return facts["act"], facts["on"], when, json.dumps(more) if more else ""


_PLAIN = Fault("answer")


def _tally(facts: dict[str, Any]) -> tuple[object, ...]:
    return facts["what"], ", ".join(f"{facts[name]} {name}" for name in facts if name != "what")


def _submission(facts: dict[str, Any]) -> tuple[object, ...]:
    said = ", ".join(f"{stat} {err} at {_clock(due)}" for due, stat, err in facts["receipts"])
    refused = f"refused: {status.name(facts['status'])}"
    return (
        _clock(facts["time"]),
        facts["account"] or facts["carrier"],
        facts["source"],
        facts["to"],
        facts["text"],
        f"{facts['part']} of {facts['parts']}",
        facts["id"] or refused,
        said or "none",
    )


def _hook(facts: dict[str, Any]) -> tuple[object, ...]:
    headers = "\n".join(f"{key}: {value}" for key, value in facts["headers"].items())
    shown = f"{headers}\n\n{facts['body']}"
    return _clock(facts["time"]), facts["signature"], facts["answered"], shown


def _link(name: str) -> str:
    return f'<p><a href="/webhooks/{escape(name)}">{escape(name)}</a></p>'


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _table(title: str, heads: Iterable[str], rows: Iterable[tuple[object, ...]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td><pre>{escape(str(cell))}</pre></td>" for cell in row) + "</tr>"
        for row in rows
    )
    if not body:
        return f"<h2>{escape(title)}</h2>" + _nothing("Nothing yet.")
    return f'<h2>{escape(title)}</h2><div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _nothing(sentence: str) -> str:
    return f'<p class="quiet">{sentence}</p>'


def _page(title: str, *blocks: str) -> web.Response:
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>"
        + "".join(blocks)
    )
    body = text.encode("utf-8", "replace")
    return web.Response(body=body, content_type="text/html", charset="utf-8", headers=HEADERS)
