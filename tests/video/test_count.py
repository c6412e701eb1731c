"""Recorded video through the real tracker: the shipped clips count what they show."""

import csv
import io
import threading
from pathlib import Path

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.counting.settings import PROFILES, Profile
from posecount.datasets.dataset import PoseDataset
from posecount.errors import VideoError
from posecount.evaluation.evaluate import landmarks_of
from posecount.pose import Image, Pose
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.camera import Camera
from posecount.video.count import count_recording
from posecount.video.reader import Video
from posecount.video.recording import repetitions_csv
from posecount.video.track import track_video
from posecount.video.writer import write_video
from tests.stick_figure import ScriptedTracker, squatting, stick_dataset, stick_pose


@pytest.fixture(scope="module")
def starter() -> PoseClassifier:
    return PoseClassifier(PoseDataset.load(STARTER_DATASET))


@pytest.mark.parametrize("exercise", ["squats", "pushups"])
@pytest.mark.parametrize("profile", PROFILES)
def test_shipped_clips_count_exactly_eight_and_nothing_else(
    shipped_landmarks: dict[str, LandmarkSequence], starter: PoseClassifier, profile: Profile, exercise: str
) -> None:
    sequence = shipped_landmarks[exercise]
    assert sequence.broke_off is None
    pipeline = RepetitionPipeline(sequence.replay(), starter, profile=profile)
    recording = count_recording(SAMPLE_CLIPS[exercise], pipeline)
    assert {name: count for name, count in recording.counts.items() if count} == {exercise: 8}
    assert recording.frames == len(sequence)
    assert len(recording.repetitions) == 8
    assert all(0 < each.start < each.end < recording.duration for each in recording.repetitions)


@pytest.mark.parametrize("exercise", ["squats", "pushups"])
def test_shipped_clips_count_eight_within_one_of_any_exercise(
    shipped_landmarks: dict[str, LandmarkSequence], exercise: str
) -> None:
    pipeline = RepetitionPipeline(shipped_landmarks[exercise].replay(), None, profile="any")
    counts = count_recording(SAMPLE_CLIPS[exercise], pipeline).counts
    assert counts.keys() == {"repetitions"}
    assert 7 <= counts["repetitions"] <= 8  # the first one may be lost in getting into position


def test_the_shipped_curls_count_exactly_eight_and_nothing_else(real_model: Path, starter: PoseClassifier) -> None:
    sequence, _ = landmarks_of(SAMPLE_CLIPS["curls"], fps=6)  # a fifth of the frames takes a fifth of the time
    pipeline = RepetitionPipeline(None, starter)
    for timestamp, pose in sequence.poses():
        pipeline.process_pose(pose, timestamp)
    assert {name: count for name, count in pipeline.counts.items() if count} == {"curls": 8}


def test_the_shipped_plank_is_timed_from_when_the_knees_leave_the_floor_until_they_are_back(
    real_model: Path, starter: PoseClassifier
) -> None:
    sequence, _ = landmarks_of(SAMPLE_CLIPS["planks"], fps=10)  # a third of the frames takes a third of the time
    pipeline = RepetitionPipeline(None, starter)
    for timestamp, pose in sequence.poses():
        pipeline.process_pose(pose, timestamp)
    (hold,) = pipeline.holds
    assert hold.exercise == "planks" and (hold.start, hold.end) == pytest.approx((2.2, 13.3), abs=0.5)
    assert not any(pipeline.counts.values())


def test_a_saved_sequence_counts_as_its_video_does(
    shipped_landmarks: dict[str, LandmarkSequence], starter: PoseClassifier, tmp_path: Path
) -> None:
    sequence = shipped_landmarks["squats"]
    sequence.save(tmp_path / "clip.npz")
    for source in (tmp_path / "clip.npz", sequence):
        assert count_recording(source, RepetitionPipeline(None, starter)).counts["squats"] == 8


