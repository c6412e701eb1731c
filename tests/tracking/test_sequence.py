"""Landmark sequences."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from posecount.errors import SequenceError
from posecount.pose import Pose
from posecount.tracking.sequence import LandmarkSequence
from posecount.tracking.sequence_file import MAX_FRAMES


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
    path = tmp_path / "empty.npz"
    LandmarkSequence.from_poses([(0.0, None), (0.1, None)]).save(path)
    assert [each for _, each in LandmarkSequence.load(path).poses()] == [None, None]


def test_what_can_be_written_can_be_read_up_to_the_same_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "savez_compressed", np.savez)  # ten times as fast
    path = tmp_path / "long.npz"
    longest = silence(MAX_FRAMES)
    longest.save(path)
    assert len(LandmarkSequence.load(path)) == MAX_FRAMES
    path.unlink()
    with pytest.raises(SequenceError, match=r"long\.npz has 432,001 frames.*Try: split"):
        silence(MAX_FRAMES + 1).save(path)
    assert not list(tmp_path.iterdir())
    cut = silence(MAX_FRAMES + 1).fitting()
    assert len(cut) == MAX_FRAMES and "at most 432,000 frames" in (cut.broke_off or "")
    assert longest.fitting() is longest


def silence(frames: int) -> LandmarkSequence:
    """Frames without a person."""
    missing = np.broadcast_to(np.float32(np.nan), (frames, 33, 3))
    return LandmarkSequence(
        missing, np.broadcast_to(np.float32(0), (frames, 33)), np.arange(frames, dtype=np.float64), (0, 0)
    )


def test_a_replay_gives_the_pose_of_the_frame_asked_for() -> None:
    frames = [(index / 30, None if index == 4 else pose(index)) for index in range(10)]
    tracker = LandmarkSequence.from_poses(frames).replay()

    def seen(timestamp: float) -> float | None:
        found = tracker.track(np.zeros((480, 640, 3), np.uint8), timestamp)
        return float(found.landmarks[0, 0]) if found else None

    assert [seen(index / 30) for index in (0, 1, 5, 6, 2, 4, 9)] == [0, 1, 5, 6, 2, None, 9]
    assert seen(3 / 30 + 1e-5) == 3, "clocks differ by a rounding"
    assert [seen(time) for time in (-1.0, 0.05, 12.0)] == [None, None, None], "there is no such frame"
    tracker = LandmarkSequence.from_poses([(1.0, pose(1)), (1.0, pose(2)), (2.0, pose(3))]).replay()
    assert [seen(time) for time in (1.0, 1.0, 2.0)] == [1, 2, 3], "frames that share a timestamp take turns"


def test_a_duration_is_from_the_first_frame_to_the_last() -> None:
    assert LandmarkSequence.from_poses([(100.0, None), (101.0, None)]).duration == 1.0
    assert LandmarkSequence.from_poses([]).duration == 0.0


def test_the_hostile_sequence_is_refused_in_words(shared: Path) -> None:
    with pytest.raises(SequenceError, match=r"the size 0 x 0 must be .*Try:"):
        LandmarkSequence.load(shared / "hostile" / "size0.npz")


def test_an_archive_with_a_huge_list_of_members_is_refused_before_the_list_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.npz", "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.npy", b"")
    with pytest.raises(SequenceError, match=r"list of members.*too large.*Try:"):
        LandmarkSequence.load(tmp_path / "many.npz")


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
        {"size": np.array([0, 0])},
        {"size": np.array([640, 0])},
        {"size": np.array([-640, -480])},
        {"size": np.array([640.5, 480])},
        {"size": np.array([1e300, 1e300])},
        {"size": np.array([np.nan, 480])},
        {"size": np.array([640, np.inf])},
        {"size": np.array([2**63, 480], np.uint64)},
        {"size": np.array([640, 480, 3])},
        {"landmarks": np.full((2, 33, 3), 1e300)},
        {"landmarks": np.full((2, 33, 3), -1e30, np.float32)},
        {"landmarks": np.full((2, 33, 3), np.inf, np.float32)},
        {"visibility": np.full((2, 33), 1e300)},
        {"visibility": np.full((2, 33), -1.0)},
        {"timestamps": np.array([0.0, 1e300])},
        {"timestamps": np.array([-1e300, 0.0])},
        {"broke_off": np.array("x" * 1_000_000)},
    ],
)
def test_what_does_not_fit_together_is_an_error_in_words(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    write(tmp_path / "bad.npz", **arrays)
    with pytest.raises(SequenceError, match=r"bad\.npz is not a landmark sequence.*Try:"):
        LandmarkSequence.load(tmp_path / "bad.npz")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04broken"])
def test_what_is_no_archive_is_an_error_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(SequenceError, match=r"bad\.npz"):
        LandmarkSequence.load(path)


def test_a_missing_sequence_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match=r"bad\.npz does not exist\. Try: check the path\."):
        LandmarkSequence.load(tmp_path / "bad.npz")
