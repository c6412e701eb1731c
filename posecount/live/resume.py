"""Counts that outlive their page: a person who comes back within a minute goes on from them."""

from __future__ import annotations

import re
import secrets
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

from posecount.live.session import LiveSession

KEPT_FOR_S = 60.0
"""Seconds from the end of a page to the end of what it counted."""

_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_MOST = 1000
"""The most sessions that are kept, those in use included; a session that has ended holds no tracker, only counts."""


class KeptSessions:
    """Sessions under tokens that cannot be guessed, one for a server. Every method may be called from any thread.

    A token is made here and never taken from outside: one that is unknown or made up leads to nothing.

    Args:
        clock: seconds, as `time.monotonic`.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[LiveSession, str]] = {}  # oldest first, each with its owner
        self._left: dict[str, float] = {}  # when the pages that are gone were left
        self._leaving: deque[tuple[str, float]] = deque()  # what `leave` noted and the next call takes over

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, session: LiveSession, owner: str = "") -> str:
        """Keep a session while its page is open and a minute longer; return its token, valid for its owner alone."""
        self._forget()
        token = secrets.token_urlsafe(_BYTES)
        with self._lock:
            self._kept[token] = session, owner
            while len(self._kept) > _MOST:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                self._left.pop(oldest, None)
        return token

    def leave(self, token: str) -> None:
        """Note that the page is gone; the token may be one that is no longer kept.

        It takes no lock: the garbage collector calls it, on a thread that may be in the middle of another method.
        """
        self._leaving.append((token, self._clock()))

    def find(self, token: str | None, owner: str = "") -> LiveSession | None:
        """The session of a token that a browser sends; None if it is unknown, expired, or belongs to another owner."""
        self._forget()
        kept = self._kept.get(token) if token and _TOKEN.fullmatch(token) else None
        return kept[0] if kept and kept[1] == owner else None

    def _forget(self) -> None:
        before = self._clock() - KEPT_FOR_S
        with self._lock:
            while self._leaving:
                token, left = self._leaving.popleft()
                if token in self._kept:
                    self._left[token] = left
            for token in [token for token, left in self._left.items() if left < before]:
                del self._left[token], self._kept[token]
