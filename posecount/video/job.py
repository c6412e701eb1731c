"""Counting a recording in the background: what the Video page watches, cancels, and shows at the end."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import FrameResult, RepetitionPipeline
from posecount.counting.settings import Profile, Settings
from posecount.files import folder_of, unwritable
from posecount.jobs import Job, Turns
from posecount.jpeg import thumbnail
from posecount.pose import Image, Pose
from posecount.tracking.landmark_cache import CachedLandmarks
from posecount.tracking.sequence import SEQUENCE_SUFFIX
from posecount.tracking.tracker import PoseTracker, Tracker
from posecount.video.count import count_recording
from posecount.video.recording import Recording

_PREVIEW_SIDE = 640
_PREVIEW_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class RecordingProgress:
    """How far a job is.

    Attributes:
        done, total: frames; the total is None if the file does not say.
        fps: frames done per second so far.
        counts: repetitions so far, per exercise.
        seconds: seconds held so far, per exercise that is held.
    """

    done: int
    total: int | None
    fps: float
    counts: dict[str, int]
    seconds: dict[str, float]

    @property
    def seconds_left(self) -> float | None:
        """Seconds until it is done, at the rate so far; None if unknown."""
        return max(self.total - self.done, 0) / self.fps if self.total and self.fps else None


class RecordingJob(Job[Recording | None]):
    """Counts a video or landmark sequence in the background, and draws the annotated video of a video.

    Landmarks in the cache are not tracked again; new ones are put there once the whole video is tracked. The result is
    a recording with details, also of a part if the job was cancelled; None if it was cancelled before it began.

    Args:
        path: the file, which must stay until the job is finished.
        model: path of the pose model.
        classifier, profile, settings: see `RepetitionPipeline`.
        holds: kept as long as the job, so that what it needs is not deleted before.
        turns: the job waits for its turn here; None: it begins at once.
        replaces: jobs that are cancelled. If one is about the same video and model, this one waits for it and continues
            its tracking, so that each frame is tracked once.

    Attributes:
        waiting: whether it waits for its turn, or for the job it replaces.
        progress: how far it is; None until the first frame is done.
        preview: the last picture drawn, JPEG.
        annotated: the annotated video, a file that lives as long as the job; None for a landmark sequence, or if it
            could not be written.
        unannotated: why the annotated video could not be written, fit to show, or None.
    """

    def __init__(
        self,
        path: Path,
        model: Path,
        classifier: PoseClassifier,
        profile: Profile,
        settings: Settings,
        *,
        holds: object = None,
        turns: Turns | None = None,
        replaces: Sequence[RecordingJob] = (),
    ) -> None:
        self.path, self.model = path, model
        self.classifier, self.profile, self.settings = classifier, profile, settings
        self.waiting = True
        self.progress: RecordingProgress | None = None
        self.preview: bytes | None = None
        self.annotated: Path | None = None
        self.unannotated: str | None = None
        self._holds = holds
        self._others: dict[Profile, Recording] = {}
        self._drawn_at = -_PREVIEW_EVERY_S
        self._continued = False
        self._tracking = _Tracking(model)
        continued: RecordingJob | None = None
        for each in replaces:
            if (each.path, each.model) == (path, model):
                continued, self._tracking, each._continued = each, each._tracking, True
            each.cancel()
        del replaces  # their videos may be deleted

        def work(cancelled: threading.Event) -> Recording | None:
            nonlocal continued
            try:
                if continued is not None:
                    continued.wait()
                    continued = None
                with (turns or Turns(1)).turn(cancelled) as granted:
                    self.waiting = False
                    return self._count(cancelled) if granted else None
            finally:
                if not self._continued:
                    self._tracking.close()

        super().__init__(work, name="recording", after_surprise="Try: count it again, or convert it to MP4 (H.264).")

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
            self.progress = RecordingProgress(done, total, fps, pipeline.counts, pipeline.seconds)

        if self.path.suffix.lower() == SEQUENCE_SUFFIX:
            return count_recording(self.path, pipeline, None, note, cancelled=cancelled.is_set, details=True)
        cache = CachedLandmarks(self.path, self.model)
        known = cache.load()
        pipeline.tracker = known.replay() if known else self._tracking.begin()
        try:
            output = folder_of(self) / "annotated.mp4"
        except OSError as error:
            output, self.unannotated = None, unwritable("The annotated video", error)
        recording = count_recording(
            self.path, pipeline, output, note, cancelled=cancelled.is_set, watch=self._watch, details=True
        )
        if recording.unwritten:
            self.unannotated = recording.unwritten.replace(str(output), "The annotated video")
        else:
            self.annotated = output
        if known is None and not cancelled.is_set() and recording.landmarks:
            cache.save(recording.landmarks)
        return recording

    def _watch(self, picture: Image, result: FrameResult) -> None:
        if (now := monotonic()) - self._drawn_at >= _PREVIEW_EVERY_S:
            self._drawn_at = now
            self.preview = thumbnail(picture, _PREVIEW_SIDE)


class _Tracking:
    """Tracks each frame of one video once, in several passes, each of which goes further than the one before."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._tracker: Tracker | None = None
        self._poses: list[Pose | None] = []
        self._next = 0

    def begin(self) -> _Tracking:
        """Begin a pass, from the first frame."""
        self._next = 0
        return self

    def track(self, image: Image, timestamp: float) -> Pose | None:
        if self._next == len(self._poses):
            self._tracker = self._tracker or PoseTracker(self._model)
            self._poses.append(self._tracker.track(image, timestamp))
        self._next += 1
        return self._poses[self._next - 1]

    def close(self) -> None:
        """Release the tracker. Its poses go too, as no other tracker could continue from them."""
        if self._tracker:
            self._tracker.close()
        self._tracker, self._poses = None, []
