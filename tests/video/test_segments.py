"""One video in segments: every frame once, and the same counts as the whole."""

from pathlib import Path

import numpy as np
import pytest

from posecount.counting.knn import PoseClassifier
from posecount.counting.pipeline import RepetitionPipeline
from posecount.datasets.dataset import PoseDataset
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
from posecount.tracking.tracker import PoseTracker
from posecount.video.count import count_recording
from posecount.video.reader import Segment, Video
from posecount.video.segments import _track_segment, plan_segments, track_in_segments
from posecount.video.track import track_video
from posecount.video.writer import write_video
from tests.short_clip import shorten


@pytest.fixture(scope="module")
def classifier() -> PoseClassifier:
    return PoseClassifier(PoseDataset.load(STARTER_DATASET))


def test_segments_cover_every_frame_once_with_the_times_of_the_whole() -> None:
    clip = SAMPLE_CLIPS["squats"]
    segments = plan_segments(clip, 3)
    assert len(segments) == 3
    with Video(clip) as video:
        whole = [frame.timestamp for frame in video.frames()]
    pieces: list[float] = []
    for segment in segments:
        with Video(clip, segment) as video:
            times = [frame.timestamp for frame in video.frames()]
        if segment.warm_up:
            assert segment.start - times[0] == pytest.approx(segment.start - segment.warm_up, abs=0.05)
        pieces += [time for time in times if time >= segment.start]
    assert pieces == whole


def test_a_video_with_one_key_frame_is_not_cut(tmp_path: Path) -> None:
    write_video(tmp_path / "short.mp4", ((np.zeros((48, 64, 3), np.uint8), index / 30) for index in range(60)))
    assert plan_segments(tmp_path / "short.mp4", 4) == ()


def assert_same_count(clip: Path, classifier: PoseClassifier, model: Path) -> None:
    assert len(plan_segments(clip, 2)) == 2
    joined = track_in_segments(clip, jobs=2)
    with PoseTracker(model) as tracker:
        whole = track_video(clip, tracker)
    np.testing.assert_array_equal(joined.timestamps, whole.timestamps)
    assert joined.broke_off is None
    counts = [count_recording(each, RepetitionPipeline(None, classifier)).counts for each in (joined, whole)]
    assert counts[0] == counts[1]


def test_the_shipped_clip_in_segments_counts_as_the_whole(
    five_squats: Path, classifier: PoseClassifier, real_model: Path
) -> None:
    assert_same_count(five_squats, classifier, real_model)


@pytest.mark.parametrize("name", ["squat-portrait-3", "pushup-home-4"])
def test_real_clips_in_segments_count_as_the_whole(
    shared: Path, classifier: PoseClassifier, name: str, real_model: Path, tmp_path: Path
) -> None:
    clip = shorten(shared / "clips" / f"{name}.mp4", tmp_path / "clip.mp4", seconds=9)
    assert_same_count(clip, classifier, real_model)


def test_a_worker_that_does_not_see_the_file_is_sent_it(tmp_path: Path, real_model: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_video(clip, ((np.zeros((48, 64, 3), np.uint8), index / 10) for index in range(9)))
    content = clip.read_bytes()
    clip.unlink()
    segment = Segment(0.0, 0.3, None, 0.0)
    assert _track_segment("full", clip, segment) is None
    part = _track_segment("full", clip, segment, content)
    assert part is not None and len(part) == 6
