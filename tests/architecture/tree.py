"""The files of the project, as git knows them and as they will be committed."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "templates_app", "billing", "messaging", "reports")
PACKAGES = ("smsplatform", *APPS)


@cache
def files(suffix: str) -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", f"*{suffix}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return tuple(ROOT / name for name in sorted(set(listed)) if (ROOT / name).exists())


def modules() -> Iterator[Path]:
    """Migrations excepted."""
    return (path for path in files(".py") if "migrations" not in path.parts)


def templates() -> Iterator[Path]:
    return (path for path in files(".html") if "templates" in path.parts)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Each call of a module with the last word of what is called."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", "")), node
