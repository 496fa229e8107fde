"""The platform for a measurement: all of its processes on loopback, PostgreSQL durable."""

import json
import os
import subprocess
import sys
from pathlib import Path

from smsplatform.platform.postgres import Postgres
from tests.bench.far_end import DIRECTORY, FarEnd
from tests.bench.processes import ROOT, family_seconds, free_ports

# What `make run` starts on two cores.
WEB_WORKERS = "2"


class Stack(FarEnd):
    """`rate`: what the carrier takes a second. `most_per_post`: messages in one webhook."""

    kind = "platform"

    def __init__(
        self, *, rate: int = 100_000, most_per_post: int = 1, directory: Path = DIRECTORY
    ) -> None:
        super().__init__(directory)
        self.rate = rate
        self.most_per_post = most_per_post
        (self.port,) = free_ports(1)
        self.postgres: Postgres | None = None

    def set_up(self) -> None:
        self.postgres = Postgres(self.directory / "postgres")
        self.postgres.start()
        self.postgres.wait_ready()
        self.environment = environment(self.postgres.url, web=self.port, sink=self.sink)
        self.fill()
        self.start_web()

    def fill(self) -> None:
        keys = self.seed(
            "tests.bench.seed", "--smpp", str(self.smpp), "--sink", str(self.sink),
            "--rate", str(self.rate), "--most-per-post", str(self.most_per_post),
        )  # fmt: skip
        self.key, self.marketing_key = keys["codes"], keys["marketing"]

    def seed(self, module: str, *arguments: str) -> dict[str, str]:
        """What it says when the database is filled."""
        seeded = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=self.environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        said: dict[str, str] = json.loads(seeded.stdout)
        return said

    def start_web(self) -> None:
        self.processes.python(
            "web", "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port",
            str(self.port), "--workers", WEB_WORKERS, "--log-level", "warning", "--no-ws",
            "smsplatform.asgi:application", environment=self.environment,
        )  # fmt: skip
        self.wait_for(self.port)

    def start_sending(self) -> None:
        self.processes.python("gateway", "manage.py", "run_gateway", environment=self.environment)

    def tear_down(self) -> None:
        if self.postgres:
            self.postgres.stop(timeout_seconds=60)

    def cpu(self) -> dict[str, float]:
        assert self.postgres is not None
        assert self.postgres.pid is not None
        return {**super().cpu(), "postgres": family_seconds(self.postgres.pid)}


def environment(database_url: str, *, web: int, sink: int) -> dict[str, str]:
    """The platform's settings, and this process's own variables."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "SECRET_KEY": "bench-" + "0" * 50,
        "FIELD_KEYS": "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
        "DEMO": "1",
        "WEB_PORT": str(web),
        # The one loopback address that webhooks may reach.
        "SIMULATOR_HTTP_PORT": str(sink),
        "LOG_LEVEL": "WARNING",
    }
