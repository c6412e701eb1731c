"""SessionCorrector: puts a live session's counts right as the person says, and teaches their dataset by it."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from dataclasses import dataclass, replace

from posecount.counting.knn import PoseClassifier
from posecount.counting.repetitions import Repetition
from posecount.datasets.dataset import Exercise, PoseDataset, exercise_label
from posecount.datasets.records import NewSample
from posecount.datasets.workspace import STARTER, Workspace
from posecount.errors import PosecountError
from posecount.ingest.teaching.corrections import of_false, of_missed
from posecount.live.session import LiveSession

COPY_NAME = "my_exercises"
"""What a person's own copy of the starter dataset is called."""
_UNDO_MOST = 20


@dataclass(frozen=True, slots=True)
class _Made:
    """A correction: by how much a count changed, which repetition was taken off, and where its samples went."""

    exercise: str
    by: int
    none: Repetition | None = None
    dataset: str = ""
    action: int | None = None


class SessionCorrector:
    """Takes the corrections of one session. Threads may share it. It does not keep the session alive.

    The first one with the read-only starter dataset makes a copy, which counts from then on.

    Args:
        session: whose counts are put right.
        workspace: where the person's datasets are.
        dataset: the name of the one that counts.

    Attributes:
        dataset: the name of the dataset that counts now.
        copied: the copy of the starter, once there is one, for the page to choose it; the page sets it back to None.
        learned: what the last correction has taught; nothing where it is undone or taught nothing.
    """

    def __init__(self, session: LiveSession, workspace: Workspace, dataset: str) -> None:
        self.dataset = dataset
        self.copied: str | None = None
        self.learned: tuple[NewSample, ...] = ()
        self._session = weakref.ref(session)
        self._workspace = workspace
        self._lock = threading.Lock()
        self._made: deque[_Made] = deque(maxlen=_UNDO_MOST)

    @property
    def can_undo(self) -> bool:
        """Whether there is a correction to undo."""
        return bool(self._made)

    def none(self) -> str:
        """The last repetition was none: the count goes down, and its poses become samples of ``none``."""
        with self._lock:
            session = self._session()
            last = session.snapshot.repetitions[-1] if session and session.snapshot.repetitions else None
            if session is None or last is None:
                return "There is no repetition that could be taken back."
            session.correct(last.exercise, -1)
            if recorder := session.trainer.recorder:
                recorder.remove_last()
            return self._learn(session, last.exercise, -1, last)

    def missed(self) -> str:
        """One was missed: the count goes up, and its poses become samples of the exercise's states."""
        with self._lock:
            session = self._session()
            exercise = _due(session) if session else None
            if session is None or exercise is None:
                return "Which exercise it was is not known. Try: do one that counts first, or choose what to count."
            session.correct(exercise, 1)
            if recorder := session.trainer.recorder:
                recorder.add_missed()
            return self._learn(session, exercise, 1, None)

    def undo(self) -> str:
        """The last correction was wrong: count and dataset are as before."""
        with self._lock:
            session = self._session()
            if session is None or not self._made:
                return "There is no correction to undo."
            made = self._made.pop()
            self.learned = ()
            session.correct(made.exercise, -made.by, back=made.none)
            if recorder := session.trainer.recorder:
                recorder.add_missed() if made.by < 0 else recorder.remove_last()
            words = f"Undone: {self._count(session, made.exercise)}."
            if made.action is None:
                return words
            try:
                store = self._workspace.open(made.dataset)
                for action in [each for each in store.history() if each.number == made.action]:
                    store.undo(action)
                self._use(session, store.dataset)
            except PosecountError as error:
                return f"{words} What it taught stays: {error}"
            return words

    def _learn(self, session: LiveSession, exercise: str, by: int, last: Repetition | None) -> str:
        """Teach the dataset; the count is right whether or not that works."""
        words = f"{self._count(session, exercise)}."
        made = _Made(exercise, by, last)
        self.learned = ()
        try:
            samples = _samples(session, exercise, last)
            if samples:
                dataset, action = self._add(session, samples)
                made = replace(made, dataset=dataset, action=action)
                self.learned = tuple(samples)
                words += f" {dataset} has learned from it."
        except PosecountError as error:
            words += f" {error}"
        self._made.append(made)
        return words

    def _add(self, session: LiveSession, samples: list[NewSample]) -> tuple[str, int]:
        name = self.dataset
        if name == STARTER:
            name = COPY_NAME if COPY_NAME in self._workspace.names() else self._workspace.duplicate(STARTER, COPY_NAME)
            self.copied = name
        store = self._workspace.open(name)
        store.add(samples)
        self.dataset = name
        self._use(session, store.dataset)
        return name, store.history()[0].number

    @staticmethod
    def _use(session: LiveSession, dataset: PoseDataset) -> None:
        """Count with what was learned from the next frame on."""
        classifier = PoseClassifier(dataset)
        classifier.learn()
        session.configure(replace(session.settings, classifier=classifier))

    @staticmethod
    def _count(session: LiveSession, exercise: str) -> str:
        return f"{exercise_label(exercise)}: {session.snapshot.counts.get(exercise, 0)}"


def _samples(session: LiveSession, name: str, last: Repetition | None) -> list[NewSample]:
    """What a correction teaches; nothing where no dataset counts the exercise."""
    settings = session.settings
    dataset = settings.classifier.dataset
    exercise = _exercise(dataset, name)
    if settings.profile == "any" or exercise is None:
        return []
    if last:
        return of_false(session.recent(), last, dataset, exercise)
    return of_missed(session.recent(), session.snapshot.repetitions, dataset, exercise)


def _exercise(dataset: PoseDataset, name: str) -> Exercise | None:
    return next((each for each in dataset.repeated if each.name == name), None)


def _due(session: LiveSession) -> str | None:
    """The exercise that a person is doing."""
    standing, snapshot, settings = session.trainer.standing, session.snapshot, session.settings
    if standing and standing.due and standing.state in ("working", "paused"):
        return standing.due.exercise
    if snapshot.repetitions:
        return snapshot.repetitions[-1].exercise
    if settings.exercises and len(settings.exercises) == 1:
        return next(iter(settings.exercises))
    repeated = settings.classifier.dataset.repeated
    return repeated[0].name if len(repeated) == 1 and settings.profile != "any" else None
