"""What the kernel needs done from time to time."""

from smsplatform.core import clock, partitions
from smsplatform.core.queue import Every


def make_partitions(**_: object) -> None:
    partitions.make_all_ahead(now=clock.now())


SCHEDULES = (Every("smsplatform.core.tasks.make_partitions", minutes=12 * 60),)
