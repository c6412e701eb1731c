"""Footage: bounded, taken from a stream or a video, and turned into samples with pictures."""

import io
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from posecount.datasets.store import DatasetStore
from posecount.ingest.teaching.footage import FRAME_RATE, Footage, FootageRecorder, track_footage
from posecount.ingest.teaching.repetitions import Taught, TeachingError, teach
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.writer import write_video
from tests.stick_figure import SIZE, ScriptedTracker, squatting, stick_pose

PICTURE = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)


def recorded(repetitions: int = 5, rate: float = 15.0) -> Footage:
    recorder = FootageRecorder()
    for time, pose in squatting(repetitions, rate):
        recorder.add(PICTURE, pose, 100 + time)
    return recorder.footage()


def learned(footage: Footage, name: str = "squats", swapped: bool = False) -> Taught:
    return teach(footage.sequence, name, states=(4.0, 3.0) if swapped else None)


def test_a_countdown_comes_before_the_first_frame_that_is_kept() -> None:
    recorder = FootageRecorder(delay=3)
    assert (recorder.elapsed, recorder.message) == (None, "")
    messages = []
    for index in range(60):
        recorder.add(PICTURE, stick_pose(0.0), 50 + index / 15)
        messages.append(recorder.message)
    assert messages[0] == "Get ready: 3"
    assert messages[30] == "Get ready: 1"
    assert messages[-1] == "Recording: 1 s"
    footage = recorder.footage()
    assert footage.sequence.timestamps[0] == pytest.approx(0, abs=1e-6)
    assert len(footage.sequence) == len(footage.pictures) == 15


def test_the_seconds_before_it_starts_and_the_end_can_be_read_from_across_the_room() -> None:
    recorder = FootageRecorder(delay=10)
    assert recorder.notice == ""
    notices: list[str] = []
    for index in range(12 * 15):
        recorder.add(PICTURE, stick_pose(0.0), index / 15)
        notices.append(recorder.notice)
    assert list(dict.fromkeys(notices)) == [*(str(second) for second in range(10, 0, -1)), ""]
    assert len(recorder.finish().pictures) == 30
    after: list[str] = []
    for index in range(12 * 15, 20 * 15):
        recorder.add(PICTURE, stick_pose(0.0), index / 15)
        after.append(recorder.notice)
    assert list(dict.fromkeys(after)) == ["Done", ""]
    assert not recorder.footage().pictures, "nothing is kept once it has finished"


def test_a_recorder_looks_for_the_end_every_two_seconds_only() -> None:
    looked: list[float] = []

    def not_yet(sequence: LandmarkSequence, now: float) -> bool:
        looked.append(now)
        return False

    recorder = FootageRecorder(delay=1, longest=9, is_over=not_yet)
    for index in range(11 * 15):
        recorder.add(PICTURE, stick_pose(0.0), index / 15)
        over = recorder.look()
    assert looked == pytest.approx([2, 4, 6, 8])
    assert over, "it is full"


def test_no_more_is_kept_than_the_bounds_allow_however_long_it_goes_on() -> None:
    recorder = FootageRecorder(longest=2)
    for index in range(300):
        recorder.add(PICTURE, None, index / 60)
    assert recorder.full
    footage = recorder.footage()
    assert len(footage.sequence) <= 2 * FRAME_RATE + 1
    with Pillow.open(io.BytesIO(footage.pictures[0])) as picture:
        assert picture.size == (320, 240)


def test_what_is_kept_is_not_the_frame_itself() -> None:
    recorder, frame = FootageRecorder(), PICTURE.copy()
    recorder.add(frame, stick_pose(0.0), 0.0)
    before = recorder.footage().pictures[0]
    frame[:] = 0
    assert recorder.footage().pictures[0] == before


def test_footage_of_five_repetitions_becomes_samples_with_pictures_in_a_dataset(tmp_path: Path) -> None:
    footage = recorded()
    taught = learned(footage)
    store = DatasetStore.create(tmp_path / "own")
    assert footage.add_to(store, taught) == len(taught.dataset)
    assert all(store.image_path(sample) for sample in store.samples)
    assert store.dataset.exercises == taught.dataset.exercises
    # The landmarks fit the picture, which is half as large as the frame.
    assert np.allclose(store.dataset.landmarks, taught.dataset.landmarks / 2, atol=0.01)
    assert np.array_equal(store.visibility, np.ones((len(taught.dataset), 33)))


def test_a_second_lesson_adds_to_the_first_and_one_with_swapped_states_is_refused(tmp_path: Path) -> None:
    footage = recorded()
    store = DatasetStore.create(tmp_path / "own")
    first = footage.add_to(store, learned(footage))
    assert footage.add_to(store, learned(footage)) == first
    assert len(store.samples) == 2 * first
    with pytest.raises(TeachingError, match=r"squats_down, not squats_up.*Try:"):
        footage.add_to(store, learned(footage, swapped=True))
    assert len(store.samples) == 2 * first


def test_a_picture_is_that_of_the_nearest_frame() -> None:
    footage = Footage(
        LandmarkSequence.from_poses([(0.0, None), (1.0, None), (2.0, None)]), (b"first", b"second", b"third")
    )
    assert [footage.picture(time) for time in (-5, 0.4, 0.6, 9)] == [b"first", b"first", b"second", b"third"]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    write_video(path, ((PICTURE[:96, :128], index / 30) for index in range(120)))
    return path


def test_of_a_video_only_what_was_asked_for_is_tracked(clip: Path) -> None:
    tracker, calls = ScriptedTracker([stick_pose(0.0)]), []
    footage, why = track_footage(clip, tracker, start=1.0, end=3.0, progress=lambda *at: calls.append(at))
    assert why is None
    assert footage.sequence.timestamps[0] == pytest.approx(1, abs=0.05)
    assert footage.sequence.timestamps[-1] == pytest.approx(3, abs=0.1)
    assert min(tracker.calls) >= 1.0
    assert max(tracker.calls) <= 3.1
    assert calls[0] == (1, 120)


def test_a_video_that_ends_before_the_first_second_asked_for_is_an_error(clip: Path) -> None:
    with pytest.raises(TeachingError, match=r"ends before second 60.*Try:"):
        track_footage(clip, ScriptedTracker([None]), start=60)


def test_only_a_part_of_a_long_video_is_used_and_it_says_so(clip: Path) -> None:
    footage, why = track_footage(clip, ScriptedTracker([None]), longest=1)
    assert why == "1 s from second 0 on"
    assert footage.sequence.timestamps[-1] < 1


def test_frames_without_a_person_are_kept_as_such() -> None:
    recorder = FootageRecorder()
    for (time, pose), seen in zip(squatting(5, 15.0), cycle([True, True, True, False]), strict=False):
        recorder.add(PICTURE, pose if seen else None, time)
    footage = recorder.footage()
    assert np.isnan(footage.sequence.landmarks).any()
    assert len(learned(footage).repetitions) == 5
