"""Who is told when something was published."""

from __future__ import annotations

import threading
from collections.abc import Callable

Listener = Callable[[], None]


class Listeners:
    """Functions to call back, on whatever thread publishes. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: tuple[Listener, ...] = ()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, listener: Listener) -> None:
        """Call this from now on; it must be short, and must not raise."""
        with self._lock:
            self._all = (*self._all, listener)

    def remove(self, listener: Listener) -> None:
        """Call this no longer; one that was never added may be removed too."""
        with self._lock:
            self._all = tuple(each for each in self._all if each != listener)

    def tell(self) -> None:
        """Call all of them."""
        for listener in self._all:
            listener()
