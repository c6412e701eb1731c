"""Bootstrap: photos become samples. Only new pictures are looked at, in parallel, and one bad file stops nothing."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import BrokenProcessPool

from posecount.datasets.folder import digest_of
from posecount.datasets.photos import PhotoError, StoredPhoto, store_photo
from posecount.datasets.records import NewSample, Rejected, SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest.archives import Photo
from posecount.jpeg import encode_jpeg, thumbnail
from posecount.names import safe_name
from posecount.pose import Image, Pose
from posecount.tracking.tracker import PoseTracker

FEWEST_JOBS, MOST_JOBS = 2, 4
"""By default: each worker holds a tracker of its own, about 300 MB."""

_BATCH = 16
"""Photos a worker is given before what was found is stored; a killed process loses no more than this."""
_BATCH_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a photo.

    Attributes:
        photo: its class and name, as they were.
        kind: ``added``, ``no pose``, ``unreadable``, ``too large``, or ``duplicate``.
        reason: in words; empty where it was added.
        sample: the sample it became, or whose duplicate it is.
        thumbnail: JPEG, where there is no sample and it could be decoded.
    """

    photo: SampleId
    kind: str
    reason: str = ""
    sample: SampleId | None = None
    thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True)
class BootstrapProgress:
    """How far a bootstrap is: photos done and in all, and how many of each kind of outcome."""

    done: int
    total: int
    kinds: Counter[str]


@dataclass(frozen=True, slots=True)
class BootstrapReport:
    """What a bootstrap did.

    Attributes:
        outcomes: one per photo that was come to.
        beyond_limit: photos left out because their class had enough.
        cancelled: whether it was; what was found until then is in the dataset.
        seconds: it took.
    """

    outcomes: tuple[Outcome, ...]
    beyond_limit: int
    cancelled: bool
    seconds: float

    @property
    def kinds(self) -> Counter[str]:
        """How many of each kind of outcome."""
        return Counter(outcome.kind for outcome in self.outcomes)

    @property
    def problems(self) -> tuple[Outcome, ...]:
        """The photos that gave no sample."""
        return tuple(outcome for outcome in self.outcomes if outcome.kind != "added")


class _Task(NamedTuple):
    photo: SampleId
    data: bytes
    digest: str


class _Finding(NamedTuple):
    kind: str
    reason: str = ""
    stored: StoredPhoto | None = None
    pose: Pose | None = None
    thumbnail: bytes | None = None


