"""The clip that bench loops: as long as asked, with time that goes on."""

import itertools
from pathlib import Path

import pytest

from posecount.evaluation.bench_video import loop_video
from posecount.shipped import SAMPLE_CLIPS
from posecount.video.reader import Video
from posecount.video.segments import plan_segments


def test_a_looped_clip_has_every_frame_and_can_be_cut(tmp_path: Path) -> None:
    clip, long = SAMPLE_CLIPS["squats"], tmp_path / "long.mp4"
    with Video(clip) as video:
        frames = video.frame_count or 0
    seconds = loop_video(clip, long, 60)
    with Video(long) as video:
        times = [frame.timestamp for frame in video.frames()]
    assert len(times) == 3 * frames
    assert seconds == pytest.approx(len(times) / 30, abs=0.1)
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 0.05
    assert len(plan_segments(long, 2)) == 2
