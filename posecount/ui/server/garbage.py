"""When garbage is collected, which makes every session wait: what is loaded is set aside, the rest is collected once a
minute.

With all modules a full collection took 0.2 s, every ten seconds with forty sessions. Pages that have ended need one, as
they refer to themselves, and their tokens end with them.
"""

from __future__ import annotations

import gc
from functools import cache
from itertools import count

_FULL_AFTER = 100
"""Collections of the middle generation from one full collection to the next, where none is asked for: what a run of a
page or a frame leaves goes with the collections of the younger generations."""
_ALL_EVERY = 10
"""Minutes after which what was set aside is looked through too: the pages that were open then may have ended."""

_minutes = count(1)


@cache
def set_aside_what_is_loaded() -> None:
    """Spare the garbage collector what is loaded by now: once, however often it is called."""
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _FULL_AFTER)


def collect_once_a_minute() -> None:
    """Collect all garbage but what was set aside, and now and then that too; call it once a minute."""
    is_set_aside = gc.get_freeze_count() > 0
    if is_all := is_set_aside and next(_minutes) % _ALL_EVERY == 0:
        gc.unfreeze()
    gc.collect()
    if is_all:
        gc.freeze()
