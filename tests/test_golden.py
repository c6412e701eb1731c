"""The reference profile against vectors made with the published algorithm."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posecount import EMASmoother, PoseClassifier, PoseDataset, RepetitionCounter, RepetitionPipeline, embed
from posecount.tracking.sequence import LandmarkSequence


@pytest.fixture(scope="module")
def classifier(shared: Path) -> PoseClassifier:
    return PoseClassifier(PoseDataset.load(shared / "mlkit" / "fitness_pose_samples.csv"))


def golden(shared: Path, name: str) -> Any:
    return json.loads((shared / "golden" / name).read_text())


def test_every_embedding_matches(shared: Path) -> None:
    for vector in golden(shared, "embedding.json"):
        np.testing.assert_allclose(embed(np.array(vector["landmarks"])), vector["embedding"], atol=2e-3)


def test_every_vote_matches(shared: Path, classifier: PoseClassifier) -> None:
    for vector in golden(shared, "votes.json"):
        assert classifier.classify(np.array(vector["landmarks"], dtype=np.float32)) == vector["votes"]


def test_every_smoothed_value_and_count_matches(shared: Path) -> None:
    for series in golden(shared, "smoothing_counting.json"):
        smoother, counter = EMASmoother(), RepetitionCounter("squats_down")
        for index, frame in enumerate(series):
            smoothed = smoother.update(frame["votes"], index / 30)
            if frame["votes"] is not None:
                assert smoothed == pytest.approx(frame["smoothed"], abs=1e-5)
                counter.update(smoothed)
            assert counter.count == frame["count"]


def test_every_clip_counts_as_the_published_program_does(shared: Path, classifier: PoseClassifier) -> None:
    for name, expected in golden(shared, "sequence_counts.json").items():
        pipeline = RepetitionPipeline(None, classifier, profile="colab")
        for timestamp, pose in LandmarkSequence.load(shared / "sequences" / name).poses():
            pipeline.process_pose(pose, timestamp)
        counts = {f"{exercise}_down": count for exercise, count in pipeline.counts.items()}
        assert counts == expected, name
