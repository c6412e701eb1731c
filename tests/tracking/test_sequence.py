"""Landmark sequences."""

from pathlib import Path

import numpy as np
import pytest

from posecount.errors import SequenceError
from posecount.pose import Pose
from posecount.tracking.sequence import LandmarkSequence


def pose(value: float, size: tuple[int, int] = (640, 480)) -> Pose:
    return Pose(np.full((33, 3), value, np.float32), np.full(33, 0.5, np.float32), size)


def test_survives_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    LandmarkSequence.from_poses([(0.0, pose(1)), (0.1, None), (0.3, pose(2))]).save(path)
    frames = list(LandmarkSequence.load(path).poses())
    assert [timestamp for timestamp, _ in frames] == [0.0, 0.1, 0.3]
    (_, first), (_, none), (_, last) = frames
    assert first is not None and none is None and last is not None
    np.testing.assert_array_equal(last.landmarks, pose(2).landmarks)
    assert last.size == (640, 480)
    assert list(tmp_path.iterdir()) == [path]


def test_poses_of_another_image_size_are_scaled() -> None:
    sequence = LandmarkSequence.from_poses([(0.0, pose(10)), (0.1, pose(5, (320, 240)))])
    np.testing.assert_array_equal(sequence.landmarks[0], sequence.landmarks[1])


def test_a_sequence_without_any_person_survives_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "nobody.npz"
    LandmarkSequence.from_poses([(0.0, None), (0.1, None)]).save(path)
    assert [each for _, each in LandmarkSequence.load(path).poses()] == [None, None]


def write(path: Path, **arrays: np.ndarray) -> None:
    whole = {
        "landmarks": np.zeros((2, 33, 3), np.float32),
        "visibility": np.zeros((2, 33), np.float32),
        "timestamps": np.array([0.0, 0.1]),
        "size": np.array([640, 480]),
    }
    np.savez(path, **{**whole, **arrays})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arrays",
    [
        {"landmarks": np.zeros((3, 33, 3), np.float32)},
        {"visibility": np.zeros((2, 5), np.float32)},
        {"timestamps": np.array([0.1, 0.0])},
        {"timestamps": np.array([0.0, np.nan])},
        {"size": np.array([640])},
        {"landmarks": np.array([object(), object()])},  # pickled: must not be loaded
    ],
)
def test_what_does_not_fit_together_is_an_error_in_words(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    write(tmp_path / "bad.npz", **arrays)
    with pytest.raises(SequenceError, match=r"bad\.npz is not a landmark sequence.*Try:"):
        LandmarkSequence.load(tmp_path / "bad.npz")


@pytest.mark.parametrize("content", [None, b"", b"text", b"PK\x03\x04broken"])
def test_what_is_no_archive_is_an_error_in_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SequenceError, match=r"bad\.npz"):
        LandmarkSequence.load(path)
