"""Recorded video through the real tracker: the shipped clips count what they show."""

from pathlib import Path

import numpy as np
import pytest
from stick_figure import ScriptedTracker, squatting, stick_dataset

from posecount.classifier import PoseClassifier
from posecount.dataset import PoseDataset
from posecount.encoding import write_video
from posecount.pipeline import PROFILES, RepetitionPipeline
from posecount.recording import count_recording, track_video
from posecount.samples import SAMPLE_CLIPS, STARTER_DATASET
from posecount.sequence import LandmarkSequence
from posecount.tracker import PoseTracker
from posecount.video import Video, VideoError


@pytest.fixture(scope="module")
def starter() -> PoseClassifier:
    return PoseClassifier(PoseDataset.load(STARTER_DATASET))


@pytest.fixture(scope="module", params=sorted(SAMPLE_CLIPS))
def tracked(request: pytest.FixtureRequest, real_model: Path) -> tuple[str, LandmarkSequence]:
    with PoseTracker(real_model) as tracker:
        sequence = track_video(SAMPLE_CLIPS[request.param], tracker)
    assert sequence.broke_off is None
    return request.param, sequence


@pytest.mark.parametrize("profile", PROFILES)
def test_shipped_clips_count_exactly_eight_and_nothing_else(tracked, starter: PoseClassifier, profile) -> None:
    exercise, sequence = tracked
    pipeline = RepetitionPipeline(sequence.replay(), starter, profile=profile)
    recording = count_recording(SAMPLE_CLIPS[exercise], pipeline)
    assert {name: count for name, count in recording.counts.items() if count} == {exercise: 8}
    assert recording.frames == len(sequence)
    assert len(recording.repetitions) == 8
    assert all(0 < each.start < each.end < recording.duration for each in recording.repetitions)


def test_a_saved_sequence_counts_as_its_video_does(tracked, starter: PoseClassifier, tmp_path: Path) -> None:
    exercise, sequence = tracked
    sequence.save(tmp_path / "clip.npz")
    for source in (tmp_path / "clip.npz", sequence):
        assert count_recording(source, RepetitionPipeline(None, starter)).counts[exercise] == 8


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
        images = [image for image, _ in video]
    assert len(images) == len(frames)
    assert images[5].astype(int).std() > 10  # a grey picture no longer


def test_a_video_that_broke_off_counts_as_far_as_it_goes(tmp_path: Path, starter: PoseClassifier, tracked) -> None:
    exercise, sequence = tracked
    whole = SAMPLE_CLIPS[exercise].read_bytes()
    cut = tmp_path / "cut.mp4"
    # The shipped clips carry their index in front, so that what follows may be cut off.
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    recording = count_recording(cut, RepetitionPipeline(sequence.replay(), starter))
    assert recording.broke_off
    assert 0 < recording.counts[exercise] < 8


def test_a_sequence_has_no_picture_to_annotate(tmp_path: Path, starter: PoseClassifier) -> None:
    with pytest.raises(ValueError, match="no picture"):
        count_recording(tmp_path / "clip.npz", RepetitionPipeline(None, starter), tmp_path / "out.mp4")


def test_missing_video_is_an_error_in_words(tmp_path: Path, starter: PoseClassifier) -> None:
    with pytest.raises(VideoError, match="does not exist"):
        count_recording(tmp_path / "none.mp4", RepetitionPipeline(ScriptedTracker([None]), starter))
