"""What the one who started the platform reads first."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from smsplatform.platform import first_message


def demo(facts: dict[str, Any], directory: Path) -> str:
    base = settings.BASE_URL
    return f"""
  Portal     {base}{reverse("home")}
             {facts["customer"]["user"]}   {facts["customer"]["password"]}
  Staff      {base}{reverse("admin:index")}
             {facts["staff"]["user"]}   {facts["staff"]["password"]}
  API        {base}{reverse("api-docs")}
  Carrier    http://127.0.0.1:{settings.SIMULATOR_HTTP_PORT}/   (simulated: nothing leaves here)
  All this   {directory / "demo.json"}, logs in {directory / "log"}

  Send one yourself; the prices are samples:

{curl(facts)}

  Ctrl-C stops everything. The first message:
"""


def plain(directory: Path) -> str:
    return f"""
  Portal     {settings.BASE_URL}{reverse("home")}
  Staff      {settings.BASE_URL}{reverse("admin:index")}   (manage.py createsuperuser makes a login)
  API        {settings.BASE_URL}{reverse("api-docs")}
  Logs       {directory / "log"}

  Ctrl-C stops everything.
"""


def curl(facts: dict[str, Any]) -> str:
    """One line that any shell takes as it is: nothing in it needs an escape."""
    body = json.dumps(first_message.body(facts), separators=(",", ":"))
    return (
        f"curl -sS {settings.BASE_URL}/api/v1/messages"
        f" -H 'Authorization: Bearer {facts['api_key']}'"
        f" -H 'Content-Type: application/json' -d '{body}'"
    )
