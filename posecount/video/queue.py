"""The recordings a server counts for its visitors: one each, a limited number at once, the last ones remembered."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable

from joblib import cpu_count

from posecount.jobs import Turns
from posecount.video.job import RecordingJob


class RecordingQueue:
    """Gives every visitor one recording job at a time; safe to use from several threads.

    Args:
        at_once: how many recordings are counted at once, the others wait; by default half the processors, as
            decoding and tracking keep about two of them busy.
        remembered: how many finished jobs are kept, of all visitors together, each with its annotated video.

    Attributes:
        turns: those of the server, for other work that tracks a video.
    """

    def __init__(self, at_once: int | None = None, remembered: int = 8) -> None:
        self.turns = Turns(at_once or max(cpu_count() // 2, 1))
        self._remembered = remembered
        self._jobs: OrderedDict[str, RecordingJob] = OrderedDict()
        self._asked: weakref.WeakKeyDictionary[object, str] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def ask(
        self, visitor: object, key: str, start: Callable[[Turns, RecordingJob | None], RecordingJob]
    ) -> RecordingJob:
        """The job of that key, whichever visitor started it.

        The visitor's running job of another key is cancelled, unless another visitor asked for it too.

        Args:
            visitor: an object that lives as long as the visit.
            key: stands for the file and all that it is counted with.
            start: called if there is no such job, with the turns to wait for and the job to replace, if any.
        """
        with self._lock:
            job = self._jobs.get(key)
            replaced = self._leave(visitor, key)
            try:
                if job is None:
                    job = self._jobs[key] = start(self.turns, replaced)
            finally:
                if replaced:
                    replaced.cancel()
            self._asked[visitor] = key
            self._jobs.move_to_end(key)
            shown = set(self._asked.values())
            finished = [each for each, job in self._jobs.items() if not job.running and each not in shown]
            for each in finished[: max(len(self._jobs) - self._remembered, 0)]:
                del self._jobs[each]
            return job

    def forget(self, key: str) -> None:
        """Drop a job, so that it starts again when it is asked for."""
        with self._lock:
            self._jobs.pop(key, None)

    def _leave(self, visitor: object, key: str) -> RecordingJob | None:
        """Take the visitor's running job of another key out, unless another visitor asked for it too."""
        left = self._asked.pop(visitor, None)
        if left is None or left == key or left in self._asked.values():
            return None
        job = self._jobs.get(left)
        if job is None or not job.running:
            return None
        return self._jobs.pop(left)
