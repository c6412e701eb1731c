"""What a live session is told, and what it publishes; both immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import FrameResult
from posecount.counting.repetitions import Repetition
from posecount.counting.settings import DEFAULT_PROFILE, Profile, Settings

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
    """

    model: Path
    classifier: PoseClassifier
    profile: Profile = DEFAULT_PROFILE
    counting: Settings = field(default_factory=Settings)
    mirror: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LiveSnapshot:
    """What is known after a frame; never changed once it is published.

    Attributes:
        result: of the last frame, with this session's total counts; None before the first one.
        counts: repetitions per exercise, over all streams since the last reset.
        repetitions: each of them, oldest first; times are seconds of the session's streams, laid end to end.
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
    repetitions: tuple[Repetition, ...] = ()
    frames: int = 0
    skipped: int = 0
    processed_rate: float = 0.0
    processing_ms: float = 0.0
    error: str | None = None
    refused: bool = False
    ended: bool = False
    processed_at: float = 0.0
    before_reset: LiveSnapshot | None = None

    def zeroed(self) -> LiveSnapshot:
        """Without counts and repetitions. A reset of nothing keeps what the one before took away."""
        lost = replace(self, result=None, before_reset=None) if any(self.counts.values()) else self.before_reset
        none: Mapping[str, int] = MappingProxyType({})
        return replace(self, result=None, counts=none, repetitions=(), error=None, before_reset=lost)

    def restored(self) -> LiveSnapshot:
        """With what the last reset took away, in addition to what was counted since."""
        lost = self.before_reset
        if lost is None:
            return self
        counts = {name: lost.counts.get(name, 0) + self.counts.get(name, 0) for name in {**lost.counts, **self.counts}}
        repetitions = lost.repetitions + self.repetitions
        return replace(self, counts=MappingProxyType(counts), repetitions=repetitions, before_reset=None)
