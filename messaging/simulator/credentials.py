"""Who may connect: told by whoever starts the simulator, or made up once and kept with the logs."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

DEFAULT_ACCOUNT = "demo"
# Of its own, so that its receipts come to its own bind.
SANDBOX_ACCOUNT = "sandbox"


@dataclass(frozen=True, slots=True)
class Credentials:
    accounts: dict[str, str]  # system_id -> password
    token: str  # of the HTTP carrier


def ensure(directory: Path) -> Credentials:
    """The kept ones, the same for everybody who asks, also when two ask at once."""
    path = directory / "credentials.json"
    if not path.exists():
        _create(path)
    return Credentials(**json.loads(path.read_text()))


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SMPP 3.4 allows eight characters for a password.
    passwords = {name: secrets.token_hex(4) for name in (DEFAULT_ACCOUNT, SANDBOX_ACCOUNT)}
    made = Credentials(passwords, secrets.token_urlsafe(24))
    aside = path.with_suffix(f".{os.getpid()}")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(made), file)
    try:
        os.link(aside, path)  # unlike a rename, this does not replace what another one made
    except FileExistsError:
        pass
    finally:
        aside.unlink()
