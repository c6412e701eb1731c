"""Overlay: draws a FrameResult on its image: skeleton, count, class, and a chart of the last ten seconds.

Drawing costs the same for every frame, however long the stream: the history is a ring of bounded size, and a curve is
one call of OpenCV. Lines are not anti-aliased, which would cost five times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from posecount.counting.pipeline import FrameResult
from posecount.counting.settings import Settings
from posecount.datasets.dataset import Exercise
from posecount.drawing.skeleton import draw_skeleton
from posecount.pose import FloatArray, Image

HISTORY_S = 10.0
"""Seconds that the chart shows."""

NO_POSE = "Step into the picture"

_CAPACITY = 640
"""Frames that the history holds: ten seconds at more than 60 frames a second; faster streams show less."""
_FULL = 10.0
"""Confidence at the top of the chart, in votes."""
_WHITE, _GREY = (255, 255, 255), (170, 180, 190)
_RAW, _SMOOTHED = (130, 150, 165), (90, 230, 150)
_ENTER, _EXIT, _ALERT = (255, 200, 70), (240, 120, 110), (255, 105, 90)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


class Overlay:
    """Draws the results of one stream; remembers the last ten seconds for its chart.

    The chart shows raw and smoothed confidence in the counted class, which is the target of the exercise in progress,
    else of the last one, else of the one with the greatest confidence.

    Args:
        exercises: those that are counted, see `posecount.datasets.dataset.PoseDataset.exercises`.
        settings: for the thresholds.
    """

    def __init__(self, exercises: Sequence[Exercise], settings: Settings | None = None) -> None:
        self._exercises = {exercise.name: exercise for exercise in exercises}
        self._targets = [exercise.target for exercise in exercises]
        self._numbers = {exercise.name: index for index, exercise in enumerate(exercises)}
        self._settings = settings or Settings()
        self._last_exercise: str | None = None
        # Twice the capacity: when the end is reached, the newest frames move to the front, so that they always lie in
        # one piece.
        self._times: NDArray[np.float64] = np.zeros(2 * _CAPACITY)
        self._confidence: FloatArray = np.zeros((2, len(exercises), 2 * _CAPACITY), np.float32)  # raw and smoothed
        self._start = self._end = 0

    def __len__(self) -> int:
        """Frames remembered; never more than a fixed number."""
        return self._end - self._start

    def draw(self, image: Image, result: FrameResult, mirror: bool = False, canvas: Image | None = None) -> Image:
        """Draw a result.

        Args:
            image: RGB uint8 (height, width, 3), the one the result is about; not changed.
            result: timestamps must not decrease from call to call; where they do, the chart starts anew.
            mirror: swap left and right, as a mirror does; text stays readable.
            canvas: where to draw, of the image's shape, each row in one piece: a new one by default. May be the image
                itself, which saves copying it; not if mirrored.

        Returns:
            The canvas.
        """
        self._remember(result)
        canvas = _prepare(image, canvas, mirror)
        height, width = _size(canvas)
        scale = min(max(min(width / 640, height / 480), 0.5), 3.0)
        exercise = self._counted(result)
        chart_top = self._draw_chart(canvas, exercise, scale)
        if result.pose is not None:  # over the chart, which often lies where the feet are
            draw_skeleton(canvas, result.pose, mirror, scale)
        self._draw_count(canvas, result, exercise, scale)
        _draw_class(canvas, result, scale)
        hint = NO_POSE if result.pose is None else result.reason
        if hint:
            _draw_hint(canvas, str(hint), chart_top, scale)
        return canvas

    def _remember(self, result: FrameResult) -> None:
        times, votes, smoothed = self._times, result.votes, result.smoothed
        if len(self) and result.timestamp < times[self._end - 1]:
            self._start = self._end = 0
        if self._end == len(times):
            kept = len(self)
            for history in (times, self._confidence):
                history[..., :kept] = history[..., self._start : self._end]
            self._start, self._end = 0, kept
        times[self._end] = result.timestamp
        self._confidence[0, :, self._end] = [votes.get(target, 0.0) for target in self._targets]
        self._confidence[1, :, self._end] = [smoothed.get(target, 0.0) for target in self._targets]
        self._end += 1
        self._start = max(self._start, self._end - _CAPACITY)
        while times[self._start] < result.timestamp - HISTORY_S:  # one step for each frame, in the long run
            self._start += 1
        if result.exercise in self._exercises:
            self._last_exercise = result.exercise

    def _counted(self, result: FrameResult) -> Exercise | None:
        if self._last_exercise:
            return self._exercises[self._last_exercise]
        return max(self._exercises.values(), key=lambda e: result.smoothed.get(e.target, 0.0), default=None)

    def _draw_chart(self, canvas: Image, exercise: Exercise | None, scale: float) -> int:
        """Draw the chart along the lower edge; return the row at which it begins."""
        height, width = _size(canvas)
        top = height - max(round(0.17 * height), 48)
        if exercise is None or top < 40 or width < 80:
            return height
        strip = canvas[top:]
        _darken(strip)
        pad = round(6 * scale) + 2
        upper, lower = top + pad, height - pad
        times = self._times[self._start : self._end]
        confidence = self._confidence[:, self._numbers[exercise.name], self._start : self._end]
        # Thin curves side by side take a quarter of the time of a thick one.
        points = np.empty((1 + max(round(2 * scale), 1), len(self), 2), dtype=np.int32)
        # The newest frame is at the right edge, whatever the frame rate.
        points[..., 0] = (times - times[-1]) * ((width - 1) / HISTORY_S) + (width - 1)
        points[:2, :, 1] = lower - np.minimum(confidence, _FULL) * ((lower - upper) / _FULL)
        for thicker in range(2, len(points)):
            np.subtract(points[thicker - 1, :, 1], 1, out=points[thicker, :, 1])
        raw, *smoothed = points
        cv2.polylines(canvas, [raw], False, _RAW, 1)
        cv2.polylines(canvas, smoothed, False, _SMOOTHED, 1)
        thresholds = self._settings.enter_threshold, self._settings.exit_threshold
        _merge(strip, _axes_panel(height - top, width, pad, scale, exercise.target, *thresholds))
        return top

    def _draw_count(self, canvas: Image, result: FrameResult, exercise: Exercise | None, scale: float) -> None:
        """Draw the counted exercise's count large in the upper left corner, the others' small below it."""
        if exercise is None:
            return
        others = [
            f"{other.label} {result.counts[name]}"
            for name, other in self._exercises.items()
            if name != exercise.name and result.counts.get(name)
        ]
        _write(canvas, _count_panel(result.counts.get(exercise.name, 0), (exercise.label, *others[:4]), scale))


def draw_message(image: Image, message: str, canvas: Image | None = None) -> Image:
    """The image with an error message across it, wrapped to its width.

    Args:
        image: RGB uint8 (height, width, 3); not changed.
        message: in words; what does not fit is cut.
        canvas: where to draw, see `Overlay.draw`.
    """
    canvas = _prepare(image, canvas)
    height, width = _size(canvas)
    size = _font_scale(0.5, min(width / 640, height / 480))
    line, pad = round(34 * size), 8
    lines, words = [""], message.split()
    while words and len(lines) <= 6:
        word = words.pop(0)
        candidate = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(candidate, size) > width - 2 * pad:
            lines.append(word)
        else:
            lines[-1] = candidate
    panel = _panel(pad + line * len(lines) + pad, width)
    for index, text in enumerate(lines, start=1):
        _text(panel, text, (pad, index * line), size, _ALERT)
    _write(canvas, panel)
    return canvas


def _prepare(image: Image, canvas: Image | None, mirror: bool = False) -> Image:
    """The canvas, with the image on it."""
    if canvas is None:
        canvas = np.empty(image.shape, dtype=np.uint8)
    if mirror:
        cv2.flip(image, 1, dst=canvas)
    elif canvas is not image:
        canvas[...] = image
    return canvas


def _draw_class(canvas: Image, result: FrameResult, scale: float) -> None:
    """Draw the class with the greatest smoothed confidence, in the upper right corner."""
    if not result.smoothed or result.pose is None:
        return
    name, confidence = max(result.smoothed.items(), key=lambda item: item[1])
    # Apart, since each of the two comes again and again while both together seldom do.
    words, number = _class_panel(name, scale), _number_panel(f"{confidence:.1f}", scale)
    tall, wide = _size(words)
    left, pad = max(canvas.shape[1] - wide, 0), round(8 * scale)
    _write(canvas[:, left:], words)
    _merge(canvas[:, max(canvas.shape[1] - number.shape[1], 0) :], number)
    bar = round((wide - 2 * pad) * min(max(confidence / _FULL, 0.0), 1.0))
    top = tall - pad - 1
    cv2.rectangle(canvas, (left + pad, top), (left + pad + bar, top + max(round(3 * scale), 1)), _SMOOTHED, -1)


def _draw_hint(canvas: Image, hint: str, below: int, scale: float) -> None:
    """Draw a hint to the person, centred above the row `below`."""
    size, pad = _font_scale(0.65, scale), round(8 * scale)
    room = canvas.shape[1] - 2 * pad
    wide = _width(hint, size)
    if wide > room:
        size, wide = size * room / wide, room
    left, tall = max((canvas.shape[1] - wide) // 2 - pad, 0), round(36 * size)
    top = max(below - tall - 2 * pad, 0)
    _write(canvas[top:, left:], _hint_panel(hint, size, tall, wide + 2 * pad, pad))


def _size(image: Image) -> tuple[int, int]:
    """Height and width in pixels."""
    return int(image.shape[0]), int(image.shape[1])


def _darken(region: Image) -> None:
    """Darken a region to a quarter, so that text on it is readable over any picture; no blend is as cheap."""
    np.right_shift(region, 2, out=region)


def _font_scale(size: float, scale: float) -> float:
    """A font scale for this picture, but never too small to read."""
    return max(size * scale, 0.36)


@lru_cache(maxsize=256)  # the same few words on every frame
def _width(text: str, size: float, thickness: int = 1) -> int:
    (width, _), _ = cv2.getTextSize(text, _FONT, size, thickness)
    return int(width)


def _panel(height: int, width: int) -> Image:
    """A black picture, on which is drawn what comes again in frame after frame; see `_write`."""
    panel: Image = np.zeros((max(height, 1), max(width, 1), 3), dtype=np.uint8)
    return panel


def _text(
    panel: Image, text: str, at: tuple[int, int], size: float, colour: tuple[int, int, int], thickness: int = 1
) -> None:
    """Write a line of text whose baseline begins at a point."""
    cv2.putText(panel, text, at, _FONT, size, colour, thickness, cv2.LINE_AA)


def _write(canvas: Image, panel: Image) -> None:
    """Darken the upper left corner of a canvas, as large as a panel, and draw the panel there."""
    _darken(canvas[: panel.shape[0], : panel.shape[1]])
    _merge(canvas, panel)


def _merge(canvas: Image, panel: Image) -> None:
    """Draw a panel on the darkened upper left corner of a canvas, over which all that is on panels is brighter."""
    region = canvas[: panel.shape[0], : panel.shape[1]]
    np.maximum(region, panel[: region.shape[0], : region.shape[1]], out=region)


@lru_cache(maxsize=64)  # some for each of a server's sessions, as all of these; a few megabytes
def _count_panel(count: int, labels: tuple[str, ...], scale: float) -> Image:
    """The count, and under it the label of what is counted and, fainter, those of others."""
    size, label_size = 2.4 * scale, _font_scale(0.6, scale)
    weight, pad, digits, line = (
        max(round(2 * size), 1),
        round(10 * scale),
        round(54 * scale),
        round(30 * label_size) + 2,
    )
    wide = max(_width(str(count), size, weight), *(_width(label, label_size) for label in labels))
    panel = _panel(2 * pad + digits + line * len(labels), wide + 2 * pad)
    _text(panel, str(count), (pad, pad + digits), size, _WHITE, weight)
    for index, label in enumerate(labels, start=1):
        _text(panel, label, (pad, pad + digits + index * line), label_size, _SMOOTHED if index == 1 else _GREY)
    return panel


@lru_cache(maxsize=64)
def _class_panel(name: str, scale: float) -> Image:
    """The name of a class, with room to the right for a number of `_number_panel` and below for a bar."""
    text, size, pad = _plain(name), _font_scale(0.55, scale), round(8 * scale)
    number = _number_panel("", scale)
    panel = _panel(number.shape[0], pad + _width(f"{text}  ", size) + number.shape[1])
    _text(panel, text, (pad, round(32 * size) - 2), size, _WHITE)
    return panel


@lru_cache(maxsize=128)
def _number_panel(number: str, scale: float) -> Image:
    """A number of up to four characters."""
    size, pad = _font_scale(0.55, scale), round(8 * scale)
    line = round(32 * size)
    panel = _panel(line + pad + 5, _width("10.0", size) + pad)
    _text(panel, number, (0, line - 2), size, _WHITE)
    return panel


@lru_cache(maxsize=16)
def _hint_panel(hint: str, size: float, tall: int, wide: int, pad: int) -> Image:
    panel = _panel(tall, wide)
    _text(panel, hint, (pad, round(26 * size)), size, _ENTER)
    return panel


@lru_cache(maxsize=16)
def _axes_panel(height: int, width: int, pad: int, scale: float, target: str, enter: float, leave: float) -> Image:
    """The chart's threshold lines and labels on black."""
    panel = _panel(height, width)
    size = _font_scale(0.42, scale)
    _text(panel, _plain(target), (pad, pad + round(22 * size)), size, _GREY)
    # The upper threshold's figure stands above its line and the lower one's below, so that they never collide.
    for threshold, below, colour in ((enter, -3, _ENTER), (leave, round(26 * size), _EXIT)):
        y = round(height - pad - (height - 2 * pad) * threshold / _FULL)
        cv2.line(panel, (0, y), (width - 1, y), colour, 1)
        label = f"{threshold:g}"
        _text(panel, label, (width - pad - _width(label, size), y + below), size, colour)
    return panel


def _plain(class_name: str) -> str:
    return class_name.replace("_", " ")
