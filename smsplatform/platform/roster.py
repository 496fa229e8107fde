"""The platform's processes, as the supervisor starts them."""

import http.client
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smsplatform.platform.children import Child

CLUSTERS = ("send", "jobs")


@dataclass(frozen=True)
class Roster:
    """`var` keeps the logs; `root` is where the code is."""

    root: Path
    var: Path
    web_host: str
    web_port: int
    web_workers: int
    smpp_port: int
    simulator_http_port: int

    def simulator(self) -> Child:
        """Without Django, so that it is there first."""
        ports = ["--smpp-port", str(self.smpp_port), "--http-port", str(self.simulator_http_port)]
        where = ["--directory", str(self.var / "simulator")]
        return self._python("simulator", "-m", "messaging.simulator", *ports, *where)

    def far_end(self, port: int, **facts: str) -> Child:
        """Of Stripe: `facts` are what it and the web process must agree in."""
        told = {"STRIPE_FAR_END_PORT": str(port), **facts}
        return self._python("stripe", "-m", "billing.simulator", environment=told)

    def web(self) -> Child:
        address = ["--host", self.web_host, "--port", str(self.web_port)]
        workers = ["--workers", str(self.web_workers), "--respawn-failed-workers"]
        patience = ["--workers-kill-timeout", "8"]
        return self._python(
            "web",
            *("-m", "granian", "--interface", "asgi", "--no-ws", *workers, *patience),
            *("--log-level", "warning", *address, "smsplatform.asgi:application"),
            ready=self.web_answers,
        )

    def gateway(self) -> Child:
        return self._python("gateway", "manage.py", "run_gateway")

    def worker(self, cluster: str) -> Child:
        arguments = ("manage.py", "qcluster", "--name", cluster)
        # The library reads this name while Django starts, long before the argument.
        return self._python(cluster, *arguments, environment={"Q_CLUSTER_NAME": cluster})

    def command(self, name: str, *arguments: str) -> Child:
        return self._python(name, "manage.py", name, *arguments)

    def first_message(self) -> Child:
        module = "smsplatform.platform.first_message"
        return self._python("message", "-m", module, str(self.var / "demo.json"), is_once=True)

    def web_answers(self) -> bool:
        """Anything: then the interpreter, Django and the address list are loaded."""
        return answers(self.web_host, self.web_port, "/api/v1/balance")

    def _python(
        self,
        name: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
        is_once: bool = False,
    ) -> Child:
        return Child(
            name=name,
            argv=[sys.executable, *arguments],
            log=self.var / "log" / f"{name}.log",
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            cwd=self.root,
            ready=ready,
            ready_timeout_seconds=60,
            is_quiet=not is_once,
            is_once=is_once,
        )


def answers(host: str, port: int, path: str) -> bool:
    """Whether an HTTP server says anything at all there."""
    everywhere = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(
        "127.0.0.1" if host in everywhere else host, port, timeout=5
    )
    try:
        connection.request("GET", path)
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
