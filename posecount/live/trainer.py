"""Trainer: leads one live session through a plan, and pauses it by a gesture, by absence, or by a button."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal, Protocol

from posecount.counting.pipeline import FrameResult, exercises_of
from posecount.counting.profiles import Reason
from posecount.counting.repetitions import Repetition
from posecount.drawing.guide import Guide
from posecount.history.recorder import WorkoutRecorder
from posecount.live.state import LiveSettings
from posecount.training.gesture import PauseGesture
from posecount.training.leader import GET_READY_S, PlanLeader
from posecount.training.phrases import phrase
from posecount.training.placement import Placement
from posecount.training.plan import Plan
from posecount.training.standing import Standing

ABSENT_AFTER_S = 3.0
"""Seconds without a person after which a set of a plan pauses."""
_SAID = 20
"""How many of the last utterances are kept, for a page that looks seldom."""

_PLACED = {"unknown pose", "no exercise", "waiting for the start", "getting ready"}
"""Reasons that may come from where a person stands, or with which there is time to say it."""

PausedBy = Literal["button", "gesture", "absence"]

_UNSEEN = (640, 480)
"""Pixels of the picture in which no one is seen; only its shape matters, and this one is asked for."""

_REASONS = {
    "button": "Paused",
    "gesture": "Paused: cross your forearms again to go on",
    "absence": "Paused: step into the frame",
}


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something to be said once.

    Attributes:
        number: 1, 2, … in the session.
        words: what.
    """

    number: int
    words: str


class Corrector(Protocol):
    """Puts counts right, as the person says. Each method returns what it has done, in words."""

    def none(self) -> str:
        """The last repetition was none."""
        ...

    def missed(self) -> str:
        """One was missed."""
        ...

    def undo(self) -> str:
        """The last correction was wrong."""
        ...


