"""Counting on all cores, or on a cluster: many recordings spread whole, one long video by segments.

joblib spreads the work: over processes of this machine, or over the workers of a Dask cluster. A worker needs this
package and the pose model; it reads a video by its path, or is sent it where it does not see the path.
"""

from __future__ import annotations

import hashlib
import math
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from glob import glob
from pathlib import Path
from typing import Any, NamedTuple

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky.process_executor import BrokenProcessPool

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import DEFAULT_PROFILE, Profile, RepetitionPipeline, Settings
from posecount.datasets.dataset import PoseDataset
from posecount.errors import PosecountError
from posecount.files import replacing
from posecount.tracking.model import Variant, model_path
from posecount.tracking.sequence import SEQUENCE_SUFFIX, LandmarkSequence
from posecount.tracking.tracker import PoseTracker
from posecount.video.count import Progress, Recording, count_recording, track_frames, track_video
from posecount.video.reader import VIDEO_SUFFIXES, Segment, Video

WARM_UP_S = 3.0
"""Seconds tracked before a segment begins. MediaPipe smooths over less, but it may settle on the person otherwise than
it did in the whole; counts of real clips have stayed the same, see tests/video/test_parallel.py."""
SEGMENT_S = 120.0
"""A segment lasts no longer than about this, so that all cores end at about the same time."""

_CONNECT_S = 10


class SourceError(PosecountError):
    """What to count in cannot be found: the message says what was asked for."""


class ClusterError(PosecountError):
    """A cluster cannot be used: the message says why and the remedy."""


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """What to count with; sent to every worker.

    Attributes:
        dataset, profile, settings, target: see `RepetitionPipeline`.
        variant: of the pose model, which each worker finds by itself.
    """

    dataset: PoseDataset
    profile: Profile = DEFAULT_PROFILE
    settings: Settings | None = None
    target: str | None = None
    variant: Variant = "full"

    def pipeline(self, tracker: PoseTracker | None) -> RepetitionPipeline:
        """A new pipeline; what was learned from the dataset is kept in this process."""
        return RepetitionPipeline(tracker, _classifier(self.dataset), self.profile, self.settings, self.target)


class Outcome(NamedTuple):
    """What became of a source: a recording, or in words why there is none."""

    source: Path
    recording: Recording | None
    error: str | None


class _Answer(NamedTuple):
    """What a worker returns."""

    recording: Recording | None = None
    error: str | None = None
    video: bytes | None = None
    absent: bool = False


def find_sources(argument: str) -> list[Path]:
    """The videos and landmark sequences that an argument of the command line means, in order of their names.

    Args:
        argument: a file, which need not exist; a folder, searched with all folders in it; or a glob such as
            ``clips/*.mp4``, where ``**`` means any folders.

    Raises:
        SourceError: if a folder holds none, or a glob matches none.
    """
    path = Path(argument)
    if path.is_dir():
        found = [
            file
            for file in sorted(path.rglob("*"))
            if file.suffix.lower() in (*VIDEO_SUFFIXES, SEQUENCE_SUFFIX) and file.is_file() and file.name[0] != "."
        ]
        if not found:
            raise SourceError(f"{argument} holds no video. Remedy: choose a folder with {', '.join(VIDEO_SUFFIXES)}.")
        return found
    if not path.exists() and any(sign in argument for sign in "*?["):
        found = [Path(name) for name in sorted(glob(argument, recursive=True)) if Path(name).is_file()]  # noqa: PTH207 as shells do it
        if not found:
            raise SourceError(f"{argument} matches no file. Remedy: check the pattern.")
        return found
    return [path]


