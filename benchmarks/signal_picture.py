"""``python -m benchmarks.signal_picture``: draws how far a person is on the way to a turn, for ``docs/counting.md``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from posecount.cli.app import silence_native_logs
from posecount.counting.any_exercise.counter import AnyCounter
from posecount.counting.any_exercise.follower import Cycle
from posecount.embedding import measure
from posecount.evaluation.evaluate import landmarks_of
from posecount.files import replacing
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.sequence import LandmarkSequence

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "signal.svg"
_WIDTH, _HEIGHT, _MARGIN, _TOP = 800, 250, 60, 40
"""Pixels."""
_BLUE, _ORANGE, _GREY = "#1f6feb", "#d4720b", "#8a8f98"


def signal_of(sequence: LandmarkSequence) -> tuple[NDArray[np.float64], NDArray[np.float64], list[Cycle]]:
    """When the frames of the last half minute are, in seconds, how far each is on its way, and the repetitions."""
    counter = AnyCounter()
    cycles = [
        cycle for time, pose in sequence.poses() if pose for cycle in counter.update(measure(pose.landmarks), time)
    ]
    if counter.follower is None:
        raise ValueError("nothing recurs in the clip")
    kept = slice(counter.history.first, counter.history.end)
    progress = [counter.follower.progress(pose) for pose in counter.history.poses(kept)]
    return counter.history.times(kept), np.array(progress), cycles


def drawn(times: NDArray[np.float64], progress: NDArray[np.float64], cycles: list[Cycle]) -> str:
    """The signal and its repetitions as SVG."""
    start, stop = float(times[0]), float(times[-1])

    def x(time: float) -> float:
        return _MARGIN + (_WIDTH - _MARGIN - 10) * (time - start) / (stop - start)

    def y(value: float) -> float:
        return _TOP + (_HEIGHT - _TOP - 50) * (1.1 - value) / 1.3

    def text(at: tuple[float, float], words: str, anchor: str = "end") -> str:
        return f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" fill="{_GREY}">{words}</text>'

    path = " ".join(
        f"{x(time):.1f},{y(min(max(value, -0.2), 1.1)):.1f}" for time, value in zip(times, progress, strict=True)
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for value, words in ((0.0, "rest"), (1.0, "turn")):
        parts.append(
            f'<line x1="{_MARGIN}" x2="{_WIDTH - 10}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#d0d4da"/>'
        )
        parts.append(text((_MARGIN - 8, y(value) + 4), words))
    for number, cycle in enumerate(cycles, 1):
        left, right = x(cycle.start), x(cycle.end)
        parts.append(
            f'<rect x="{left:.1f}" y="{_TOP - 8}" width="{right - left:.1f}" height="4" rx="2" fill="{_ORANGE}"/>'
            f'<circle cx="{x(cycle.turn):.1f}" cy="{y(1):.1f}" r="4" fill="{_ORANGE}"/>'
        )
        parts.append(text(((left + right) / 2, _TOP - 16), str(number), "middle"))
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_BLUE}" stroke-width="2"/>')
    for second in range(int(np.ceil(start)), int(stop) + 1, 2):
        parts.append(text((x(second), _HEIGHT - 14), f"{second} s", "middle"))
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    """Draw the squats."""
    silence_native_logs()
    sequence, _ = landmarks_of(SAMPLE_CLIPS["squats"])
    with replacing(PICTURE) as temporary:
        temporary.write_text(drawn(*signal_of(sequence)), "utf-8")


if __name__ == "__main__":
    main()
