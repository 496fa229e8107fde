#!/usr/bin/env python
"""Django's command line; `run_platform` starts everything."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one shall read why
    sys.exit("Python 3.11 or newer is needed.")

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from smsplatform.platform import environment
from smsplatform.platform.errors import PlatformError

WRONG = 2


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsplatform.settings")
    try:
        if sys.argv[1:2] == ["run_platform"]:
            environment.prepare()
        else:
            environment.load()
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, PlatformError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(WRONG)


if __name__ == "__main__":
    main()
