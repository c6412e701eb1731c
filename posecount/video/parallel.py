"""Many recordings counted on all cores, or on a cluster.

A worker needs this package and the pose model; it reads a video by its path, or is sent it where it does not see the
path.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from glob import glob
from pathlib import Path
from typing import NamedTuple

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.settings import DEFAULT_PROFILE, Profile, Settings
from posecount.datasets.dataset import PoseDataset
from posecount.errors import PosecountError
from posecount.files import is_special, replacing_output
from posecount.jobs import Cancelled, Progress
from posecount.tracking.model import model_path
from posecount.tracking.sequence import SEQUENCE_SUFFIX
from posecount.tracking.tracker import PoseTracker
from posecount.tracking.variant import Variant
from posecount.video.count import count_recording
from posecount.video.reader import VIDEO_SUFFIXES
from posecount.video.recording import Recording
from posecount.video.workers import at_hand, check_scheduler, ignore_interrupts, spread, with_content


class SourceError(PosecountError):
    """There is nothing to count in. The message names what was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """What to count with. It is sent to every worker.

    Attributes:
        dataset, profile, settings, target: see `RepetitionPipeline`.
        variant: of the pose model, which each worker finds itself.
    """

    dataset: PoseDataset
    profile: Profile = DEFAULT_PROFILE
    settings: Settings | None = None
    target: str | None = None
    variant: Variant = "full"

    def pipeline(self, tracker: PoseTracker | None) -> RepetitionPipeline:
        """A new pipeline. What was learned from the dataset is kept in this process."""
        return RepetitionPipeline(tracker, _classifier(self.dataset), self.profile, self.settings, self.target)


class SourceResult(NamedTuple):
    """What counting a source gave: a recording, or an error fit to show."""

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
    """The videos and landmark sequences that an argument of the command line stands for, sorted by name.

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
            raise SourceError(f"{argument} has no videos in it. Try: a folder with {', '.join(VIDEO_SUFFIXES)} files.")
        return found
    if not path.exists() and any(sign in argument for sign in "*?["):
        found = [Path(name) for name in sorted(glob(argument, recursive=True)) if Path(name).is_file()]  # noqa: PTH207 as shells do it
        if not found:
            raise SourceError(f"{argument} matches no file. Try: check the pattern.")
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
    cancelled: Cancelled = lambda: False,
) -> list[SourceResult]:
    """Count in each source. One that fails does not stop the others, and Ctrl-C keeps what was done so far.

    Args:
        sources: videos and landmark sequences.
        counting: what to count with.
        outputs: source → where to write its annotated video.
        jobs: worker processes; 1 works in this process.
        scheduler: address of a Dask scheduler, such as ``tcp://host:8786``, to use its workers instead.
        progress: told after each source.
        cancelled: asked before each frame with one job; the source it stops is counted in part.

    Returns:
        A result per source that was done, in the order of the sources.

    Raises:
        ClusterError: if the cluster cannot be used.
    """
    outputs = outputs or {}
    results: dict[int, SourceResult] = {}
    staging: dict[Path, Path] = {}
    task = partial(_count_file, counting, scheduler is not None)

    def note(index: int, answer: _Answer | None) -> None:
        source = sources[index]
        answer = answer or _Answer(error=f"{source} crashes the decoder. Try: convert it to MP4 (H.264).")
        recording = replace(answer.recording, source=source) if answer.recording else None
        error = answer.error or (recording.unwritten if recording else None)
        try:
            if answer.video is not None:
                with replacing_output(outputs[source]) as temporary:
                    temporary.write_bytes(answer.video)
            elif (staged := staging.get(source)) and staged.exists():
                _move(staged, outputs[source])
        except OSError as problem:
            error = f"{outputs[source]} cannot be written: {problem.strerror}. Try: free disk space."
        results[index] = SourceResult(source, recording, error)
        progress(len(results), len(sources))

    check_scheduler(scheduler)
    with ExitStack() as stack:
        # What workers write is staged in folders that go with this process, as a signal may end it and not them.
        for parent in {each.parent for each in outputs.values()} if jobs > 1 and scheduler is None else ():
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(
                    dir=parent, prefix=".posecount-", suffix=".part", ignore_cleanup_errors=True
                )
            )
            staging |= {
                source: Path(folder).absolute() / f"{number}.mp4"
                for number, (source, output) in enumerate(outputs.items())
                if output.parent == parent
            }
        # Workers outlive a call, in the folder in which this process was when they began.
        apart = jobs > 1 and scheduler is None
        arguments = {
            index: (source.absolute() if apart else source, staging.get(source, outputs.get(source)))
            for index, source in enumerate(sources)
        }
        absent = []
        try:
            if jobs == 1 and scheduler is None:
                for index, (source, output) in arguments.items():
                    if cancelled():
                        break
                    note(index, _count_file(counting, False, source, output, cancelled=cancelled))
                arguments.clear()
            with closing(spread(task, arguments, jobs, scheduler)) as answers:
                for index, answer in answers:
                    if answer and answer.absent:
                        absent.append(index)
                    else:
                        note(index, answer)
            unseen = {}
            for index in sorted(absent):
                if os.access(sources[index], os.R_OK):
                    unseen[index] = arguments[index]
                else:
                    note(index, _Answer(error=f"{sources[index]} cannot be read. Try: check the path."))
            with closing(spread(task, unseen, jobs, scheduler, with_content)) as answers:
                for index, answer in answers:
                    note(index, answer)
        except KeyboardInterrupt:
            pass
    return [results[index] for index in sorted(results)]


def _move(staged: Path, output: Path) -> None:
    if is_special(output):
        with replacing_output(output) as temporary:
            shutil.copyfile(staged, temporary)
    else:
        staged.replace(os.path.realpath(output))


def _count_file(
    counting: Counting,
    remote: bool,
    source: Path,
    output: Path | None,
    content: bytes | None = None,
    cancelled: Cancelled = lambda: False,
) -> _Answer:
    """Runs in a worker."""
    ignore_interrupts()
    if remote and content is None and not source.is_file():
        return _Answer(absent=True)
    try:
        with at_hand(source, content) as file, tempfile.TemporaryDirectory(prefix="posecount-") as folder:
            # A worker on another machine may not see the output's folder, so it sends the file.
            target = Path(folder) / "annotated.mp4" if remote and output else output
            if source.suffix.lower() == SEQUENCE_SUFFIX:
                recording = count_recording(file, counting.pipeline(None), cancelled=cancelled)
            else:
                with PoseTracker(model_path(counting.variant)) as tracker:
                    recording = count_recording(file, counting.pipeline(tracker), target, cancelled=cancelled)
            sent = target if remote and target and not recording.unwritten else None
            return _Answer(recording, video=sent.read_bytes() if sent else None)
    except PosecountError as error:
        return _Answer(error=str(error))
    except Exception as error:  # noqa: BLE001 one bad file must not stop the others
        return _Answer(error=f"{source}: something unexpected went wrong: {type(error).__name__}: {error}")


_classifiers: dict[str, PoseClassifier] = {}


def _classifier(dataset: PoseDataset) -> PoseClassifier:
    """The classifier of a dataset. The last one is kept, as learning takes seconds."""
    parts = repr((dataset.labels, sorted(dataset.targets.items()))).encode()
    key = hashlib.sha256(dataset.landmarks.tobytes() + parts).hexdigest()
    if key not in _classifiers:
        _classifiers.clear()
        _classifiers[key] = PoseClassifier(dataset)
    return _classifiers[key]
