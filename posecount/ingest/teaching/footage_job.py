"""Makes footage of a video in the background, for a page to watch and cancel."""

from __future__ import annotations

import threading
from pathlib import Path

from posecount.ingest.teaching.footage import Footage, track_footage
from posecount.jobs import Job, Turns
from posecount.tracking.tracker import PoseTracker


class FootageJob(Job[tuple[Footage, str | None] | None]):
    """Tracks a video in the background; its result is that of `track_footage`, or None if its turn never came.

    Args:
        path: the video, which must stay until the job is finished.
        model: path of the pose model.
        start: seconds; frames before are left out.
        end: seconds; frames after are left out.
        holds: kept as long as the job, so that the video is not deleted before.
        turns: to wait for, where a server limits how many videos it tracks at once.

    Attributes:
        waiting: whether its turn has not come yet.
        progress: frames done, and in all or None if unknown; None until the first frame is done.
    """

    def __init__(
        self,
        path: Path,
        model: Path,
        *,
        start: float | None = None,
        end: float | None = None,
        holds: object = None,
        turns: Turns | None = None,
    ) -> None:
        self.waiting = True
        self.progress: tuple[int, int | None] | None = None
        self._holds = holds

        def note(done: int, total: int | None) -> None:
            self.progress = done, total

        def work(cancelled: threading.Event) -> tuple[Footage, str | None] | None:
            with (turns or Turns(1)).turn(cancelled) as granted:
                self.waiting = False
                if not granted:
                    return None
                with PoseTracker(model) as tracker:
                    return track_footage(path, tracker, start=start, end=end, progress=note, cancelled=cancelled.is_set)

        super().__init__(work, name="footage", after_surprise="Try: another video, or convert it to MP4 (H.264).")
