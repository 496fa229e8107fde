"""How Python is set in a process that does many things at once: the web process and the gateway."""

import gc
import sys

# A thread that the database has answered gets the interpreter sooner than after Python's 5 ms: the
# busy event loop would otherwise keep it waiting after every statement.
SWITCH_SECONDS = 0.0005
# Rows come in thousands and none of them refers back to itself: to look for garbage after every 700
# of them is what the slowest answers would wait for.
GARBAGE_THRESHOLDS = (20_000, 10, 10)


def settle() -> None:
    """Once everything is imported."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
