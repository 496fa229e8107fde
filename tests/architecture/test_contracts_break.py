"""Each import contract is worth something: a planted violation breaks it."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.architecture import tree

# By contract: the module that sins, and its sin.
VIOLATIONS = {
    "apps": ("accounts/services/planted.py", "from billing import models"),
    "inside": ("billing/services/planted.py", "from billing.api import views"),
    "pure": ("messaging/smpp/planted.py", "import django"),
    "queue": ("messaging/services/planted.py", "from django_q.tasks import async_task"),
    "services": ("reports/services/planted.py", "from rest_framework import views"),
    "doors": ("reports/portal/planted.py", "from messaging.api import views"),
    "ground": ("smsplatform/core/planted.py", "from accounts import models"),
    "shell": ("smsplatform/portal.py", "from billing import models"),
}
OTHERS = {
    "a module that the layers do not know": ("inside", "billing/helpers.py", ""),
    "a string of imports": ("apps", "smsplatform/core/planted.py", "from reports import models"),
    "a service that reaches the network": (
        "inside",
        "messaging/services/planted.py",
        "from messaging.carriers import http",
    ),
}
CASES = [
    *((contract, *sin) for contract, sin in VIOLATIONS.items()),
    *(case for case in OTHERS.values()),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The tree without what is no Python; the cache makes every run after the first a quick one."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(tree.ROOT / ".importlinter", folder)
    for name in tree.PACKAGES:
        ignored = shutil.ignore_patterns("templates", "static", "locale", "__pycache__")
        shutil.copytree(tree.ROOT / name, folder / name, ignore=ignored)
    return folder


def lint(folder: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo"]
    if contract:
        command += ["--contract", contract]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_contract_has_its_violation():
    config = ConfigParser()
    config.read(tree.ROOT / ".importlinter")
    contracts = {name.rpartition(":")[2] for name in config.sections() if ":" in name}

    assert contracts == VIOLATIONS.keys()


def test_the_tree_keeps_every_contract(copy):
    result = lint(copy)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("contract", "module", "sin"), CASES)
def test_a_planted_violation_breaks_its_contract(contract, module, sin, copy):
    path = copy / module
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{sin}\n")

    result = lint(copy, contract)

    if before is None:
        path.unlink()
    else:
        path.write_text(before)
    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout
