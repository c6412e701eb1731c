"""Bootstrap: photos become samples. Only new pictures are looked at, in parallel, and one bad file stops nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from joblib import cpu_count

from posecount.datasets.editing.additions import Additions
from posecount.datasets.folder import digest_of
from posecount.datasets.photos import PhotoError
from posecount.datasets.records import Known, NewSample, Rejected, SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest.collection import Photo
from posecount.ingest.report import ADDED, Finding, IntakeReport
from posecount.ingest.workers import Picture, find_poses, keeping_tracker
from posecount.jobs import Cancelled
from posecount.names import safe_name

FEWEST_JOBS, MOST_JOBS = 2, 4
"""By default: each worker has a tracker of its own, which takes about 300 MB."""

_BATCH = 16
"""Photos for each worker before the results are stored; a killed process loses no more than this."""
_BATCH_BYTES = 100_000_000


def bootstrap(
    store: DatasetStore,
    photos: Sequence[Photo],
    model: Path,
    *,
    limit: int | None = None,
    jobs: int | None = None,
    again: bool = False,
    progress: Callable[[int, int, Counter[str]], None] = lambda done, total, kinds: None,
    cancelled: Cancelled = lambda: False,
) -> IntakeReport:
    """Find the pose in each photo and add it to the dataset.

    A photo that the dataset knows by its content (sha256) is not looked at again. Results are stored batch by batch, so
    that a killed process or a closed window keeps them.

    Args:
        store: the dataset.
        photos: in the order in which they are added.
        model: path of the pose model, see `posecount.model_path`.
        limit: use only the first photos of each class, at most this many, as the notebook does.
        jobs: worker processes; 1 works in this thread. By default one per processor, 2 to 4.
        again: look again at pictures that gave no sample before.
        progress: called after each photo with photos done, photos in all, and how many results of each kind are stored.
        cancelled: asked between batches.

    Raises:
        DatasetError: if the dataset cannot be written to. The batches that were stored before stay.
        ModelError: if the model cannot be loaded.
    """
    if store.read_only:
        raise DatasetError(f"{store.folder.name} is read-only. Try: duplicate the dataset and add to the copy.")
    chosen = _limited(photos, limit)
    jobs = jobs or min(max(cpu_count(), FEWEST_JOBS), MOST_JOBS)
    findings: list[Finding] = []
    kinds: Counter[str] = Counter()

    def tell(looked_at: int = 0) -> None:
        progress(len(findings) + looked_at, len(chosen), kinds.copy())

    def note(new: Sequence[Finding]) -> None:
        findings.extend(new)
        kinds.update(finding.kind for finding in new)
        tell()

    stopped = False
    firsts: dict[str, Finding] = {}
    with store.adding() as additions, keeping_tracker():
        # Asked within the run: only then does the dataset know the images that a person put into its folder.
        known = {digest: known for digest, known in store.known().items() if known.sample or not again}
        batches = _batches(chosen, known, _BATCH * jobs)
        while not (stopped := cancelled()) and (batch := next(batches, None)):
            new, twins, others = batch
            note(others)
            looked_at = _look_at(new, model, jobs, additions, tell)
            firsts |= {digest: finding for (_, _, digest), finding in zip(new, looked_at, strict=True)}
            note(looked_at)
            note([_twin(photo, firsts[digest]) for photo, digest in twins])
    return IntakeReport(tuple(findings), "photo", over_limit=len(photos) - len(chosen), cancelled=stopped)


def _limited(photos: Sequence[Photo], limit: int | None) -> list[Photo]:
    counts: Counter[str] = Counter()
    chosen = []
    for photo in photos:
        counts[photo.class_name] += 1
        if limit is None or counts[photo.class_name] <= limit:
            chosen.append(photo)
    return chosen


def _batches(
    photos: Sequence[Photo], known: Mapping[str, Known], size: int
) -> Iterator[tuple[list[Picture], list[tuple[Photo, str]], list[Finding]]]:
    """Read photos batch by batch.

    Yields:
        The pictures to look at; photos that are the same as an earlier one of these, with their sha256; and what can be
        said of the others already.
    """
    seen: set[str] = set()
    remaining = iter(photos)
    while True:
        new: list[Picture] = []
        twins: list[tuple[Photo, str]] = []
        others: list[Finding] = []
        taken = weight = 0
        for photo in remaining:
            taken += 1
            try:
                safe_name(photo.class_name, "class name")
                data = photo.read()
            except DatasetError as error:
                others.append(Finding(str(photo), "unreadable", str(error)))
            except PhotoError as error:
                others.append(Finding(str(photo), error.kind, str(error)))
            else:
                digest = digest_of(data)
                if digest in known:
                    others.append(Finding(str(photo), "duplicate", known[digest].words, known[digest].sample))
                elif digest in seen:
                    twins.append((photo, digest))
                else:
                    seen.add(digest)
                    new.append((SampleId(photo.class_name, photo.name), data, digest))
                    weight += len(data)
            if taken == size or weight > _BATCH_BYTES:
                break
        if not taken:
            return
        yield new, twins, others


def _look_at(
    pictures: list[Picture], model: Path, jobs: int, additions: Additions, tell: Callable[[int], None]
) -> list[Finding]:
    """Find the poses in a batch and store them."""
    found: list[NewSample | Rejected] = []
    for each in find_poses(pictures, model, jobs):
        found.append(each)
        tell(len(found))
    if not found:
        return []
    added = [each for each in found if isinstance(each, NewSample)]
    rejected = [each for each in found if isinstance(each, Rejected)]
    stored = iter(additions.add_unknown(added, rejected, by="picture"))
    return [
        _stored(photo, next(stored))
        if isinstance(each, NewSample)
        else Finding(str(photo), each.kind, each.reason, thumbnail=each.thumbnail)
        for (photo, _, _), each in zip(pictures, found, strict=True)
    ]


def _stored(photo: SampleId, stored: SampleId | Known) -> Finding:
    if isinstance(stored, Known):  # another window has looked at the same photos in the meantime
        return Finding(str(photo), "duplicate", stored.words, stored.sample)
    return Finding(str(photo), ADDED, sample=stored)


def _twin(photo: Photo, first: Finding) -> Finding:
    return Finding(str(photo), "duplicate", f"the same picture as {first.name}", first.sample, first.thumbnail)
