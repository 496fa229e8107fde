"""Plays the lasting faults of the script on the SMPP side: a door that is shut, peers that hang."""

import asyncio
import contextlib

from messaging.simulator.faults import Script
from messaging.smpp.server import SmppServer


class Doorman:
    """`run` until cancelled."""

    def __init__(self, script: Script, server: SmppServer) -> None:
        self._script = script
        self._server = server

    async def run(self) -> None:
        while True:
            self._script.changed.clear()
            await self._follow()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._script.seconds_to_change()):
                    await self._script.changed.wait()

    def greet(self) -> None:
        """Somebody has just been bound."""
        if self._script.holds("link"):
            self._mute(True)

    async def _follow(self) -> None:
        is_shut = self._script.holds("listen")
        if is_shut and self._server.is_listening:
            self._server.stop_listening()
            self._server.cut_all()
        elif not is_shut and not self._server.is_listening:
            await self._server.start()
        self._mute(self._script.holds("link"))

    def _mute(self, yes: bool) -> None:
        for connection in self._server.bound:
            if connection.is_mute is not yes:
                connection.mute(yes)
