from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.services import rollup
from smsplatform.core.errors import DomainError


class Command(BaseCommand):
    help = "Counts the daily statistics anew from the messages that are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", required=True, metavar="DATE")
        parser.add_argument("--until", required=True, metavar="DATE", help="exclusive")

    def handle(self, *args: Any, first: str, until: str, **options: Any) -> None:
        start, end = _parse("--from", first), _parse("--until", until)
        if start >= end:
            raise CommandError(f"--until is exclusive and must come after --from {start}.")
        for day in rollup.range_of_days(start, end):
            try:
                rows = rollup.rebuild_day(day=day)
            except DomainError as error:
                raise CommandError(error.sentence()) from error
            self.stdout.write(f"{day}  {rows} rows")


def _parse(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{option} takes a date such as 2026-12-01, not {text!r}.") from error
