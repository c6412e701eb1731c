"""Long work in a thread of its own: a page watches and cancels it, and it goes on when the page is left."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from posecount.errors import PosecountError

Progress = Callable[[int, int | None], None]
"""Called with (steps done, steps in all or None where unknown)."""
Cancelled = Callable[[], bool]
"""Asked now and then whether to stop; what was done until then is kept."""

T = TypeVar("T")

_POLL_S = 0.1

_logger = logging.getLogger(__name__)


class Job(Generic[T]):
    """Work that begins at once, in a thread.

    Args:
        work: called with an event that `cancel` sets, which it checks now and then.
        name: of the thread, and in the log.
        after_surprise: what to tell people after an unforeseen error: what to try, or what is kept.

    Attributes:
        result: what `work` returned; None until it is finished, and where it failed.
        error: why it failed, fit to show, or None.
    """

    def __init__(self, work: Callable[[threading.Event], T], *, name: str = "job", after_surprise: str = "") -> None:
        self.result: T | None = None
        self.error: str | None = None
        self._cancelled = threading.Event()
        # Not Thread.is_alive and join, which Ctrl-C can leave in disorder.
        self._finished = threading.Event()
        threading.Thread(target=self._run, args=(work, name, after_surprise), name=name, daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether the work is not finished yet."""
        return not self._finished.is_set()

    def cancel(self) -> None:
        """Ask the work to stop soon; what was done is kept."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the work is finished, for at most `timeout` seconds."""
        self._finished.wait(timeout)

    def _run(self, work: Callable[[threading.Event], T], name: str, after_surprise: str) -> None:
        try:
            self.result = work(self._cancelled)
        except PosecountError as error:
            self.error = str(error)
        except Exception as error:  # nothing above this thread would report it: the page must
            _logger.exception("%s failed", name)
            self.error = f"Something unexpected went wrong: {error}. {after_surprise}".rstrip()
        finally:
            self._finished.set()


class Turns:
    """Lets a limited number of jobs work at once; the others wait, and follow in the order in which they came.

    Args:
        at_once: how many may work at once.
        within: a job that has a turn here waits for one there too, and so takes one place there at a time.
    """

    def __init__(self, at_once: int, within: Turns | None = None) -> None:
        self._free = at_once
        self._within = within
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, cancelled: threading.Event) -> Iterator[bool]:
        """Wait for a turn and hold it; yield whether it came before the job was cancelled."""
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            while not (cancelled.is_set() or (self._free and self._waiting[0] is ticket)):
                self._changed.wait(_POLL_S)
            self._waiting.remove(ticket)
            granted = not cancelled.is_set()
            self._free -= granted
            self._changed.notify_all()
        try:
            if granted and self._within:
                with self._within.turn(cancelled) as last:
                    yield last
            else:
                yield granted
        finally:
            with self._changed:
                self._free += granted
                self._changed.notify_all()
