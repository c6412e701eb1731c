"""The live page, but the tracker of the first stream hangs for good on its 30th frame."""

import runpy
import threading
from pathlib import Path

from posecount.pose import Image, Pose
from posecount.tracking.tracker import PoseTracker

whole_track = getattr(PoseTracker, "whole_track", PoseTracker.track)
first: list[PoseTracker] = getattr(PoseTracker, "first", [])  # once for each of its frames


def track(tracker: PoseTracker, image: Image, timestamp: float) -> Pose | None:
    if threading.current_thread().name == "posecount-tracker" and tracker in (first or [tracker]):
        first.append(tracker)
        if len(first) == 30:
            threading.Event().wait()
    return whole_track(tracker, image, timestamp)


PoseTracker.whole_track, PoseTracker.first, PoseTracker.track = whole_track, first, track
runpy.run_path(str(Path(__file__).resolve().parents[2] / "streamlit_app.py"), run_name="__main__")
