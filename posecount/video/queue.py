"""The recordings a server counts for its visitors: a limited number at once, the last ones remembered."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence

from joblib import cpu_count

from posecount.jobs import Turns
from posecount.video.job import RecordingJob

Start = Callable[[Turns, Sequence[RecordingJob]], RecordingJob]
"""Starts a job, given the turns to wait for and the jobs to replace."""


class RecordingQueue:
    """Counts the recordings of every visitor one after another; safe to use from several threads.

    Args:
        at_once: how many recordings are counted at once, the others wait; by default half the processors, as
            decoding and tracking keep about two of them busy.
        remembered: how many finished jobs are kept, of all visitors together, each with its annotated video;
            what a visitor shows is always kept.

    Attributes:
        turns: those of the server, for other work that tracks a video.
    """

    def __init__(self, at_once: int | None = None, remembered: int = 8) -> None:
        self.turns = Turns(at_once or max(cpu_count() // 2, 1))
        self._remembered = remembered
        self._jobs: OrderedDict[str, RecordingJob] = OrderedDict()
        self._asked: weakref.WeakKeyDictionary[object, frozenset[str]] = weakref.WeakKeyDictionary()
        self._turns: weakref.WeakKeyDictionary[object, Turns] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def ask(self, visitor: object, wanted: Mapping[str, Start]) -> dict[str, RecordingJob]:
        """The jobs of these keys, whichever visitor started them.

        The visitor's running jobs of other keys are cancelled, unless another visitor asked for them too.

        Args:
            visitor: an object that lives as long as the visit.
            wanted: by key, which stands for the file and all that it is counted with, what starts the job if there is
                none.
        """
        with self._lock:
            # One turn of the server's for each visitor: a person with many files does not keep the others waiting.
            turns = self._turns.setdefault(visitor, Turns(1, within=self.turns))
            left = self._leave(visitor, wanted)
            try:
                for key, start in wanted.items():
                    if key not in self._jobs:
                        self._jobs[key] = start(turns, left)
                    self._jobs.move_to_end(key)
            finally:
                for job in left:
                    job.cancel()
            self._asked[visitor] = frozenset(wanted)
            shown = frozenset[str]().union(*self._asked.values())
            finished = [each for each, job in self._jobs.items() if not job.running and each not in shown]
            for each in finished[: max(len(self._jobs) - self._remembered, 0)]:
                del self._jobs[each]
            return {key: self._jobs[key] for key in wanted}

    def forget(self, key: str) -> None:
        """Drop a job, so that it starts again when it is asked for."""
        with self._lock:
            self._jobs.pop(key, None)

    def _leave(self, visitor: object, wanted: Collection[str]) -> list[RecordingJob]:
        """Take the visitor's running jobs of other keys out, unless another visitor asked for them too."""
        before = self._asked.pop(visitor, frozenset[str]())
        left = before.difference(wanted, *self._asked.values())
        return [self._jobs.pop(key) for key in left if key in self._jobs and self._jobs[key].running]
