"""What one start keeps for the next, and for another terminal."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsplatform.platform import environment
from smsplatform.platform.errors import PlatformError


@pytest.fixture(autouse=True)
def installation(var: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An own `var`, and none of what the tests themselves run with."""
    kept = dict(os.environ)
    for name in environment.TOLD:
        os.environ.pop(name, None)
    os.environ["SMSPLATFORM_VAR"] = str(var)
    yield var
    os.environ.clear()
    os.environ.update(kept)


def forget() -> None:
    for name in environment.TOLD:
        os.environ.pop(name, None)


def test_secrets_are_made_once_and_kept() -> None:
    environment.prepare()
    first = os.environ["SECRET_KEY"], os.environ["FIELD_KEYS"]

    forget()
    environment.prepare()

    assert (os.environ["SECRET_KEY"], os.environ["FIELD_KEYS"]) == first


def test_only_their_owner_may_read_the_files(installation: Path) -> None:
    environment.prepare()
    environment.tell()

    for name in (environment.SECRETS, environment.IN_FORCE):
        assert stat.S_IMODE((installation / name).stat().st_mode) == 0o600


def test_another_terminal_finds_what_is_in_force() -> None:
    os.environ["WEB_PORT"] = "9001"
    environment.prepare()
    environment.tell()
    told = {name: os.environ[name] for name in ("DATABASE_URL", "SECRET_KEY", "WEB_PORT")}

    forget()
    environment.load()

    assert {name: os.environ[name] for name in told} == told


def test_the_real_environment_wins() -> None:
    environment.prepare()
    environment.tell()

    os.environ["WEB_PORT"] = "9002"
    environment.load()

    assert os.environ["WEB_PORT"] == "9002"


def test_the_next_start_remembers_secrets_but_no_ports() -> None:
    os.environ["WEB_PORT"] = "9003"
    environment.prepare()
    environment.tell()

    forget()
    environment.prepare()

    assert os.environ["WEB_PORT"] == environment.DEFAULTS["WEB_PORT"]


def test_a_key_given_by_the_environment_does_not_replace_the_one_that_was_made() -> None:
    environment.prepare()
    made = os.environ["FIELD_KEYS"]
    os.environ["FIELD_KEYS"] = "other"
    environment.tell()

    forget()
    environment.prepare()

    assert os.environ["FIELD_KEYS"] == made


def test_a_server_of_our_own_is_started_where_no_other_is_named(installation: Path) -> None:
    environment.prepare()

    server = environment.own_server()

    assert server is not None
    assert server.data_dir.name == "postgres"


def test_another_server_is_only_used() -> None:
    os.environ["DATABASE_URL"] = "postgres://sms:word@db.example.com:5432/sms"
    environment.prepare()

    assert environment.own_server() is None


def test_a_shell_can_read_the_file_too(installation: Path) -> None:
    os.environ["DATABASE_URL"] = "postgres://a:b'c@db.example.com/x?sslmode=require&y=1"
    environment.prepare()
    environment.tell()

    read = subprocess.run(
        ["sh", "-c", f'. {installation / environment.IN_FORCE}; printf %s "$DATABASE_URL"'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert read.stdout == os.environ["DATABASE_URL"]


def test_a_file_that_makes_no_sense_is_told_by_name(installation: Path) -> None:
    (installation / environment.IN_FORCE).write_text("SECRET_KEY='open\n")

    with pytest.raises(PlatformError, match=r"platform\.env cannot be read"):
        environment.load()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WEB_WORKERS", "0", "WEB_WORKERS must be a number from 1 to 64, not '0'."),
        ("WEB_PORT", "http", "WEB_PORT must be a port between 1 and 65535, not 'http'."),
        ("SMPP_PORT", "0", "SMPP_PORT must be a port between 1 and 65535, not '0'."),
        ("DEMO", "yes", "DEMO must be 0 or 1, not 'yes'."),
        ("WATCHDOG_SECONDS", "-1", "WATCHDOG_SECONDS must be whole seconds, from 1, not '-1'."),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must be a postgres:// URL"),
        ("FIELD_KEYS", "short", "FIELD_KEYS: comma-separated Fernet keys"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(
    name: str, value: str, sentence: str
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "run_platform"],
        env={**os.environ, name: value}, cwd=environment.ROOT, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def test_a_taken_port_stops_the_start_with_the_setting_to_change(taken_port: int) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "run_platform"],
        env={**os.environ, "WEB_PORT": str(taken_port)}, cwd=environment.ROOT,
        capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr == f"Port {taken_port} is taken; set WEB_PORT to another one.\n"


@pytest.fixture
def taken_port() -> Iterator[int]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]
