"""What a device is told: JSON objects that hold only what has changed.

======================= ====================================================================================
``at``                  time of the newest frame that was taken, by the device's clock; until then keep frames
``exercises``           name → label, target class, and whether it is held; with ``enter`` and ``exit``, the
                        thresholds, and ``mirror``
``counts``              repetitions by exercise
``seconds``             whole seconds held by exercise
``completed``           repetitions since the last message: exercise, start, end and number, oldest first
``exercise``            the exercise in progress, or null: whether a repetition is under way
``reason``              why the frame does not count, or null
``aloud``               the same as it is spoken, where that is another language; with ``language``, of all that is said
``charted``             the exercise that the chart shows
``votes``               raw and smoothed confidence in that one's target class
``seen``                the class with the greatest smoothed confidence, and that, from 0 to 10
``guide``               where the person is to be, see `posecount.drawing.guide.Guide`, or null
``training``            where the person stands in the training, see `posecount.device.training.training_of`
``said``                what is to be said aloud since the last message, in words
``error``, ``refused``  what is wrong, in words, and whether the server is full
``picture``             pixels of the longer side of the picture to send with the next frame; 0 for none
``message``, ``notice`` what a recording has to say
======================= ====================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from posecount.counting.pipeline import FrameResult, exercises_of
from posecount.datasets.dataset import Exercise, exercise_label
from posecount.device.training import training_of
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from posecount.training.phrases import reason_in

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Answers:
    """Says what has changed in a session since the last answer; one for each connection.

    Args:
        session: whose snapshots are read.

    Attributes:
        with_votes: whether to say what changes with every frame, which only a device that draws needs.
        holds_back: whether the last call has kept something for the next one, which may come without a frame.
    """

    def __init__(self, session: LiveSession) -> None:
        self.with_votes = False
        self._session = session
        self._said: dict[str, Any] = {}
        self._before: tuple[object, ...] | None = None  # what `_said` was made from
        self._settings: LiveSettings | None = None
        self._exercises: tuple[Exercise, ...] = ()
        self._targets: dict[str, str] = {}  # of those
        self._repetitions = session.snapshot.repetitions  # those before are known to the page
        self._uttered = session.trainer.utterances
        self._charted: str | None = None
        self.holds_back = False

    def next(self, at: float | None = None) -> str | None:
        """The next answer, as JSON; None where nothing has changed, or nothing that cannot wait for the next frame.

        Args:
            at: time of the newest frame that was taken, by the device's clock.
        """
        made_from = self._made_from()
        changed: dict[str, Any] = {}
        if made_from is None or made_from != self._before:  # with nearly every frame all of it is the same
            self._before, changed = made_from, self._changed(self._lasting())
        completed = self._completed()
        trainer = self._session.trainer
        said = []
        if trainer.utterances > self._uttered:
            said = [each for each in trainer.said if each.number > self._uttered]
        # What changes with every frame is told with every second one, if alone: sending costs as much as classifying.
        can_wait = not (changed or completed or said)
        if can_wait and not self.holds_back and at != self._said.get("at"):
            self.holds_back = True
            return None
        result = self._session.snapshot.result
        changed |= self._changed({"at": at, **(self._votes(result) if result and self.with_votes else {})})
        self.holds_back = can_wait and bool(changed) and not self.holds_back
        if self.holds_back or not (changed or completed or said):
            return None
        self._said |= changed
        if completed:
            changed["completed"] = completed
        if said:
            self._uttered = said[-1].number
            changed["said"] = [each.words for each in said]
        return _encode(changed)

    def _changed(self, now: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in now.items() if name not in self._said or self._said[name] != value}

    def _made_from(self) -> tuple[object, ...] | None:
        """All that `_lasting` depends on; None where it may change by itself."""
        session = self._session
        snapshot, trainer = session.snapshot, session.trainer
        result = snapshot.result
        if session.recorder:
            return None
        return (
            session.settings,
            snapshot.counts,
            snapshot.seconds,
            snapshot.error,
            snapshot.refused,
            result.exercise if result else None,
            result.reason if result else None,
            trainer.language,
            trainer.standing,
            trainer.paused_by,
            trainer.ready_s,
            trainer.guide,
        )

    def _lasting(self) -> Mapping[str, Any]:
        """What does not change with every frame."""
        snapshot, recorder, trainer = self._session.snapshot, self._session.recorder, self._session.trainer
        result, guide = snapshot.result, trainer.guide
        reason = result.reason if result else None
        return {
            **self._configuration(),
            "counts": {name: count for name, count in snapshot.counts.items() if count},
            "seconds": {name: int(seconds) for name, seconds in snapshot.seconds.items() if seconds >= 1},
            "error": snapshot.error,
            "refused": snapshot.refused,
            "picture": recorder.picture_side if recorder else 0,
            "message": recorder.message if recorder else "",
            "notice": recorder.notice if recorder else "",
            "exercise": result.exercise if result else None,
            "reason": str(reason) if reason else None,
            "language": trainer.language,
            "aloud": reason_in(trainer.language, reason) if reason and trainer.language != "en" else None,
            "training": training_of(trainer),
            "guide": {"outline": guide.outline, "good": guide.is_good} if guide else None,
        }

    def _configuration(self) -> Mapping[str, Any]:
        settings = self._session.settings
        if settings is not self._settings:
            self._settings = settings
            before = self._exercises
            counted, held = exercises_of(settings.classifier, settings.profile, only=settings.exercises)
            self._exercises = (*counted, *held)
            self._targets = {each.name: each.target for each in self._exercises}
            if self._exercises != before:
                self._charted = self._exercises[0].name if len(self._exercises) == 1 else None
            exercises = {
                each.name: {"label": each.label, "target": each.target, "held": each in held}
                for each in self._exercises
            }
            counting = settings.counting
            return {
                "exercises": exercises,
                "enter": counting.enter_threshold,
                "exit": counting.exit_threshold,
                "mirror": settings.mirror,
            }
        return {}

    def _completed(self) -> list[dict[str, Any]]:
        before, self._repetitions = self._repetitions, self._session.snapshot.repetitions
        new = None if self._repetitions is before else self._repetitions.since(before)
        if not new:  # none, or a reset
            return []
        counts = dict(self._session.snapshot.counts)
        completed = []
        for each in reversed(new):
            completed.append(
                {
                    "exercise": each.exercise,
                    "label": exercise_label(each.exercise),
                    "number": counts.get(each.exercise, 0),
                    "start": round(each.start, 3),
                    "end": round(each.end, 3),
                }
            )
            counts[each.exercise] = counts.get(each.exercise, 0) - 1
        return completed[::-1]

    def _votes(self, result: FrameResult) -> Mapping[str, Any]:
        """The overlay's choice of an exercise for its chart, see `posecount.drawing.overlay.Overlay`."""
        smoothed, names = result.smoothed, self._targets
        if result.exercise in names:
            self._charted = result.exercise
        elif self._charted is None and names:
            likeliest = max(names, key=lambda name: smoothed.get(names[name], 0.0))
            self._charted = likeliest if smoothed.get(names[likeliest], 0.0) > 0 else None
        target = names.get(self._charted or "", "")
        seen = max(smoothed, key=smoothed.__getitem__) if smoothed and result.pose else None
        return {
            "charted": self._charted,
            "votes": [round(result.votes.get(target, 0.0), 1), round(smoothed.get(target, 0.0), 1)],
            "seen": [seen, round(smoothed[seen], 1)] if seen else None,
        }
