"""Run the simulated carrier; it needs no database."""

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from messaging.simulator import command


class Command(BaseCommand):
    help = "Run the simulated carrier: SMPP, HTTP and a webhook sink."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        command.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        ports = {"smpp_port": settings.SMPP_PORT, "http_port": settings.SIMULATOR_HTTP_PORT}
        said = Namespace(**{**options, **ports})
        directory = settings.VAR_DIR / "simulator"
        sys.exit(command.run(command.simulator_of(said, directory, os.environ)))
