"""What a live session is told, and what it publishes; both immutable."""

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