def bootstrap(
    store: DatasetStore,
    photos: Sequence[Photo],
    model: Path,
    *,
    limit: int | None = None,
    jobs: int | None = None,
    again: bool = False,
    progress: Callable[[BootstrapProgress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> BootstrapReport:
    """Find the pose in each photo and add it to the dataset.

    A photo that the dataset knows by its content (sha256) is not looked at again. What is found is stored batch by
    batch, so that a killed process or a closed window keeps it.

    Args:
        store: the dataset.
        photos: in the order in which they are added.
        model: path of the pose model, see `posecount.model_path`.
        limit: use only the first so many photos of each class, as the notebook does.
        jobs: worker processes; 1 works in this process. By default one per processor, 2 to 4.
        again: look again at pictures that gave no sample before.
        progress: called after each photo; ``kinds`` counts what is stored.
        cancelled: asked between batches.

    Raises:
        DatasetError: if the dataset cannot be written to; what was stored before stays.
        ModelError: if the model cannot be loaded.
    """
    started = perf_counter()
    if store.read_only:
        raise DatasetError(f"{store.folder.name} is read-only. Try: duplicate the dataset and add to the copy.")
    chosen = _limited(photos, limit)
    known = {digest: known for digest, known in store.known().items() if known.sample or not again}
    jobs = jobs or min(max(os.cpu_count() or 1, FEWEST_JOBS), MOST_JOBS)
    run = uuid.uuid4().hex
    outcomes: list[Outcome] = []
    kinds: Counter[str] = Counter()

    def note(outcome: Outcome) -> None:
        outcomes.append(outcome)
        kinds[outcome.kind] += 1

    def tell(looked_at: int = 0) -> None:
        progress(BootstrapProgress(len(outcomes) + looked_at, len(chosen), kinds.copy()))

    stopped = False
    looked: dict[str, Outcome] = {}
    remaining = iter(chosen)
    try:
        while not (stopped := cancelled()):
            tasks: dict[str, _Task] = {}
            twins: list[_Task] = []
            size = taken = 0
            for photo in remaining:
                taken += 1
                read = _read(photo)
                if isinstance(read, Outcome):
                    note(read)
                elif read.digest in known:
                    note(Outcome(read.photo, "duplicate", known[read.digest].words, known[read.digest].sample))
                elif read.digest in looked or read.digest in tasks:
                    twins.append(read)
                else:
                    tasks[read.digest] = read
                    size += len(read.data)
                if taken == _BATCH * jobs or size > _BATCH_BYTES:
                    break
            if not taken:
                break
            tell()
            findings = []
            for finding in _look_at_all(list(tasks.values()), model, jobs):
                findings.append(finding)
                tell(len(findings))
            for digest, outcome in zip(tasks, _commit(store, list(tasks.values()), findings, run), strict=True):
                looked[digest] = outcome
                note(outcome)
            for twin in twins:
                first = looked[twin.digest]
                note(
                    Outcome(
                        twin.photo, "duplicate", f"the same picture as {first.photo}", first.sample, first.thumbnail
                    )
                )
            tell()
    finally:
        _drop_tracker()
    return BootstrapReport(tuple(outcomes), len(photos) - len(chosen), stopped, perf_counter() - started)


def sample_from_frame(class_name: str, name: str, pose: Pose, image: Image) -> NewSample:
    """A sample from a pose that was found already, in a frame of a video or webcam stream.

    Args:
        image: RGB uint8 (height, width, 3), the one the pose was found in.
    """
    return NewSample(class_name, name, pose.landmarks, pose.visibility, encode_jpeg(image))


def _limited(photos: Sequence[Photo], limit: int | None) -> list[Photo]:
    counts: Counter[str] = Counter()
    chosen = []
    for photo in photos:
        counts[photo.class_name] += 1
        if limit is None or counts[photo.class_name] <= limit:
            chosen.append(photo)
    return chosen


def _read(photo: Photo) -> _Task | Outcome:
    id = SampleId(photo.class_name, photo.name)
    try:
        safe_name(photo.class_name, "class name")
        data = photo.read()
    except DatasetError as error:
        return Outcome(id, "unreadable", str(error))
    except PhotoError as error:
        return Outcome(id, error.outcome, str(error))
    return _Task(id, data, digest_of(data))


def _commit(store: DatasetStore, tasks: Sequence[_Task], findings: Sequence[_Finding], run: str) -> list[Outcome]:
    """Store what a batch gave."""
    new: list[NewSample] = []
    rejected: list[Rejected] = []
    pairs = list(zip(tasks, findings, strict=True))
    for task, finding in pairs:
        label, name = task.photo.class_name, task.photo.name
        if finding.pose is not None and finding.stored is not None:
            pose, stored = finding.pose, finding.stored
            new.append(NewSample(label, stored.name, pose.landmarks, pose.visibility, stored.data, task.digest))
        else:
            rejected.append(Rejected(label, name, finding.kind, finding.reason, task.digest, finding.thumbnail))
    ids = iter(store.add(new, rejected, run) if pairs else ())
    return [
        Outcome(task.photo, finding.kind, finding.reason, next(ids) if finding.pose else None, finding.thumbnail)
        for task, finding in pairs
    ]


def _look_at_all(tasks: Sequence[_Task], model: Path, jobs: int) -> Iterator[_Finding]:
    calls = [delayed(_look)(task.data, task.photo.name, model, jobs > 1) for task in tasks]
    done = 0
    try:
        for finding in Parallel(n_jobs=jobs, return_as="generator")(calls):
            yield finding
            done += 1
    except BrokenProcessPool:  # a picture crashed its decoder, or Ctrl-C a starting worker: the others are good
        for call in calls[done:]:
            try:
                yield from Parallel(n_jobs=2)([call])
            except BrokenProcessPool:
                yield _Finding("unreadable", "the picture crashes its decoder")


def _look(data: bytes, name: str, model: Path, in_worker: bool) -> _Finding:
    """Decode a photo and find its pose."""
    if in_worker:  # Ctrl-C is for the process that waits, which lets a batch be finished and stored
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stored = store_photo(data, name)
    except PhotoError as error:
        return _Finding(error.outcome, str(error))
    pose = _tracker(model).track(stored.image)
    if pose is None:
        return _Finding("no pose", "no person was found in the picture", thumbnail=thumbnail(stored.image))
    stored = stored._replace(image=stored.image[:0])  # the file travels back, not the pixels
    return _Finding("added", stored=stored, pose=pose)


_kept = threading.local()
"""Per thread, as a tracker is not thread-safe: the tracker that a worker keeps, and its model."""


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
