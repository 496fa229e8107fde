import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.urls import reverse

from smsplatform.core import clock
from smsplatform.management import banner, preparing, sandbox, statics, watching
from smsplatform.management.demo import handing
from smsplatform.platform import environment, ports, roster
from smsplatform.platform.children import Child
from smsplatform.platform.errors import PlatformError
from smsplatform.platform.roster import Roster
from smsplatform.platform.supervisor import Supervisor


class Command(BaseCommand):
    help = "Starts the whole platform on this machine and looks after it until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-message", action="store_true", help="do not send the demonstration's message"
        )

    def handle(self, *args: Any, no_message: bool, **options: Any) -> None:
        var = Path(settings.VAR_DIR)
        self.children = _roster(var)
        # Mails, and so links that reset a password, may stand in a log.
        (var / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
        with Supervisor(var, console=sys.stdout) as platform:
            _check_ports()
            environment.tell()
            self._start_ground(platform)
            facts = self._prepare(platform)
            self._start_rest(platform)
            if facts and not handing.tell_sink(facts["webhook_secret"]):
                platform.announce("The simulator does not answer; see var/log/simulator.log.")
            self.stdout.write(banner.demo(facts, var) if facts else banner.plain(var))
            self.stdout.flush()
            if facts and not no_message:
                platform.start(self.children.first_message())
            platform.run()

    def _start_ground(self, platform: Supervisor) -> None:
        if settings.DEMO or settings.SANDBOX:
            platform.start(self.children.simulator())
        if settings.STRIPE_IS_OURS:
            platform.start(_far_end(self.children))
        if postgres := environment.own_server():
            platform.start(watching.server(platform, postgres))

    def _prepare(self, platform: Supervisor) -> dict[str, Any] | None:
        """Here and not in a child, but for what takes long: each Django takes a second to start."""
        with statics.alone():
            if not statics.are_collected():
                platform.announce("Collecting static files (once) ...")
                self._run(platform, "collectstatic", "--noinput", "--clear", "--verbosity", "0")
                statics.note_collected()
        if not preparing.is_migrated():
            platform.announce("Bringing the database up to date ...")
            self._run(platform, "migrate", "--noinput", "--verbosity", "0")
        now = clock.now()
        preparing.prepare(now=now)
        if settings.SANDBOX:
            sandbox.ensure()
        facts = handing.ensure(now=now) if settings.DEMO else None
        connection.close()
        return facts

    def _run(self, platform: Supervisor, *command: str) -> None:
        child = self.children.command(*command)
        if platform.run_to_end(child):
            raise PlatformError(f"{command[0]} failed; see {child.log}.")

    def _start_rest(self, platform: Supervisor) -> None:
        """All at once; `web` comes last because it alone is waited for."""
        platform.start(self.children.gateway())
        for cluster in roster.CLUSTERS:
            platform.start(watching.worker(self.children, cluster))
            platform.watchdogs.append(watching.watchdog(platform, cluster))
        platform.start(self.children.web())


def _roster(var: Path) -> Roster:
    return Roster(
        root=settings.BASE_DIR,
        var=var,
        web_host=settings.WEB_HOST,
        web_port=settings.WEB_PORT,
        web_workers=settings.WEB_WORKERS,
        smpp_port=settings.SMPP_PORT,
        simulator_http_port=settings.SIMULATOR_HTTP_PORT,
    )


def _far_end(children: Roster) -> Child:
    return children.far_end(
        settings.STRIPE_FAR_END_PORT,
        FAR_END_KEY=settings.STRIPE_SECRET_KEY,
        FAR_END_SECRET=settings.STRIPE_WEBHOOK_SECRET,
        FAR_END_HOOK=f"http://127.0.0.1:{settings.WEB_PORT}{reverse('stripe-events')}",
    )


def _check_ports() -> None:
    ports.check_port_free(settings.WEB_PORT, "WEB_PORT", settings.WEB_HOST)
    if settings.DEMO or settings.SANDBOX:
        ports.check_port_free(settings.SMPP_PORT, "SMPP_PORT")
        ports.check_port_free(settings.SIMULATOR_HTTP_PORT, "SIMULATOR_HTTP_PORT")
    if settings.STRIPE_IS_OURS:
        ports.check_port_free(settings.STRIPE_FAR_END_PORT, "STRIPE_FAR_END_PORT")
