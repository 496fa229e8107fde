"""Ends what a supervisor leaves behind when it is killed without a chance to do so itself.

Run by the supervisor as one of its children. The kernel signals it when the supervisor dies; until
then it sleeps.
"""

import os
import signal
import sys

from smsplatform.platform import processes

# Ignored unless asked for, so it cannot kill a guard whose interpreter is still starting.
PARENT_DIED = signal.SIGURG


def main(mark: str, patience_seconds: float, parent: int) -> None:
    """`mark` is the beginning of `NAME=value` in the environment of every child."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {PARENT_DIED})
    while os.getppid() == parent:  # it may have died before the line above
        signal.sigwait({PARENT_DIED})
    processes.end(lambda: processes.marked(mark), patience_seconds=patience_seconds)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
