"""How often pages refresh their numbers: the more of them play, the less often each does."""

from __future__ import annotations

USUAL_S = 2.0
"""From one refresh of a page's numbers to the next, where few play. Each costs the browser and the server some
milliseconds."""
MOST_PER_S = 10.0
"""Refreshes a second that the numbers of all pages make together: each takes 7 ms of the one core on which Python
counts. What a person must see at once, counts and reasons, comes through the page's socket meanwhile. A plan's standing
is refreshed on top of that, twice as often as the numbers of its page."""
_CALMER = 0.75
"""Below this part of `MOST_PER_S` pages refresh more often again: else each would change with everybody who comes or
goes."""

_SPREAD, _GOLDEN = 0.3, 0.618034
"""By how much, as a share, intervals differ at most; and the step between them that spreads any number evenly."""


def interval_s(usual_s: float, slowdown: int, number: int) -> float:
    """Seconds from one refresh of a page to the next.

    Where many play, each page has an interval of its own: pages that once refresh together would do so for good, and
    thirty that did within a second held up everybody's counts by 0.4 s.

    Args:
        usual_s: where few play.
        slowdown: how many times as long the page should wait at least, see `next_slowdown`.
        number: of the session: 0, 1, 2, …
    """
    return usual_s if slowdown == 1 else usual_s * slowdown * (1 + _SPREAD * (number * _GOLDEN % 1))


def next_slowdown(pages: int, slowdown: int = 1) -> int:
    """How many times its usual interval a page should wait from one refresh to the next: a power of two.

    Args:
        pages: how many play on this server.
        slowdown: how many times it waits now, which it keeps as long as that is about right.
    """
    while pages > MOST_PER_S * USUAL_S * slowdown:
        slowdown *= 2
    while slowdown > 1 and pages <= _CALMER * MOST_PER_S * USUAL_S * slowdown / 2:
        slowdown //= 2
    return slowdown
