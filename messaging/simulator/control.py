"""The control endpoint, the log for programs, and the front page for people.

GET /control             settings, sinks, faults left, counters, binds, CPU seconds
PUT /control             any of the settings of `Behaviour`; "sinks": {name: {...} or null};
                         "faults": [...] replaces the script and begins it;
                         "deliver": [...] sends what belongs to no submission, once
GET /log?after=&limit=   submissions from that place of the log on, and in `next` where to go on

Settings and sinks survive a restart; what is used up, the script of faults and the `answers` of
sinks, does not.
"""

import dataclasses
import json
import os
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from messaging.simulator import behaviour, bodies, faults, injected, journals, pages, sinks
from messaging.simulator.behaviour import ControlError
from messaging.simulator.centre import Centre
from messaging.simulator.faults import Script
from messaging.simulator.sinks import Sink, Sinks
from messaging.simulator.smpp_door import SmppDoor

_NOT_PLAIN = ("sinks", "faults", "deliver")


class Control:
    def __init__(
        self, directory: Path, centre: Centre, script: Script, sinks: Sinks, smpp: SmppDoor
    ) -> None:
        self._path = directory / "control.json"
        self._centre = centre
        self._script = script
        self._sinks = sinks
        self._smpp = smpp
        self._restore()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._front),
            web.get("/control", self._tell),
            web.put("/control", self._set),
            web.get("/log", self._log),
        ]

    def facts(self) -> dict[str, Any]:
        return {
            **behaviour.as_json(self._centre.behaviour),
            "sinks": {name: sinks.as_json(sink) for name, sink in self._sinks.by_name.items()},
            "faults": [dataclasses.asdict(fault) for fault in self._script.faults],
            "faults_began_seconds_ago": round(self._script.age, 1),
            "delivered": self._smpp.injections.as_json(),
            "counters": {
                **dataclasses.asdict(self._centre.counters),
                "receipts_open": self._centre.open_receipts,
                "webhooks_received": sum(self._sinks.received.values()),
            },
            "binds": [
                {"system_id": connection.system_id, "mode": connection.mode.name.lower()}
                for connection in self._smpp.server.bound
            ],
            "cpu_seconds": round(time.process_time(), 3),
        }

    async def _tell(self, _request: web.Request) -> web.Response:
        return web.json_response(self.facts())

    async def _set(self, request: web.Request) -> web.Response:
        try:
            self._apply(await bodies.read_object(request))
        except (bodies.BadBody, ControlError) as error:
            return bodies.refusal(400, "invalid", str(error))
        self._keep()
        return web.json_response(self.facts())

    async def _log(self, request: web.Request) -> web.Response:
        found, following = journals.page(self._centre.submissions.path, request.query)
        return web.json_response({"submissions": found, "next": following})

    async def _front(self, _request: web.Request) -> web.Response:
        latest = journals.latest(self._centre.submissions.path, most=50)
        return pages.front(self.facts(), latest, dict(self._sinks.received))

    # -- what was set ----------------------------------------------------------------------

    def _apply(self, wishes: dict[str, Any]) -> None:
        """All of it or, where one wish makes no sense, nothing."""
        plain = {name: wishes[name] for name in wishes if name not in _NOT_PLAIN}
        new_behaviour = behaviour.changed(self._centre.behaviour, plain)
        new_sinks = self._changed_sinks(wishes.get("sinks", {}))
        new_faults = faults.parse(wishes["faults"]) if "faults" in wishes else None
        orders = injected.parse(wishes.get("deliver", []), self._smpp.accounts)
        self._centre.behaviour = new_behaviour
        self._sinks.by_name = new_sinks
        if new_faults is not None:
            self._script.faults = new_faults
        self._smpp.inject(orders)

    def _changed_sinks(self, wishes: object) -> dict[str, Sink]:
        if not isinstance(wishes, dict):
            raise ControlError("“sinks” must give settings by name.")
        new = dict(self._sinks.by_name)
        for name, wish in wishes.items():
            if wish is None:
                new.pop(name, None)
            else:
                new[name] = sinks.changed(new.get(name, Sink()), name, wish)
        return new

    def _keep(self) -> None:
        kept = {
            **behaviour.as_json(self._centre.behaviour),
            "sinks": {
                name: dataclasses.asdict(dataclasses.replace(sink, answers=[]))
                for name, sink in self._sinks.by_name.items()
            },
        }
        aside = self._path.with_suffix(".new")
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file, indent=1)
        aside.replace(self._path)

    def _restore(self) -> None:
        """What a former version kept and this one does not know is forgotten."""
        if self._path.exists():
            kept = json.loads(self._path.read_text())
            known = {*behaviour.as_json(self._centre.behaviour), "sinks"}
            self._apply({name: kept[name] for name in kept.keys() & known})
