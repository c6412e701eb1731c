"""How often pages refresh their numbers: the more of them play, the less often each does."""

from __future__ import annotations

MOST_PER_S = 10.0
"""Refreshes a second that all pages make together: each takes 7 ms of the one core on which Python counts. What a
person must see at once, counts and reasons, comes through the page's socket meanwhile."""
_USUAL_S = 2.0
_CALMER = 0.75
"""Below this part of `MOST_PER_S` pages refresh more often again: else each would change with everybody who comes or
goes."""


def slowdown(pages: int, present: int = 1) -> int:
    """How many times its usual interval a page should wait from one refresh to the next: a power of two.

    Args:
        pages: how many play on this server.
        present: how many times it waits now, which it keeps as long as that is about right.
    """
    while pages > MOST_PER_S * _USUAL_S * present:
        present *= 2
    while present > 1 and pages <= _CALMER * MOST_PER_S * _USUAL_S * present / 2:
        present //= 2
    return present
