"""What the tests of live sessions share: a scripted tracker, frames, and a clock that stands still."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from posecount import Pose, PoseDataset
from posecount.live.session import LiveSession
from posecount.pose import Image

FPS = 30
RNG = np.random.default_rng(1)
UP = RNG.uniform((250, 100, 0), (390, 400, 50), (33, 3)).astype(np.float32)
DOWN = RNG.uniform((200, 200, 0), (440, 420, 50), (33, 3)).astype(np.float32)
DOWN[[11, 12, 23, 24]] = UP[[11, 12, 23, 24]]  # its trunk stays, so that it is one body


def dataset(exercise: str = "squats") -> PoseDataset:
    poses = [(f"{exercise}_{state}", at + RNG.normal(0, 1, at.shape)) for state, at in (("up", UP), ("down", DOWN))]
    labels = [label for label, _ in poses for _ in range(12)]
    landmarks = np.array([pose for _, pose in poses for _ in range(12)], dtype=np.float32)
    return PoseDataset(tuple(f"{n}.png" for n in range(24)), tuple(labels), landmarks)


def picture(width: int = 64, height: int = 48) -> Image:
    return np.full((height, width, 3), 120, dtype=np.uint8)


def frame_at(time: float) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
    frame.pts, frame.time_base = round(time * 90_000), Fraction(1, 90_000)
    return frame


def play(session: LiveSession, seconds: float, start: float = 0.0) -> float:
    """Process frames for so long; return the time of the next one."""
    frames = round(seconds * FPS)
    for index in range(frames):
        session.process(picture(), start + index / FPS)
    return start + frames / FPS


class ScriptedTracker:
    """Sees squats with a period of two seconds, whatever the image; what `script` holds for a frame comes first."""

    made: "list[ScriptedTracker]"

    def __init__(self, model: Path) -> None:
        self.model, self.closed = model, 0
        self.timestamps: list[float] = []
        self.script: dict[int, BaseException | None] = {}
        type(self).made.append(self)

    def track(self, image: Image, timestamp: float) -> Pose | None:
        assert not self.closed, "a closed tracker must not be used"
        index = len(self.timestamps)
        self.timestamps.append(timestamp)
        if index in self.script:
            if error := self.script[index]:
                raise error
            return None
        pose = DOWN if (index / FPS) % 2 >= 1 else UP
        return Pose(pose, np.ones(33, dtype=np.float32), (image.shape[1], image.shape[0]))

    def close(self) -> None:
        self.closed += 1


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Streamer:
    """Holds a place, and counts how often it lapsed."""

    def __init__(self) -> None:
        self.lapsed = 0

    def lapse(self) -> None:
        self.lapsed += 1