def test_frames_are_dropped_before_tracking(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_video(clip, ((np.zeros((48, 64, 3), np.uint8), index / 30) for index in range(90)))
    for fps, expected in ((10, 30), (15, 45), (20, 60), (30, 90), (60, 90), (None, 90)):
        tracker = ScriptedTracker([None])
        sequence = track_video(clip, tracker, fps)
        assert len(sequence) == len(tracker.calls) == pytest.approx(expected, abs=1), fps


def test_annotated_video_has_every_frame_and_the_overlay(tmp_path: Path) -> None:
    clip, output = tmp_path / "clip.mp4", tmp_path / "annotated.mp4"
    frames = squatting(1, rate=10)
    write_video(clip, ((np.full((480, 640, 3), 128, np.uint8), timestamp) for timestamp, _ in frames))
    pipeline = RepetitionPipeline(ScriptedTracker([pose for _, pose in frames]), PoseClassifier(stick_dataset()))
    count_recording(clip, pipeline, output)
    with Video(output) as video:
        images = [frame.image for frame in video.frames()]
    assert len(images) == len(frames)
    assert images[5].astype(int).std() > 10  # no longer plain grey


def test_a_damaged_video_counts_as_far_as_it_can_be_read(
    tmp_path: Path, starter: PoseClassifier, shipped_landmarks: dict[str, LandmarkSequence]
) -> None:
    whole = SAMPLE_CLIPS["squats"].read_bytes()
    cut = tmp_path / "cut.mp4"
    # The shipped clips have their index in front, so their end can be cut off.
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    recording = count_recording(cut, RepetitionPipeline(shipped_landmarks["squats"].replay(), starter))
    assert recording.broke_off
    assert 0 < recording.counts["squats"] < 8


def test_cancelling_keeps_what_was_counted_and_marks_it_as_a_part(tmp_path: Path) -> None:
    clip, output = tmp_path / "clip.mp4", tmp_path / "annotated.mp4"
    frames = squatting(3, rate=10)
    write_video(clip, ((np.full((48, 64, 3), 128, np.uint8), timestamp) for timestamp, _ in frames))
    done = [0]

    def progress(frames_done: int, total: int | None) -> None:
        done[0] = frames_done

    for target in (None, output):
        done[0] = 0
        pipeline = RepetitionPipeline(ScriptedTracker([pose for _, pose in frames]), PoseClassifier(stick_dataset()))
        recording = count_recording(
            clip, pipeline, target, progress, cancelled=lambda: done[0] > len(frames) / 2, details=True
        )
        assert "cancelled at" in (recording.broke_off or "")
        assert 1 <= recording.counts["squats"] < 3
        assert recording.frames < len(frames)
        assert recording.landmarks is not None and len(recording.landmarks) == recording.frames
        assert recording.landmarks.broke_off == recording.broke_off
    with Video(output) as video:
        assert len(list(video.frames())) == recording.frames

    assert recording.landmarks is not None
    recording.landmarks.save(tmp_path / "part.npz")
    again = count_recording(tmp_path / "part.npz", RepetitionPipeline(None, PoseClassifier(stick_dataset())))
    assert (again.counts, again.broke_off) == (recording.counts, recording.broke_off)


@pytest.mark.parametrize("annotated", [False, True])
def test_an_error_on_the_way_ends_the_threads_before_the_file_is_closed(tmp_path: Path, annotated: bool) -> None:
    clip = tmp_path / "clip.mp4"
    write_video(clip, ((np.full((480, 640, 3), 128, np.uint8), index / 30) for index in range(120)))

    def progress(done: int, total: int | None) -> None:
        if done == 20:
            raise ZeroDivisionError

    pipeline = RepetitionPipeline(ScriptedTracker([None]), PoseClassifier(stick_dataset()))
    with pytest.raises(ZeroDivisionError):
        count_recording(clip, pipeline, tmp_path / "out.mp4" if annotated else None, progress)
    assert not [thread for thread in threading.enumerate() if thread.name == "ahead"]
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_poses_are_in_the_pixels_of_the_file_though_a_smaller_picture_is_tracked(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_video(clip, ((np.full((960, 2560, 3), 128, np.uint8), index / 10) for index in range(3)))
    small = stick_pose(0.5)
    tracker = ScriptedTracker([Pose(small.landmarks, small.visibility, (1280, 480))])
    sequence = track_video(clip, tracker)
    assert sequence.size == (2560, 960)
    np.testing.assert_allclose(sequence.landmarks[0], small.landmarks * 2)
    recording = count_recording(
        clip, RepetitionPipeline(ScriptedTracker(tracker.script), PoseClassifier(stick_dataset())), details=True
    )
    assert recording.landmarks is not None
    np.testing.assert_array_equal(recording.landmarks.landmarks, sequence.landmarks)


def test_a_loop_over_the_frames_tracks_the_same_pixels_as_counting_does(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    generator = np.random.default_rng(0)
    write_video(clip, ((generator.integers(0, 255, (96, 2560, 3), np.uint8), index / 10) for index in range(3)))

    class Seeing(ScriptedTracker):
        """Keeps what it is shown."""

        def __init__(self) -> None:
            super().__init__([None])
            self.images: list[bytes] = []

        def track(self, image: Image, timestamp: float) -> Pose | None:
            self.images.append(image.tobytes())
            return super().track(image, timestamp)

    looped, counted = Seeing(), Seeing()
    with Video(clip) as video:
        for frame in video.frames():
            looped.track(frame.image, frame.timestamp)
    for output in (None, tmp_path / "out.mp4"):
        counted.images.clear()
        count_recording(clip, RepetitionPipeline(counted, PoseClassifier(stick_dataset())), output)
        assert counted.images == looped.images


def test_repetitions_as_csv_have_start_turn_end_duration_and_range() -> None:
    sequence = LandmarkSequence.from_poses(squatting(2))
    recording = count_recording(sequence, RepetitionPipeline(None, PoseClassifier(stick_dataset())))
    rows = list(csv.DictReader(io.StringIO(repetitions_csv([recording]))))
    assert [row["repetition"] for row in rows] == ["1", "2"]
    for row, each in zip(rows, recording.repetitions, strict=True):
        times = [float(row[name]) for name in ("start_s", "turn_s", "end_s")]
        assert times == pytest.approx([each.start, each.turn, each.end], abs=1e-3) and times == sorted(times)
        assert float(row["duration_s"]) == pytest.approx(each.duration, abs=1e-3)
        assert float(row["range"]) > 0.7 and row["partial"] == ""


class FakeCapture:
    """A camera of a few pictures."""

    def __init__(self, pictures: int) -> None:
        self.left = pictures
        self.released = False

    def isOpened(self) -> bool:
        return self.left > 0

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.left -= 1
        return (True, np.full((48, 64, 3), (200, 20, 20), np.uint8)) if self.left >= 0 else (False, None)

    def release(self) -> None:
        self.released = True


def test_a_camera_is_counted_until_it_ends_and_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = FakeCapture(30)
    monkeypatch.setattr("posecount.video.camera.cv2.VideoCapture", lambda index: capture)
    tracker = ScriptedTracker([None])
    recording = count_recording(Camera(0), RepetitionPipeline(tracker, PoseClassifier(stick_dataset())))
    assert (recording.frames, str(recording.source), capture.released) == (30, "camera 0", True)
    assert recording.broke_off == "the camera delivered no more pictures"
    monkeypatch.setattr("posecount.video.camera.cv2.VideoCapture", lambda index: FakeCapture(0))
    with pytest.raises(VideoError, match=r"Camera 3 cannot be opened.*Try:"):
        Camera(3)


def test_a_sequence_has_no_picture_to_annotate(tmp_path: Path, starter: PoseClassifier) -> None:
    with pytest.raises(ValueError, match="no picture"):
        count_recording(tmp_path / "clip.npz", RepetitionPipeline(None, starter), tmp_path / "out.mp4")


def test_missing_video_is_an_error_in_words(tmp_path: Path, starter: PoseClassifier) -> None:
    with pytest.raises(VideoError, match="does not exist"):
        count_recording(tmp_path / "none.mp4", RepetitionPipeline(ScriptedTracker([None]), starter))


@pytest.mark.parametrize("start", [0.0, 100.0, -5.0])
def test_a_recording_lasts_from_its_first_frame_to_its_last_whenever_it_begins(start: float) -> None:
    frames = [(start + time, pose) for time, pose in squatting(3, rate=10)]
    pipeline = RepetitionPipeline(None, PoseClassifier(stick_dataset()))
    recording = count_recording(LandmarkSequence.from_poses(frames), pipeline)
    assert recording.duration == pytest.approx(7.9)
    assert recording.to_json()["duration_s"] == 7.9
    assert recording.counts == {"squats": 3}


def test_a_recording_without_frames_lasts_no_time() -> None:
    pipeline = RepetitionPipeline(None, PoseClassifier(stick_dataset()))
    assert count_recording(LandmarkSequence.from_poses([]), pipeline).duration == 0.0
