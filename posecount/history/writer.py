"""HistoryWriter: writes to a history on a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from posecount.history.database import HistoryError
from posecount.history.history import History

_WAITING_MOST = 10_000
"""Repetitions that wait for a database that cannot be written; more than an hour of the fastest ones."""
_RETRY_S = 2.0
_CLOSED_AFTER_S = 20.0
"""Seconds without a repetition after which a server of many people keeps no descriptors for this one."""

_logger = logging.getLogger(__name__)


class HistoryWriter:
    """Writes on a thread of its own, so that no frame waits for a database. What cannot be written now is kept.

    Args:
        history: where to write.
        retry_s: seconds between attempts while the database cannot be written.
    """

    def __init__(self, history: History, retry_s: float = _RETRY_S) -> None:
        self.history = history
        self._retry_s = retry_s
        self._jobs: queue.Queue[Callable[[History], object] | None] = queue.Queue(_WAITING_MOST)
        self._problem: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="history", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str | None:
        """Why nothing can be written at the moment, in words; None where all is well."""
        return self._problem

    def put(self, job: Callable[[History], object]) -> None:
        """Have something written; never waits. If too much waits already, this one is lost, and `problem` says so."""
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            self._problem = "The history could not be written for so long that new repetitions are not kept."

    def flush(self, within_s: float | None = None) -> bool:
        """Wait until all that was put is written, or given up; whether that is so after a while."""
        with self._jobs.all_tasks_done:
            return self._jobs.all_tasks_done.wait_for(lambda: self._jobs.unfinished_tasks == 0, within_s)

    def close(self, within_s: float = 5.0) -> None:
        """Write what waits, and end the thread; give up after a while."""
        self._stopping.set()
        self._jobs.put(None)
        self._thread.join(within_s)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            while True:
                try:
                    job(self.history)
                    self._problem = None
                    break
                except HistoryError as error:
                    self._problem = str(error)
                    _logger.warning("%s", error)
                    if self._stopping.wait(self._retry_s):
                        break
                except Exception:  # one entry that cannot be written must not keep the next from being written
                    _logger.exception("an entry of the history could not be written")
                    break
            self._jobs.task_done()
        self._jobs.task_done()

    def _next(self) -> Callable[[History], object] | None:
        """The next job; while none comes for long, the database is closed."""
        try:
            return self._jobs.get(timeout=_CLOSED_AFTER_S)
        except queue.Empty:
            self.history.database.close()
            return self._jobs.get()
