"""A stick figure that squats: landmarks for tests that need poses but no picture."""

from collections.abc import Sequence

import numpy as np

from posecount.datasets.dataset import PoseDataset
from posecount.pose import LANDMARK, Pose

SIZE = (640, 480)


def stick_figure(depth: float, *, shift: float = 0.0, arms: float = 0.0) -> np.ndarray:
    """Landmarks, float32 (33, 3), of a person seen from the front: depth 0 stands, 1 squats; arms 0 hang, 1 are up."""
    points = np.zeros((33, 3), np.float32)
    hip = 250 + 90 * depth
    for side, sign in (("left", 1), ("right", -1)):
        arm = np.deg2rad(180 * arms)
        at = {
            "shoulder": (sign * 35, hip - 110),
            "elbow": (sign * (35 + 40 * np.sin(arm)), hip - 110 + 45 * np.cos(arm)),
            "wrist": (sign * (35 + 75 * np.sin(arm)), hip - 110 + 85 * np.cos(arm)),
            "hip": (sign * 22, hip),
            "knee": (sign * (25 + 45 * depth), 330 + 15 * depth),
            "ankle": (sign * 28, 420),
            "heel": (sign * 28, 428),
            "foot_index": (sign * 40, 435),
        }
        for name, (x, y) in at.items():
            points[LANDMARK[f"{side}_{name}"], :2] = x, y
        for name in ("pinky", "index", "thumb"):
            points[LANDMARK[f"{side}_{name}"], :2] = points[LANDMARK[f"{side}_wrist"], :2] + 5
    points[:11, :2] = (0, hip - 160)
    points[:, 0] += 320 + shift
    return points


def stick_pose(depth: float, **kwargs: float) -> Pose:
    """The figure as a tracked pose, all of it visible."""
    return Pose(stick_figure(depth, **kwargs), np.ones(33, np.float32), SIZE)


def lying(figure: np.ndarray) -> np.ndarray:
    """The landmarks of a figure turned on its side, as in a plank."""
    turned = figure.copy()
    turned[:, 0], turned[:, 1] = 120 + figure[:, 1], 620 - figure[:, 0]
    return turned


def plank_pose(**kwargs: float) -> Pose:
    """The standing figure turned on its side, as a tracked pose, all of it visible."""
    return Pose(lying(stick_figure(0.0, **kwargs)), np.ones(33, np.float32), SIZE)


def with_planks(dataset: PoseDataset, samples: int = 20) -> PoseDataset:
    """A dataset with the class `planks_hold` in addition."""
    generator = np.random.default_rng(6)
    figures = [stick_figure(generator.uniform(0, 0.05), arms=generator.uniform(0.3, 0.5)) for _ in range(samples)]
    planks = [lying(figure) + generator.normal(0, 1.5, (33, 3)) for figure in figures]
    return PoseDataset(
        (*dataset.names, *(f"plank-{index:03}.jpg" for index in range(samples))),
        (*dataset.labels, *["planks_hold"] * samples),
        np.concatenate([dataset.landmarks, planks]).astype(np.float32),
        dataset.targets,
    )


def stick_dataset(samples: int = 20) -> PoseDataset:
    """A dataset of one exercise, `squats`, with some variety."""
    generator = np.random.default_rng(5)
    names, labels, landmarks = [], [], []
    for label, depth in (("squats_down", 1.0), ("squats_up", 0.0)):
        for index in range(samples):
            names.append(f"{index:03}.jpg")
            labels.append(label)
            figure = stick_figure(depth + generator.uniform(-0.12, 0.12), arms=generator.uniform(0, 0.5))
            landmarks.append(figure + generator.normal(0, 1.5, (33, 3)).astype(np.float32))
    return PoseDataset(tuple(names), tuple(labels), np.stack(landmarks).astype(np.float32))


def squatting(
    repetitions: int, rate: float = 30.0, seconds: float = 2.0, rest: float = 1.0
) -> list[tuple[float, Pose]]:
    """(timestamp, pose): stands, squats, stands."""
    frames = []
    for index in range(round((2 * rest + repetitions * seconds) * rate)):
        time = index / rate
        phase = np.clip((time - rest) / seconds, 0, repetitions)
        frames.append((time, stick_pose(float(0.5 - 0.5 * np.cos(2 * np.pi * phase)))))
    return frames


class ScriptedTracker:
    """Plays back poses, one a call; an exception in the script is raised."""

    def __init__(self, script: Sequence[Pose | Exception | None]) -> None:
        self.script = list(script)
        self.calls: list[float] = []
        self.closed = 0

    def track(self, image: np.ndarray, timestamp: float) -> Pose | None:
        step = self.script[min(len(self.calls), len(self.script) - 1)]
        self.calls.append(timestamp)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        self.closed += 1
