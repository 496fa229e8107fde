"""How the simulator is started: by `python -m messaging.simulator` or by the command of Django.

Accounts and token come from the arguments, else from SIMULATOR_ACCOUNTS ("demo:word,other:word2")
and SIMULATOR_TOKEN, else from credentials.json beside the logs, which the first start makes.
The first line on stdout tells the ports.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from messaging.simulator import credentials
from messaging.simulator.behaviour import Behaviour
from messaging.simulator.credentials import Credentials
from messaging.simulator.log import LogInUse
from messaging.simulator.simulator import Simulator


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="messaging.simulator", description="An SMS carrier and webhook sink, simulated."
    )
    add_arguments(made)
    made.add_argument("--smpp-port", type=int, default=2775, help="0 takes a free one")
    made.add_argument("--http-port", type=int, default=8090, help="0 takes a free one")
    made.add_argument("--directory", type=Path, required=True, help="where its logs are kept")
    return made


def add_arguments(to: argparse.ArgumentParser) -> None:
    """Those that the command of Django takes too."""
    default = Behaviour()
    to.add_argument("--host", default="127.0.0.1")
    to.add_argument("--account", action="append", metavar="ID:PASSWORD", help="may be repeated")
    to.add_argument("--token", help="of the HTTP carrier")
    to.add_argument(
        "--receipt-delay", type=float, default=default.receipt_delay_seconds, metavar="SECONDS"
    )
    to.add_argument(
        "--late-delay", type=float, default=default.late_delay_seconds, metavar="SECONDS"
    )
    to.add_argument("--no-suffixes", action="store_true", help="every number is delivered to")
    to.add_argument("--receipt-window", type=int, default=1000, help="receipts in flight a bind")


def simulator_of(
    said: argparse.Namespace, directory: Path, environment: Mapping[str, str]
) -> Simulator:
    return Simulator(
        directory,
        _credentials(said, directory, environment),
        host=said.host,
        smpp_port=said.smpp_port,
        http_port=said.http_port,
        behaviour=Behaviour(
            receipt_delay_seconds=said.receipt_delay,
            late_delay_seconds=said.late_delay,
            use_suffixes=not said.no_suffixes,
        ),
        receipt_window=said.receipt_window,
    )


def _credentials(
    said: argparse.Namespace, directory: Path, environment: Mapping[str, str]
) -> Credentials:
    pairs = said.account or environment.get("SIMULATOR_ACCOUNTS", "").split(",")
    told = dict(pair.split(":", 1) for pair in pairs if ":" in pair)
    token = said.token or environment.get("SIMULATOR_TOKEN", "")
    if told and token:
        return Credentials(told, token)
    kept = credentials.ensure(directory)
    return Credentials(told or kept.accounts, token or kept.token)


def run(simulator: Simulator) -> int:
    """Until SIGINT or SIGTERM; 1 and one sentence where it cannot start."""
    try:
        asyncio.run(_serve(simulator))
    except (OSError, LogInUse) as error:
        sys.stderr.write(f"The simulator did not start: {error}\n")
        return 1
    return 0


async def _serve(simulator: Simulator) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stopped.set)
    async with simulator:
        ports = {"smpp_port": simulator.smpp_port, "http_port": simulator.http_port}
        sys.stdout.write(json.dumps(ports) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main(arguments: Sequence[str]) -> int:
    said = parser().parse_args(arguments)
    return run(simulator_of(said, said.directory, os.environ))
