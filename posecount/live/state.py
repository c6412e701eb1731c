"""What a live session is told, and what it publishes; both immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from posecount.counting.holds import Hold
from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import FrameResult
from posecount.counting.repetitions import Repetition
from posecount.counting.settings import DEFAULT_PROFILE, Profile, Settings
from posecount.live.repetition_list import RepetitionList
from posecount.live.stream_stats import Pace

_Number = TypeVar("_Number", int, float)

Status = Literal["stopped", "waiting", "live", "stalled", "ended"]


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What a stream is processed with. Changing any of it takes effect with the next frame.

    Attributes:
        model: path of the pose model, already on disk.
        classifier: shared between sessions.
        profile: see `posecount.RepetitionPipeline`.
        counting: thresholds and smoothing.
        mirror: return the picture as a mirror would show it.
        exercises: count only these, by name; None counts all of the dataset.
    """

    model: Path
    classifier: PoseClassifier
    profile: Profile = DEFAULT_PROFILE
    counting: Settings = field(default_factory=Settings)
    mirror: bool = False
    exercises: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LiveSnapshot:
    """What is known after a frame; never changed once it is published.

    Attributes:
        result: of the last frame, with this session's total counts; None before the first one.
        counts: repetitions per exercise, over all streams since the last reset.
        repetitions: each of them, oldest first; times are seconds of the session's streams, laid end to end.
        seconds: seconds held per exercise that is held, over all streams since the last reset.
        holds: each of them that has ended, oldest first; the one in progress is in `result`.
        frames: frames processed in the current or last stream.
        skipped: frames of that stream that were not processed.
        processed_rate: frames processed a second, recently.
        processing_ms: milliseconds that processing a frame takes, recently.
        error: why processing failed a moment ago, or None.
        refused: whether that was because the server is busy with others.
        ended: whether the last stream has ended and no other has begun.
        processed_at: when the last frame was processed, by the session's clock.
        before_reset: what the last reset took away; None if nothing, or once it is brought back.
    """

    result: FrameResult | None = None
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    repetitions: RepetitionList = field(default_factory=RepetitionList)
    seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    holds: tuple[Hold, ...] = ()
    frames: int = 0
    skipped: int = 0
    processed_rate: float = 0.0
    processing_ms: float = 0.0
    error: str | None = None
    refused: bool = False
    ended: bool = False
    processed_at: float = 0.0
    before_reset: LiveSnapshot | None = None

    @property
    def last_end(self) -> float:
        """Seconds at which the latest repetition or hold ended; 0 where there was none. It looks at all of them."""
        # Of all, as repetitions of a set that gets its name late come after later ones.
        return max((each.end for each in (*self.repetitions, *self.holds)), default=0.0)

    def after(
        self,
        result: FrameResult | None,
        repetitions: RepetitionList,
        pace: Pace,
        error: str | None,
        refused: bool,
        processed_at: float,
    ) -> LiveSnapshot:
        """With what is known after another frame, and how the stream goes.

        Args:
            result: of the frame; None where it could not be processed.
            repetitions: all, with those that the frame has completed.
            pace, error, refused, processed_at: how the stream goes.
        """
        holds = self.holds
        if result and self.result and (going_on := self.result.hold) and not going_on.goes_on_in(result.hold):
            holds = (*holds, going_on)
        return LiveSnapshot(  # not `replace`, which takes twice as long: this is done with every frame
            result=result or self.result,
            counts=result.counts if result else self.counts,
            repetitions=repetitions,
            seconds=result.seconds if result else self.seconds,
            holds=holds,
            frames=self.frames + 1,
            skipped=pace.skipped,
            processed_rate=pace.processed_rate,
            processing_ms=pace.processing_ms,
            error=error,
            refused=refused,
            ended=self.ended,
            processed_at=processed_at,
            before_reset=self.before_reset,
        )

    def stopped(self) -> LiveSnapshot:
        """Without a last frame: what was held in it has ended."""
        going_on = self.result.hold if self.result else None
        return replace(self, result=None, holds=(*self.holds, going_on) if going_on else self.holds)

    def carried_over(self) -> LiveSnapshot:
        """What another session begins with: all that was counted and held, and nothing about streams."""
        stopped = self.stopped()
        return LiveSnapshot(
            counts=stopped.counts,
            repetitions=stopped.repetitions,
            seconds=stopped.seconds,
            holds=stopped.holds,
            before_reset=stopped.before_reset,
        )

    def corrected(self, exercise: str, by: int, back: Repetition | None = None) -> LiveSnapshot:
        """With another count of an exercise; the last of its repetitions goes with one that is taken off.

        Args:
            exercise, by: -1 or 1.
            back: the repetition that was taken off before and is put back.
        """
        repetitions = list(self.repetitions)
        if back:
            repetitions = sorted([*repetitions, back], key=lambda each: each.end)
        elif by < 0:
            last = next((i for i in reversed(range(len(repetitions))) if repetitions[i].exercise == exercise), None)
            if last is not None:
                del repetitions[last]
        return replace(self, counts=added(self.counts, {exercise: by}), repetitions=RepetitionList(repetitions))

    def zeroed(self) -> LiveSnapshot:
        """Without anything counted or held. A reset of nothing keeps what the one before took away."""
        stopped = self.stopped()
        something = any(self.counts.values()) or any(self.seconds.values())
        return replace(
            stopped,
            counts=MappingProxyType({}),
            repetitions=RepetitionList(),
            seconds=MappingProxyType({}),
            holds=(),
            error=None,
            before_reset=replace(stopped, before_reset=None) if something else self.before_reset,
        )

    def restored(self) -> LiveSnapshot:
        """With what the last reset took away, in addition to what was counted since."""
        lost = self.before_reset
        if lost is None:
            return self
        return replace(
            self,
            counts=added(lost.counts, self.counts),
            repetitions=lost.repetitions.plus(self.repetitions),
            seconds=added(lost.seconds, self.seconds),
            holds=lost.holds + self.holds,
            before_reset=None,
        )


def added(some: Mapping[str, _Number], more: Mapping[str, _Number]) -> Mapping[str, _Number]:
    """The sums per exercise, unchangeable."""
    sums = dict(some)
    for name, number in more.items():
        sums[name] = sums[name] + number if name in sums else number
    return MappingProxyType(sums)
