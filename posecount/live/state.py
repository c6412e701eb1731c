"""What a live session is told, and what it tells: both immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        frame_rate: frames a second that the source was asked for, or None where unknown.
    """

    model: Path
    classifier: PoseClassifier
    profile: Profile = DEFAULT_PROFILE
    counting: Settings = field(default_factory=Settings)
    mirror: bool = False
    frame_rate: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LiveSnapshot:
    """What is known after a frame; never changed once published.

    Attributes:
        result: of the last frame, with this session's total counts; None before the first one.
        counts: repetitions per exercise, over all streams since the last reset.
        repetitions: each of them, oldest first; times are seconds of this session's streams, one after the other.
        frames: frames processed in the current or last stream.
        skipped: frames of that stream that came and went while another was being processed.
        frame_rate: frames processed a second, of late.
        processing_ms: milliseconds a frame takes, of late.
        error: why processing failed a moment ago, or None.
        refused: that was because the server is busy with others.
        ended: the last stream has ended, and no other has begun.
        processed_at: `time.monotonic` of the last frame.
    """

    result: FrameResult | None = None
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    repetitions: tuple[Repetition, ...] = ()
    frames: int = 0
    skipped: int = 0
    frame_rate: float = 0.0
    processing_ms: float = 0.0
    error: str | None = None
    refused: bool = False
    ended: bool = False
    processed_at: float = 0.0
