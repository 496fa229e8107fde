import json
import re
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.services import verification
from reports.services.verification import Finding
from smsplatform.core import clock

SHOWN = 5
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    help = "Checks that money, messages and what customers were told agree. Exit code 1 if not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            metavar="AGE",
            help="look only at what was accepted or booked since: 90s, 15m, 2h, 3d",
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, since: str | None, as_json: bool, **options: Any) -> None:
        now = clock.now()
        start = now - _age(since) if since else None
        findings = []
        for finding in verification.check(since=start, now=now):
            findings.append(finding)
            if not as_json:
                self.stdout.write(_lines(finding))
        if as_json:
            self.stdout.write(json.dumps(_document(findings, start), default=str, indent=2))
        else:
            self.stdout.write(_verdict(findings))
        if not all(finding.is_well for finding in findings):
            raise SystemExit(1)


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if match is None:
        raise CommandError(
            f"--since takes an age such as 15m, 2h or 3d, not {text!r}.", returncode=2
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _count(finding: Finding) -> str:
    is_cut = len(finding.rows) >= verification.MOST_ROWS
    return f"{len(finding.rows)}{' or more' if is_cut else ''}"


def _lines(finding: Finding) -> str:
    invariant = finding.invariant
    if finding.is_well:
        return f"  ok    {invariant.id}  {invariant.sentence}"
    lines = [f"  BROKEN {invariant.id}  {invariant.sentence}  ({_count(finding)})"]
    for row in finding.rows[:SHOWN]:
        lines.append("          " + "  ".join(f"{name}={value}" for name, value in row.items()))
    return "\n".join(lines)


def _verdict(findings: list[Finding]) -> str:
    broken = [finding.invariant.id for finding in findings if not finding.is_well]
    if not broken:
        return f"All {len(findings)} invariants hold."
    return f"{len(broken)} of {len(findings)} invariants are broken: {', '.join(broken)}."


def _document(findings: list[Finding], since: datetime | None) -> dict[str, Any]:
    return {
        "is_well": all(finding.is_well for finding in findings),
        "since": since.isoformat() if since else None,
        "invariants": [
            {
                "id": finding.invariant.id,
                "sentence": finding.invariant.sentence,
                "is_well": finding.is_well,
                "found": len(finding.rows),
                "rows": finding.rows[:SHOWN],
            }
            for finding in findings
        ],
    }
