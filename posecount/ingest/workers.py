"""Worker processes that decode photos and find their poses; each keeps a tracker."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import BrokenProcessPool

from posecount.datasets.photos import PhotoError, store_photo
from posecount.datasets.records import NewSample, Rejected, SampleId
from posecount.jpeg import thumbnail
from posecount.tracking.tracker import PoseTracker

Picture = tuple[SampleId, bytes, str]
"""Class and name of a photo, its file, and the file's sha256."""

_kept = threading.local()
"""Per thread, as a tracker is not thread-safe: the tracker that a worker keeps, and its model."""


def find_poses(pictures: Sequence[Picture], model: Path, jobs: int) -> Iterator[NewSample | Rejected]:
    """Find the pose in each picture, in order.

    Args:
        pictures: in memory.
        model: path of the pose model.
        jobs: worker processes; 1 works in this thread, inside `keeping_tracker`.

    Raises:
        ModelError: if the model cannot be loaded.
    """
    calls = [delayed(_find_pose)(*picture, model, jobs > 1) for picture in pictures]
    done = 0
    try:
        for found in Parallel(n_jobs=jobs, return_as="generator")(calls):
            yield found
            done += 1
    except BrokenProcessPool:  # a photo crashed its decoder, or Ctrl-C a starting worker: the others are good
        for call, (photo, _, digest) in zip(calls[done:], pictures[done:], strict=True):
            try:
                yield from Parallel(n_jobs=2)([call])
            except BrokenProcessPool:
                reason = "the picture crashes its decoder"
                yield Rejected(photo.class_name, photo.name, "unreadable", reason, digest)


@contextmanager
def keeping_tracker() -> Iterator[None]:
    """Close the tracker that this thread keeps at the end."""
    try:
        yield
    finally:
        _drop_tracker()


def _find_pose(photo: SampleId, data: bytes, digest: str, model: Path, in_worker: bool) -> NewSample | Rejected:
    if in_worker:  # Ctrl-C is for the process that waits, so that it can finish and store a batch
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    class_name, name = photo.class_name, photo.name
    try:
        stored = store_photo(data, name)
    except PhotoError as error:
        return Rejected(class_name, name, error.kind, str(error), digest)
    pose = _tracker(model).track(stored.image)
    if pose is None:
        reason = "no person was found in the picture"
        return Rejected(class_name, name, "no pose", reason, digest, thumbnail(stored.image))
    # The file travels back to the waiting process, not the pixels.
    return NewSample(class_name, stored.name, pose.landmarks, pose.visibility, stored.data, digest)


def _tracker(model: Path) -> PoseTracker:
    if getattr(_kept, "model", None) != model:
        _drop_tracker()
        _kept.tracker, _kept.model = PoseTracker(model, mode="image"), model
    tracker: PoseTracker = _kept.tracker
    return tracker


def _drop_tracker() -> None:
    tracker: PoseTracker | None = getattr(_kept, "tracker", None)
    if tracker is not None:
        tracker.close()
    _kept.tracker = _kept.model = None