def count_many(
    sources: Sequence[Path],
    counting: Counting,
    *,
    outputs: Mapping[Path, Path] | None = None,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress = lambda done, total: None,
) -> list[Outcome]:
    """Count in each source; one that fails stops no other. Ctrl-C keeps what was done until then.

    Args:
        sources: videos and landmark sequences.
        counting: what to count with.
        outputs: source → where to write its annotated video.
        jobs: worker processes; 1 works in this process.
        scheduler: address of a Dask scheduler, such as ``tcp://host:8786``, to use its workers instead.
        progress: told after each source.

    Returns:
        An outcome per source that was done, in the order of the sources.

    Raises:
        ClusterError: if the cluster cannot be used.
    """
    outputs = outputs or {}
    outcomes: dict[int, Outcome] = {}
    task = partial(_count_file, counting, scheduler is not None)

    def note(index: int, answer: _Answer | None) -> None:
        source = sources[index]
        answer = answer or _Answer(error=f"{source} crashes its decoder. Remedy: convert it to MP4 (H.264).")
        if answer.video is not None:
            with replacing(outputs[source]) as temporary:
                temporary.write_bytes(answer.video)
        recording = replace(answer.recording, source=source) if answer.recording else None
        outcomes[index] = Outcome(source, recording, answer.error)
        progress(len(outcomes), len(sources))

    arguments = {index: (source, outputs.get(source)) for index, source in enumerate(sources)}
    try:
        absent = []
        for index, answer in _spread(task, arguments, jobs, scheduler):
            if answer and answer.absent:
                absent.append(index)
            else:
                note(index, answer)
        unseen = {index: arguments[index] for index in sorted(absent)}
        for index, answer in _spread(task, unseen, jobs, scheduler, _with_content):
            note(index, answer)
    except KeyboardInterrupt:
        pass
    return [outcomes[index] for index in sorted(outcomes)]


def track_in_segments(
    path: Path,
    variant: Variant = "full",
    *,
    jobs: int = 2,
    scheduler: str | None = None,
    progress: Progress = lambda done, total: None,
) -> LandmarkSequence:
    """Track one long video on several cores: as one tracker would, save for what a warm-up cannot settle.

    Videos that cannot be cut (no second key frame, time that is missing or goes back) are tracked as a whole.

    Args:
        path: the video.
        variant: of the pose model.
        jobs, scheduler: see `count_many`.
        progress: told of frames, after each segment.

    Raises:
        VideoError: if the video cannot be used at all.
        ModelError, ClusterError: if the model or the cluster cannot be used.
    """
    model = model_path(variant)
    segments = plan_segments(path, jobs)
    if len(segments) < 2:
        with PoseTracker(model) as tracker:
            return track_video(path, tracker, progress=progress)
    with Video(path) as video:
        expected = video.frame_count
    parts: dict[int, LandmarkSequence] = {}
    arguments = {index: (path, segment) for index, segment in enumerate(segments)}
    task = partial(_track_segment, variant)
    for prepare in (_as_it_is, _with_content):  # what workers could not read is sent
        missing = {index: each for index, each in arguments.items() if index not in parts}
        for index, part in _spread(task, missing, jobs, scheduler, prepare):
            if part is not None:
                parts[index] = part
                progress(sum(map(len, parts.values())), expected)
    if len(parts) < len(segments):
        raise ClusterError(f"Tracking a part of {path} kills its worker. Remedy: convert it to MP4 (H.264).")
    joined = LandmarkSequence.joined([parts[index] for index in range(len(segments))])
    if expected and joined.broke_off is None and len(joined) < 0.95 * expected - 2:
        joined = replace(joined, broke_off=f"{len(joined)} of about {expected} frames could be read")
    return joined


def plan_segments(path: Path, parts: int, longest: float = SEGMENT_S) -> tuple[Segment, ...]:
    """Cut a video at key frames into at least so many parts of about the same length; none where it cannot be cut."""
    with Video(path) as video:
        keys, end = video.key_times()
    if len(keys) < 2:
        return ()
    with Video(path) as video:
        next(iter(video.read()))
        first = video.first
    length = end - first
    parts = max(parts, math.ceil(length / longest))
    cuts = {min(keys, key=lambda key: abs(key - first - length * part / parts)) - first for part in range(1, parts)}
    starts = [0.0, *sorted(cut for cut in cuts if WARM_UP_S < cut < length)]
    ends = [*starts[1:], None]
    return tuple(
        Segment(max(start - WARM_UP_S, 0.0), start, end, first) for start, end in zip(starts, ends, strict=True)
    )


