"""``python -m benchmarks.accuracy``: how right each profile is on all sets of test material, as the table of the docs.

The test material is not part of the project: landmark sequences with manifests, beside the checkout in
``../shared/sequences``, or in ``$POSECOUNT_SHARED``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from posecount.cli.app import silence_native_logs
from posecount.counting.knn import PoseClassifier
from posecount.counting.settings import Profile
from posecount.datasets.dataset import PoseDataset
from posecount.evaluation.evaluate import evaluate
from posecount.evaluation.manifest import THE_FIVE, Clip, read_manifest
from posecount.evaluation.results import ClipResult, Summary
from posecount.evaluation.taught import evaluate_taught
from posecount.files import replacing
from posecount.pose import LANDMARK, FloatArray
from posecount.shipped import STARTER_DATASET
from posecount.tracking.sequence import LandmarkSequence

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "counting.md"
MARKS = ("<!-- what `make evaluate` measures -->\n", "<!-- end -->\n")
PROFILES: tuple[Profile, ...] = ("robust", "any", "colab", "mlkit")
CERTAIN = ("squats", "pushups")
"""The exercises of the nine of the 17 clips whose repetitions are certain."""

TENS = tuple(f"ten samples a class, drawn with seed {seed}" for seed in range(7))

Change = Callable[[FloatArray, tuple[int, int]], FloatArray]
"""Makes other landmarks (T, 33, 3) of some, given the size of the picture."""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: of the set.
        cell: the figures as text; its docstring says which.
        clips: the set.
        datasets: the samples that are counted with, one after the other.
        speed: how much faster the clips are played.
        any_exercise: whether the profile `any`, which knows no exercise, can have these figures.
    """

    name: str
    cell: Callable[[Summary], str]
    clips: tuple[Clip, ...]
    datasets: tuple[str, ...] = ("starter",)
    speed: float = 1.0
    any_exercise: bool = True

    @property
    def title(self) -> str:
        """What the row is about."""
        return f"{self.name} ({len(self.clips) * len(self.datasets)}): {self.cell.__doc__}"

    def cells(self, profiles: Sequence[Profile], shared: Path) -> list[str]:
        """The figures per profile."""
        return [
            self.cell(self._evaluate(profile, shared)) if self.any_exercise or profile != "any" else "–"
            for profile in profiles
        ]

    def _evaluate(self, profile: Profile, shared: Path) -> Summary:
        datasets = (None,) if profile == "any" else self.datasets
        return Summary.of(
            [_counted(clip, profile, dataset, self.speed, shared) for dataset in datasets for clip in self.clips]
        )


@cache
def _counted(clip: Clip, profile: Profile, dataset: str | None, speed: float, shared: Path) -> ClipResult:
    known = _classifier(dataset, shared) if dataset else None
    return evaluate([clip], known, profile, speed=speed).results[0]


@cache
def _classifier(dataset: str, shared: Path) -> PoseClassifier:
    if dataset == "Google's":
        return PoseClassifier(PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv"))
    starter = PoseDataset.load(STARTER_DATASET)
    return PoseClassifier(starter if dataset == "starter" else ten_a_class(starter, TENS.index(dataset)))


def ten_a_class(dataset: PoseDataset, seed: int) -> PoseDataset:
    """Ten samples of each class, drawn by chance: one draw alone has three to nine of the nine clips exact."""
    labels, generator = np.array(dataset.labels), np.random.default_rng(seed)
    kept = np.concatenate(
        [np.sort(generator.choice(np.flatnonzero(labels == name), 10, replace=False)) for name in dataset.classes]
    )
    names, kept_labels = ([column[index] for index in kept] for column in (dataset.names, dataset.labels))
    return PoseDataset(tuple(names), tuple(kept_labels), dataset.landmarks[kept], dataset.targets)


def mirrored(landmarks: FloatArray, size: tuple[int, int]) -> FloatArray:
    """As a mirror shows them: left becomes right."""
    swapped = [LANDMARK[name.replace("left", "?").replace("right", "left").replace("?", "right")] for name in LANDMARK]
    other = landmarks[:, swapped].copy()
    other[..., 0] = size[0] - other[..., 0]
    return other


def tilted(landmarks: FloatArray, size: tuple[int, int]) -> FloatArray:
    """As a camera sees them that is tilted by 15°."""
    cosine, sine = np.cos(np.deg2rad(15)), np.sin(np.deg2rad(15))
    centre = np.array([size[0] / 2, size[1] / 2, 0], np.float32)
    turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]], np.float32)
    other: FloatArray = ((landmarks - centre) @ turn + centre).astype(np.float32)
    return other


def changed(clips: Sequence[Clip], change: Change, folder: Path) -> tuple[Clip, ...]:
    """The clips with other landmarks."""
    folder.mkdir()
    for clip in clips:
        sequence = LandmarkSequence.load(clip.file)
        replace(sequence, landmarks=change(sequence.landmarks, sequence.size)).save(folder / clip.file.name)
    return tuple(replace(clip, file=folder / clip.file.name) for clip in clips)


