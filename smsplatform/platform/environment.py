"""What every process of an installation needs to know, kept in `var/` for the next terminal.

`secrets.env` is made once and never changed: without it sealed secrets cannot be read again.
`platform.env` says what the last start ran with; a real environment variable always wins over it.
Both can be read by a shell, too.
"""

import base64
import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path

from smsplatform.platform.errors import PlatformError
from smsplatform.platform.postgres import DATABASE, SUPERUSER, Postgres

ROOT = Path(__file__).resolve().parents[2]
SECRETS = "secrets.env"
IN_FORCE = "platform.env"
DEFAULTS = {
    "DEMO": "0",
    "WEB_HOST": "127.0.0.1",
    "WEB_PORT": "8000",
    "SMPP_PORT": "2775",
    "SIMULATOR_HTTP_PORT": "8090",
    "STRIPE_FAR_END_PORT": "8091",
}
# Of the environment, what another terminal needs to work on the same installation.
TOLD = (
    *("SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", *DEFAULTS),
    *("BASE_URL", "ALLOWED_HOSTS", "BEHIND_PROXY", "BROKER_URL", "EMAIL_URL", "FROM_EMAIL"),
)


def directory() -> Path:
    """Where the installation keeps its data, logs and secrets."""
    return Path(os.environ.get("SMSPLATFORM_VAR") or ROOT / "var").absolute()


def load() -> None:
    """For every command: as the platform was started last, where the environment says nothing."""
    _default(read(directory() / IN_FORCE))


def prepare() -> None:
    """For the start itself: only the secrets are remembered; ports and the like are as said now."""
    var = directory()
    _default(_secrets(var / SECRETS) | DEFAULTS)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = server(var).url


def own_server() -> Postgres | None:
    """The server that we start ourselves; none where DATABASE_URL names another."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(f"postgres://{SUPERUSER}@/{DATABASE}?"):
        return None
    ours = server(directory())
    return ours if ours.url == url else None


def tell() -> None:
    """What is in force, for the next terminal."""
    said = {name: os.environ[name] for name in TOLD if os.environ.get(name)}
    _write(directory() / IN_FORCE, said)


def server(var: Path) -> Postgres:
    """Ours, running or not."""
    return Postgres(var / "postgres")


def _secrets(path: Path) -> dict[str, str]:
    kept = read(path)
    if not kept:
        kept = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        _write(path, kept)
    return kept


def _default(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        os.environ.setdefault(name, value)


def read(path: Path) -> dict[str, str]:
    """What `tell` wrote; nothing where there is no such file."""
    try:
        words = shlex.split(path.read_text(encoding="utf-8"), comments=True)
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise PlatformError(
            f"{path} belongs to another user: work as the user who started the platform."
        ) from None
    except ValueError as error:
        raise PlatformError(f"{path} cannot be read ({error}): repair or remove it.") from error
    return dict(word.split("=", 1) for word in words if "=" in word)


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Whole or not at all, and for its owner alone."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in values.items()]
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(lines)
        aside.replace(path)
    except OSError as error:
        raise PlatformError(f"{path} cannot be written: {error.strerror}.") from error