def _count_file(
    counting: Counting, remote: bool, source: Path, output: Path | None, content: bytes | None = None
) -> _Answer:
    """Runs in a worker."""
    _ignore_interrupts()
    if remote and content is None and not source.is_file():
        return _Answer(absent=True)
    try:
        with _at_hand(source, content) as file, tempfile.TemporaryDirectory(prefix="posecount-") as folder:
            # A worker elsewhere may not see where the output belongs: it sends it.
            target = Path(folder) / "annotated.mp4" if remote and output else output
            if source.suffix.lower() == SEQUENCE_SUFFIX:
                recording = count_recording(file, counting.pipeline(None))
            else:
                with PoseTracker(model_path(counting.variant)) as tracker:
                    recording = count_recording(file, counting.pipeline(tracker), target)
            return _Answer(recording, video=target.read_bytes() if target and remote else None)
    except PosecountError as error:
        return _Answer(error=str(error))
    except Exception as error:  # noqa: BLE001 one bad file must not stop the others
        return _Answer(error=f"{source}: something unexpected went wrong: {type(error).__name__}: {error}")


def _track_segment(
    variant: Variant, path: Path, segment: Segment, content: bytes | None = None
) -> LandmarkSequence | None:
    """Runs in a worker; None where the worker does not see the file."""
    _ignore_interrupts()
    if content is None and not path.is_file():
        return None
    with _at_hand(path, content) as file, PoseTracker(model_path(variant)) as tracker, Video(file) as video:
        sequence = track_frames(video.read_segment(segment), tracker, segment.start)
        return replace(sequence, broke_off=video.broke_off)


def _as_it_is(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return arguments


def _with_content(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*arguments, Path(arguments[0]).read_bytes())


def _spread(
    task: Callable[..., Any],
    arguments: Mapping[int, tuple[Any, ...]],
    jobs: int,
    scheduler: str | None,
    prepare: Callable[[tuple[Any, ...]], tuple[Any, ...]] = _as_it_is,
) -> Iterator[tuple[int, Any]]:
    """Call a task with each of the arguments; yield (key, what it returned) as each is done.

    What it returned is None where the call killed its worker. Arguments are prepared when their turn comes.
    """
    left = dict(arguments)
    if not left:
        return
    with _backend(scheduler) as broken:
        jobs = -1 if scheduler else jobs
        while left:
            calls = (delayed(_keyed)(key, task, prepare(each)) for key, each in list(left.items()))
            try:
                for key, result in Parallel(n_jobs=jobs, return_as="generator_unordered")(calls):
                    del left[key]
                    yield key, result
            except broken:  # one of those under way did it: they have another try, each alone; the others go on
                for key in list(left)[: 2 * abs(jobs)]:
                    each = left.pop(key)
                    try:
                        yield Parallel(n_jobs=2)([delayed(_keyed)(key, task, prepare(each))])[0]
                    except broken:
                        yield key, None


def _keyed(key: int, task: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[int, Any]:
    return key, task(*arguments)


@contextmanager
def _backend(scheduler: str | None) -> Iterator[type[Exception]]:
    """Have joblib use a cluster, if one is named; yield the error that a killed worker causes."""
    if scheduler is None:
        yield BrokenProcessPool
        return
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise ClusterError(
            "A cluster needs Dask. Remedy: pip install -r requirements-cluster.txt, here and on the workers."
        ) from None
    try:
        client = Client(scheduler, timeout=_CONNECT_S)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"The Dask scheduler {scheduler} does not answer: {error}. Remedy: check the address, or start one with "
            "`dask scheduler`."
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ClusterError(
                f"The Dask scheduler {scheduler} has no workers. Remedy: start some with `dask worker {scheduler}`."
            )
        with parallel_config(backend="dask"):
            yield KilledWorker


@contextmanager
def _at_hand(path: Path, content: bytes | None) -> Iterator[Path]:
    """The file, or one with the content that was sent."""
    if content is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        file = Path(folder) / f"sent{path.suffix}"
        file.write_bytes(content)
        yield file


def _ignore_interrupts() -> None:
    """Ctrl-C is for the process that waits for the results."""
    if threading.current_thread() is threading.main_thread() and _is_worker():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _is_worker() -> bool:
    from multiprocessing import parent_process

    return parent_process() is not None


_classifiers: dict[str, PoseClassifier] = {}


def _classifier(dataset: PoseDataset) -> PoseClassifier:
    """The classifier of a dataset; the last one is kept, as learning takes seconds."""
    parts = repr((dataset.labels, sorted(dataset.targets.items()))).encode()
    key = hashlib.sha256(dataset.landmarks.tobytes() + parts).hexdigest()
    if key not in _classifiers:
        _classifiers.clear()
        _classifiers[key] = PoseClassifier(dataset)
    return _classifiers[key]
