"""Counts in a recording in the background: what the Video page watches, cancels, and shows when it is done."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.counting.settings import Profile, Settings
from posecount.jobs import Job
from posecount.jpeg import thumbnail
from posecount.pose import Image
from posecount.tracking.landmark_cache import CachedLandmarks
from posecount.tracking.sequence import SEQUENCE_SUFFIX
from posecount.tracking.tracker import PoseTracker
from posecount.video.count import count_recording
from posecount.video.recording import Recording

_PREVIEW_SIDE = 640
_PREVIEW_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class RecordingProgress:
    """How far a job is.

    Attributes:
        done, total: frames; the total is None where the file does not say.
        fps: frames done per second so far.
        counts: repetitions so far, per exercise.
    """

    done: int
    total: int | None
    fps: float
    counts: dict[str, int]

    @property
    def seconds_left(self) -> float | None:
        """Until it is done, at the rate so far; None where it cannot be known."""
        return max(self.total - self.done, 0) / self.fps if self.total and self.fps else None


class RecordingJob(Job[Recording]):
    """Counts in a video or landmark sequence in the background, and draws the annotated video of a video.

    Landmarks that are in the cache are not tracked again; new ones are put there, unless the job was cancelled.

    Args:
        path: the file, which must stay until the job is finished.
        model: path of the pose model.
        classifier, profile, settings: see `RepetitionPipeline`.
        holds: kept as long as the job, so that what it is about is not deleted before.

    Attributes:
        progress: how far it is; None until the first frame is done.
        preview: the last picture drawn, JPEG.
        result: what was counted, with details, once it is finished; also of a part, where it was cancelled.
        annotated: the annotated video, a file that lives as long as the job; None for a landmark sequence.
    """

    def __init__(
        self,
        path: Path,
        model: Path,
        classifier: PoseClassifier,
        profile: Profile,
        settings: Settings,
        holds: object = None,
    ) -> None:
        self.path, self.model = path, model
        self.classifier, self.profile, self.settings = classifier, profile, settings
        self.progress: RecordingProgress | None = None
        self.preview: bytes | None = None
        self.annotated: Path | None = None
        self._holds = holds
        self._others: dict[Profile, Recording] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="posecount-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._drawn_at = -_PREVIEW_EVERY_S
        super().__init__(self._count, name="recording", after_surprise="Try: again, or convert it to MP4 (H.264).")

    def counted_with(self, profile: Profile) -> Recording:
        """What another profile counts with the same landmarks, without tracking again."""
        assert self.result is not None and self.result.landmarks is not None
        if profile == self.profile:
            return self.result
        if profile not in self._others:
            pipeline = RepetitionPipeline(None, self.classifier, profile, self.settings)
            self._others[profile] = count_recording(self.result.landmarks, pipeline, details=True)
        return self._others[profile]

    def _count(self, cancelled: threading.Event) -> Recording:
        pipeline = RepetitionPipeline(None, self.classifier, self.profile, self.settings)
        started = monotonic()

        def note(done: int, total: int | None) -> None:
            fps = done / max(monotonic() - started, 1e-3)
            self.progress = RecordingProgress(done, total, fps, pipeline.counts)

        if self.path.suffix.lower() == SEQUENCE_SUFFIX:
            return count_recording(self.path, pipeline, None, note, cancelled=cancelled.is_set, details=True)
        cache = CachedLandmarks(self.path, self.model)
        known = cache.load()
        pipeline.tracker = tracker = known.replay() if known else PoseTracker(self.model)
        output = self._folder / "annotated.mp4"
        try:
            recording = count_recording(
                self.path, pipeline, output, note, cancelled=cancelled.is_set, watch=self._watch, details=True
            )
        finally:
            tracker.close()
        self.annotated = output
        if known is None and not cancelled.is_set() and recording.landmarks:
            cache.save(recording.landmarks)
        return recording

    def _watch(self, picture: Image, result: FrameResult) -> None:
        if (now := monotonic()) - self._drawn_at >= _PREVIEW_EVERY_S:
            self._drawn_at = now
            self.preview = thumbnail(picture, _PREVIEW_SIDE)
