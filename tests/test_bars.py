"""The bars that counting has to reach on real clips, tracked at three rates; see `python -m posecount evaluate`."""

from functools import cache
from pathlib import Path

import pytest

from posecount.counting.knn import PoseClassifier
from posecount.datasets.dataset import PoseDataset
from posecount.evaluation.evaluate import evaluate
from posecount.evaluation.manifest import read_manifest
from posecount.evaluation.results import ClipResult
from posecount.shipped import STARTER_DATASET

CERTAIN = ("pushups", "squats")
"""The exercises of the nine clips whose repetitions are certain."""

RATES = (30, 15, 10)


@cache
def classifier(dataset: Path) -> PoseClassifier:
    return PoseClassifier(PoseDataset.load(dataset))


@cache
def results(folder: Path, dataset: Path, fps: int, speed: float) -> tuple[ClipResult, ...]:
    clips = [clip for clip in read_manifest(folder / "truth.csv") if clip.fps == fps]
    assert len(clips) == 17
    return evaluate(clips, classifier(dataset), "robust", speed=speed).results


def misses(found: tuple[ClipResult, ...]) -> dict[str, int | None]:
    nine = [each for each in found if each.clip.exercise in CERTAIN]
    assert len(nine) == 9
    return {each.clip.path: each.error for each in nine if each.error != 0}


def false_repetitions(found: tuple[ClipResult, ...]) -> dict[str, dict[str, int]]:
    return {each.clip.path: dict(each.counts) for each in found if each.false_repetitions}


@pytest.mark.parametrize("speed", [1, 2], ids=["as recorded", "twice as fast"])
@pytest.mark.parametrize("fps", RATES)
def test_published_samples_count_the_nine_clips_exactly_and_nothing_else(shared: Path, fps: int, speed: float) -> None:
    found = results(shared / "sequences", shared / "mlkit" / "fitness_pose_samples.csv", fps, speed)
    assert misses(found) == {}
    if speed == 1:
        assert false_repetitions(found) == {}


@pytest.mark.parametrize("speed", [1, 2], ids=["as recorded", "twice as fast"])
@pytest.mark.parametrize("fps", RATES)
def test_the_starter_dataset_counts_the_nine_clips(shared: Path, fps: int, speed: float) -> None:
    found = results(shared / "sequences", STARTER_DATASET, fps, speed)
    missed = misses(found)
    assert len(missed) <= (1 if fps == 10 else 0), missed
    assert all(error is not None and abs(error) <= 1 for error in missed.values()), missed
    if speed == 1:
        false = false_repetitions(found)
        assert sum(each.false_repetitions for each in found) <= 1, false


@pytest.mark.parametrize("fps", RATES)
def test_the_starter_dataset_counts_other_exercises_within_one(shared: Path, fps: int) -> None:
    found = results(shared / "sequences", STARTER_DATASET, fps, 1)
    known = {exercise.name for exercise in classifier(STARTER_DATASET).dataset.exercises}
    others = [each for each in found if each.clip.exercise in known and each.clip.exercise not in CERTAIN]
    assert {each.clip.exercise for each in others} == {"situps", "lunges", "jumping_jacks"}
    for each in others:
        assert each.error is not None and abs(each.error) <= 1, (each.clip.path, dict(each.counts))
