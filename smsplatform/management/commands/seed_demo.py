from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from smsplatform.core import clock
from smsplatform.management.demo import handing


class Command(BaseCommand):
    help = "Fills an empty database with two sample companies; twice changes nothing. Needs DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demonstration is seeded only with DEMO=1, never in production.", returncode=2
            )
        facts = handing.ensure(now=clock.now())
        if facts is None:
            raise CommandError("The database holds data that is not the demonstration's.")
        handing.tell_sink(facts["webhook_secret"])
        self.stdout.write(f"Keys and passwords are in {handing.path()}.")
