"""Job: long work in a thread of its own, which a page watches and cancels; it goes on when the page is left."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from typing import ClassVar

from posecount.errors import PosecountError

_logger = logging.getLogger(__name__)


class Job(ABC):
    """Work that `start` begins, at most once.

    Attributes:
        error: why it could not be finished, fit to show.
    """

    name: ClassVar[str]
    """Of the thread."""
    after_surprise: ClassVar[str]
    """What to tell people after an error that nobody foresaw: the remedy, or what is kept."""

    def __init__(self) -> None:
        self.error: str | None = None
        self._cancelled = threading.Event()
        # Not Thread.is_alive and join, which Ctrl-C can leave in disorder.
        self._finished = threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name=self.name, daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return not self._finished.is_set()

    def cancel(self) -> None:
        """Stop soon; what was done is kept."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it is finished, for at most `timeout` seconds."""
        self._finished.wait(timeout)

    @abstractmethod
    def _work(self) -> None:
        """Do it; looks at `cancelled` now and then."""

    def _run(self) -> None:
        try:
            self._work()
        except PosecountError as error:
            self.error = str(error)
        except Exception as error:  # a thread has nobody above it: whatever it is, the page must say so
            _logger.exception("%s failed", self.name)
            self.error = f"Something unexpected went wrong: {error}. {self.after_surprise}"
        finally:
            self._finished.set()
