"""Streamlit, with a tracker that hangs for good on the 30th frame of the first stream."""

import threading

from streamlit.web import cli

from posecount.pose import Image, Pose
from posecount.tracking.tracker import PoseTracker
from tests.e2e.measured_server import remember

whole_track = PoseTracker.track
first: list[PoseTracker] = []  # the first stream's tracker, once for each of its frames


def track(tracker: PoseTracker, image: Image, timestamp: float = 0.0) -> Pose | None:
    if threading.current_thread().name == "posecount-tracker" and tracker in (first or [tracker]):
        first.append(tracker)
        if len(first) == 30:
            threading.Event().wait()
    return whole_track(tracker, image, timestamp)


if __name__ == "__main__":
    remember()
    PoseTracker.track = track  # type: ignore[method-assign, assignment]
    cli.main(prog_name="streamlit")