def rows(shared: Path, folder: Path) -> Iterator[Row]:
    """The rows of the table; clips that are changed are written to the folder."""
    footage = read_manifest(shared / "sequences" / "footage")
    repcount = read_manifest(shared / "sequences" / "repcount")
    clips = read_manifest(shared / "sequences")

    def of(some: Sequence[Clip], **wanted: Any) -> tuple[Clip, ...]:
        return tuple(clip for clip in some if all(getattr(clip, name) == value for name, value in wanted.items()))

    for group, name in (("core", "standard form"), ("variant", "variants")):
        for native in (True, False):
            rate = "native rate" if native else "10 fps"
            yield Row(f"Footage, {name}, {rate}", whole, of(footage, group=group, native=native))
    known = tuple(clip for clip in footage if clip.group != "other")
    others = of(footage, group="other")
    yield Row("Footage, standard form and variants", false, known, any_exercise=False)
    yield Row("Footage, other exercises, dance, yoga, talk", false, others, any_exercise=False)
    yield Row("Those of them with a known count", whole, tuple(clip for clip in others if clip.reps))
    yield Row("RepCount-A, four of them", shares, tuple(clip for clip in repcount if clip.exercise in THE_FIVE))
    yield Row("RepCount-A, pull-ups", shares, of(repcount, exercise="pullups"))
    for figures in (shares, false, found, late):
        yield Row("RepCount-A, all", figures, repcount, any_exercise=figures is not false)
    for fps in (30, 15, 10):
        at_rate = of(clips, fps=fps)
        yield Row(f"17 clips, {fps} fps", whole, tuple(clip for clip in at_rate if clip.exercise in THE_FIVE))
        yield Row(f"17 clips, {fps} fps", false, at_rate, any_exercise=False)
    nine = tuple(clip for clip in of(clips, fps=10) if clip.exercise in CERTAIN)
    yield Row("Nine of them, 10 fps, double speed", whole, nine, speed=2)
    for change in (mirrored, tilted):
        yield Row(f"Nine, 10 fps, {change.__name__}", whole, changed(nine, change, folder / change.__name__))
    yield Row("Nine, 10 fps, seven draws of ten samples a class", whole, nine, TENS, any_exercise=False)
    yield Row("Nine, 10 fps, samples: Google's", whole, nine, ("Google's",), any_exercise=False)
    yield Row("17 clips, 10 fps, samples: Google's", false, of(clips, fps=10), ("Google's",), any_exercise=False)


def whole(summary: Summary) -> str:
    """exact, within one"""
    if summary.exact is None or summary.obo is None:
        return "–"
    return f"{summary.exact * summary.judged:.0f}, {summary.obo * summary.judged:.0f}"


def shares(summary: Summary) -> str:
    """exact, OBO, MAE"""
    if summary.exact is None or summary.obo is None or summary.mae is None:
        return "–"
    return " ".join(f"{each:.3f}".removeprefix("0") for each in (summary.exact, summary.obo, summary.mae))


def false(summary: Summary) -> str:
    """false repetitions"""
    return str(summary.false_repetitions)


def found(summary: Summary) -> str:
    """precision, recall"""
    if summary.precision is None or summary.recall is None:
        return "–"
    return f"{summary.precision:.2f}, {summary.recall:.2f}"


def late(summary: Summary) -> str:
    """seconds late, p50, p95"""
    return "–" if summary.late_p50 is None else f"{summary.late_p50:.2f}, {summary.late_p95:.2f}"


def dozens(clips: Sequence[Clip]) -> list[Clip]:
    """Those of twelve repetitions and more; without the pommel horse, where the body circles."""
    return [clip for clip in clips if clip.reps and clip.reps.least >= 12 and clip.exercise != "pommel_horse"]


def table(shared: Path, tell: Callable[[str], None] = lambda line: None) -> str:
    """The table in Markdown; each line is told as soon as it is known."""
    lines = []

    def add(*cells: str) -> None:
        lines.append(f"| {' | '.join(cells)} |")
        tell(lines[-1])

    add("set (clips): figures", *(f"`{profile}`" for profile in PROFILES))
    add(*["---"] * (1 + len(PROFILES)))
    with tempfile.TemporaryDirectory(prefix="posecount-") as temporary:
        for row in rows(shared, Path(temporary)):
            add(row.title, *row.cells(PROFILES, shared))
    dozen = dozens(read_manifest(shared / "sequences" / "repcount"))
    taught = whole(evaluate_taught(dozen).summary)
    add(f"RepCount-A, after teaching from five ({len(dozen)}): {whole.__doc__}", taught, "–", "–", "–")
    return "".join(f"{line}\n" for line in lines)


def main() -> None:
    """Print the table, and put it into the documentation."""
    silence_native_logs()
    shared = Path(os.environ.get("POSECOUNT_SHARED") or ROOT.parent / "shared")
    if not (shared / "sequences").is_dir():
        sys.exit(f"Test material is missing: {shared}. Try: set POSECOUNT_SHARED.")
    made = table(shared, print)
    before, rest = DOCUMENT.read_text("utf-8").split(MARKS[0])
    after = rest.split(MARKS[1], 1)[1]
    with replacing(DOCUMENT) as temporary:
        temporary.write_text(f"{before}{MARKS[0]}\n{made}\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()