class Trainer:
    """What leads one session. Threads may share it; time is that of the session's frames.

    Attributes:
        guide: where the person is to be, as long as that is to be shown.
        get_ready_s: seconds from the beginning of a stream in which nothing counts yet; a plan has its own.
        language: in which it speaks, see `posecount.training.phrases`.
        is_shown_apart: whether the page shows count and reason outside the picture, which then needs none.
        gesture_pauses: whether forearms crossed before the chest pause and resume.
        recorder: told where sets of the plan begin and what they ask for; None where no history is kept.
        corrector: takes the person's corrections; None before a page has set one.
    """

    def __init__(self) -> None:
        self.guide: Guide | None = None
        self.get_ready_s = 0.0
        self.is_shown_apart = False
        self.language = "en"
        self.gesture_pauses = True
        self.corrector: Corrector | None = None
        self.recorder: WorkoutRecorder | None = None
        self._lock = threading.Lock()
        self._leader: PlanLeader | None = None
        self._paused_by: PausedBy | None = None
        self._is_new = True  # the stream: no frame of it has come, or the person still gets ready for it
        self._new_since: float | None = None
        self._said_seconds = 0
        self._ready_left = 0.0
        self._gesture = PauseGesture()
        self._seen: float | None = None  # when a person was last in the picture
        self._before: Standing | None = None
        self._place = (-1, "")  # how many sets were done and what went on, when the recorder was told last
        self._targets: dict[str, str] = {}  # exercise → its target class
        self._settings: LiveSettings | None = None  # which those are of
        self._said: deque[Utterance] = deque(maxlen=_SAID)
        self._utterances = 0

    @property
    def leader(self) -> PlanLeader | None:
        """Who leads through the plan; None in free training."""
        return self._leader

    @property
    def standing(self) -> Standing | None:
        """Where the person stands in the plan."""
        leader = self._leader
        return leader.standing if leader else None

    @property
    def paused_by(self) -> PausedBy | None:
        """What has paused the session: it then counts nothing."""
        return self._paused_by

    @property
    def reason(self) -> Reason | None:
        """Why nothing counts, while paused or getting ready."""
        by, left = self._paused_by, self.ready_s
        if by:
            return Reason("paused", _REASONS[by])
        return None if left is None else Reason("getting ready", f"Get ready: {ceil(left)}")

    @property
    def ready_s(self) -> float | None:
        """Seconds left of getting ready, for a plan or without one; None once it is over."""
        if standing := self.standing:
            return standing.remaining_s if standing.state == "ready" else None
        if not self._is_new or not self.get_ready_s:
            return None
        return self.get_ready_s if self._new_since is None else self._ready_left

    @property
    def utterances(self) -> int:
        """How many there were so far, which is the number of the last one."""
        return self._utterances

    @property
    def said(self) -> tuple[Utterance, ...]:
        """The last utterances, oldest first."""
        with self._lock:
            return tuple(self._said)

    def lead(self, plan: Plan | None, get_ready_s: float | None = None) -> None:
        """Lead through a plan from the next frame on; None goes back to free training."""
        leader = None
        if plan:
            leader = PlanLeader(plan, GET_READY_S if get_ready_s is None else get_ready_s, self.language)
        with self._lock:
            self._tell_recorder(None)
            self._leader, self._before, self._paused_by, self._place = leader, None, None, (-1, "")

    def expect_stream(self) -> None:
        """The next frame begins another stream: the person gets ready again."""
        with self._lock:
            self._is_new, self._new_since = True, None

    def pause(self, by: PausedBy = "button") -> None:
        """Count nothing until `resume`."""
        with self._lock:
            self._pause(by)

    def resume(self) -> None:
        """Go on."""
        with self._lock:
            self._resume()

    def correct(self, exercise: str, by: int, is_listed: bool = False) -> None:
        """Count a repetition of the plan's set less, or more; `is_listed` where the session lists it again."""
        if self._leader:
            self._leader.correct(exercise, by, is_listed)

    def placed(self, result: FrameResult, settings: LiveSettings) -> FrameResult:
        """The result of a frame that does not count, with what the person should do about where they are.

        It also says what `guide` shows with this frame.
        """
        standing, pose, reason = self.standing, result.pose, result.reason
        is_ready = reason is not None and reason.code == "getting ready"
        self.guide = None
        if reason is None or not (is_ready or (pose and reason.code in _PLACED)):
            return result
        exercise = standing.due.exercise if standing and standing.due else None
        if exercise is None and settings.exercises and len(settings.exercises) == 1:
            exercise = next(iter(settings.exercises))
        placement = settings.classifier.once(Placement)
        advice = placement.advice(pose, exercise) if pose else None
        if advice or is_ready:
            size = pose.size if pose else _UNSEEN
            self.guide = placement.guide(exercise, pose, size, is_good=pose is not None and not advice)
        return result._replace(reason=Reason("placement", advice)) if advice else result

    def follow(self, result: FrameResult, repetitions: Sequence[Repetition], settings: LiveSettings) -> None:
        """Take in what a frame has counted, and all repetitions of the session."""
        with self._lock:
            self._watch(result, settings)
            leader = self._leader
            if leader is None:
                self._get_ready(result.timestamp)
                return
            self._is_new = False
            before, self._before = self._before, leader.follow(repetitions, result.hold, result.timestamp)
            for words in self._before.spoken:
                self._say(words)
            # A frame later: the set's last repetition still belongs to it.
            if before and before.state != "paused" and (before.sets_done, before.state) != self._place:
                self._place = before.sets_done, before.state
                self._tell_recorder(leader.target if before.state == "working" else None)

    def _get_ready(self, now: float) -> None:
        """Count down to the beginning of free training."""
        if not self._is_new or self._paused_by:
            return
        if self._new_since is None:
            self._new_since, self._said_seconds = now, 0
        self._ready_left = left = max(self._new_since + self.get_ready_s - now, 0.0)
        if left <= 0:
            self._is_new = False
            if self.get_ready_s:
                self._say(phrase("go", self.language))
        elif left <= 3.05 and 0 < round(left) != self._said_seconds:
            self._said_seconds = round(left)
            self._say(str(self._said_seconds))

    def _watch(self, result: FrameResult, settings: LiveSettings) -> None:
        """Pause or resume by what the person does."""
        now, standing = result.timestamp, self.standing
        if result.pose is not None:
            self._seen = now
            if self._paused_by == "absence":
                self._resume()
        elif (
            self._seen is not None
            and now - self._seen > ABSENT_AFTER_S
            and (standing.state in ("ready", "working") if standing else not self._is_new)
        ):
            self._pause("absence")
        if self.gesture_pauses and self._gesture.update(result.pose, now, self._is_moving(result, settings)):
            if self._paused_by:
                self._resume()
            elif standing is None or standing.state != "done":
                self._pause("gesture")

    def _is_moving(self, result: FrameResult, settings: LiveSettings) -> bool:
        """Whether a repetition or a hold is under way."""
        if settings is not self._settings:
            self._settings = settings
            counted, _ = exercises_of(settings.classifier, settings.profile, only=settings.exercises)
            self._targets = {each.name: each.target for each in counted}
        target = self._targets.get(result.exercise or "", "")
        return result.hold is not None or result.smoothed.get(target, 0.0) >= settings.counting.exit_threshold

    def _pause(self, by: PausedBy) -> None:
        if self._paused_by is None:
            self._paused_by = by
            if self._leader:
                self._leader.pause()
            else:
                self._say(phrase("paused", self.language))

    def _resume(self) -> None:
        if self._paused_by:
            self._paused_by = None
            if self._leader:
                self._leader.resume()
            else:
                self._say(phrase("resumed", self.language))

    def _tell_recorder(self, target: int | None) -> None:
        if self.recorder:
            self.recorder.close_set()
            self.recorder.target = target

    def _say(self, words: str) -> None:
        self._utterances += 1
        self._said.append(Utterance(self._utterances, words))
