"""Overlay: draws a FrameResult on its image: skeleton, count, class, and a chart of the last ten seconds.

Every frame costs the same, however long the stream: the history has a fixed size, and a curve is one call of OpenCV.
Lines are not anti-aliased: that takes five times as long. Text is drawn again on every frame: caching it saves 0.1 ms
of 0.3 ms at 640 × 480, beside 30 ms for tracking.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from posecount.counting.holds import Hold, minutes
from posecount.counting.pipeline import FrameResult
from posecount.counting.settings import Settings
from posecount.datasets.dataset import Exercise
from posecount.drawing.skeleton import draw_skeleton
from posecount.pose import FloatArray, Image

HISTORY_S = 10.0
"""Seconds that the chart shows."""

_CAPACITY = 640
"""Frames that the history holds: ten seconds at more than 60 frames a second; faster streams show less."""
_FULL = 10.0
"""Confidence at the top of the chart, in votes."""
_WHITE, _GREY = (255, 255, 255), (170, 180, 190)
_RAW, _SMOOTHED = (130, 150, 165), (90, 230, 150)
_ENTER, _EXIT, _ALERT = (255, 200, 70), (240, 120, 110), (255, 105, 90)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_DIGIT_HEIGHT = 21
"""Pixels, at font scale 1."""


class Overlay:
    """Draws the results of one stream, and remembers the last ten seconds for its chart.

    The chart shows raw and smoothed confidence in one class: the target of the exercise in progress, or else of the
    last exercise, or else of the one that showed the greatest confidence. Of several exercises, none has a count or a
    chart before it is seen. Of an exercise that is held, the time of the last hold takes the place of the count.

    Args:
        exercises: those being counted, see `RepetitionPipeline.exercises`.
        settings: they hold the thresholds.
        held: those being timed, see `RepetitionPipeline.held`.
    """

    def __init__(
        self, exercises: Sequence[Exercise], settings: Settings | None = None, held: Sequence[Exercise] = ()
    ) -> None:
        self._held = {exercise.name for exercise in held}
        self._hold: Hold | None = None  # the last one
        exercises = (*exercises, *held)
        self._exercises = {exercise.name: exercise for exercise in exercises}
        self._targets = [exercise.target for exercise in exercises]
        self._numbers = {exercise.name: index for index, exercise in enumerate(exercises)}
        self._settings = settings or Settings()
        self._last_exercise: str | None = None
        self._likeliest: str | None = None if len(exercises) > 1 else next(iter(self._exercises), None)
        # Twice the capacity: at the end, the newest frames move to the front, so that they are always contiguous.
        self._times: NDArray[np.float64] = np.zeros(2 * _CAPACITY)
        self._confidence: FloatArray = np.zeros((2, len(exercises), 2 * _CAPACITY), np.float32)  # raw and smoothed
        self._start = self._end = 0

    def __len__(self) -> int:
        """How many frames are remembered; at most a fixed number."""
        return self._end - self._start

    def draw(
        self,
        image: Image,
        result: FrameResult,
        mirror: bool = False,
        canvas: Image | None = None,
        *,
        bare: bool = False,
    ) -> Image:
        """Draw a result.

        Args:
            image: RGB uint8 (height, width, 3), the image the result is about; it does not change.
            result: where its timestamp is lower than the last one, the chart starts over.
            mirror: swap left and right, as a mirror does; text stays readable.
            canvas: where to draw: an array of the image's shape whose rows are contiguous; a new one by default. It may
                be the image itself, which saves a copy, unless `mirror` is set.
            bare: draw the skeleton alone, where the rest is shown beside the picture.

        Returns:
            The canvas.
        """
        self._remember(result)
        canvas = _prepare(image, canvas, mirror)
        height, width = _size(canvas)
        scale = min(max(min(width / 640, height / 480), 0.5), 3.0)
        charted = self._charted(result)
        if bare:
            if result.pose is not None:
                draw_skeleton(canvas, result.pose, mirror, scale)
            return canvas
        chart_top = self._draw_chart(canvas, charted, scale)
        if result.pose is not None:  # over the chart, which often covers the feet
            draw_skeleton(canvas, result.pose, mirror, scale)
        self._draw_count(canvas, result, self._counted(result), scale)
        _draw_class(canvas, result, scale)
        if result.reason:
            _draw_hint(canvas, result.reason.text, chart_top, scale)
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
        self._hold = result.hold or self._hold

    def _charted(self, result: FrameResult) -> Exercise | None:
        if self._last_exercise:
            return self._exercises[self._last_exercise]
        likeliest = max(self._exercises.values(), key=lambda e: result.smoothed.get(e.target, 0.0), default=None)
        if likeliest and result.smoothed.get(likeliest.target, 0.0) > 0:
            self._likeliest = likeliest.name
        return self._exercises[self._likeliest] if self._likeliest else None

    def _counted(self, result: FrameResult) -> Exercise | None:
        """The exercise whose count is large: the last one, or else the one counted most; None before any counts."""
        if self._last_exercise or len(self._exercises) == 1:
            return self._exercises[self._last_exercise or next(iter(self._exercises))]
        most = max(self._exercises.values(), key=lambda e: result.counts.get(e.name, 0), default=None)
        return most if most and result.counts.get(most.name) else None

    def _draw_chart(self, canvas: Image, exercise: Exercise | None, scale: float) -> int:
        """Draw the chart along the lower edge, and return its top row."""
        height, width = _size(canvas)
        top = height - max(round(0.17 * height), 48)
        if exercise is None or top < 40 or width < 80:
            return height
        _darken(canvas[top:])
        pad = round(6 * scale) + 2
        upper, lower = top + pad, height - pad
        size = _font_scale(0.42, scale)
        _text(canvas, _plain(exercise.target), (pad, top + pad + round(22 * size)), size, _GREY)
        thresholds = self._settings.enter_threshold, self._settings.exit_threshold
        # The upper threshold's figure is above its line and the lower one's below, so that they never collide.
        for threshold, below, colour in zip(thresholds, (-3, round(26 * size)), (_ENTER, _EXIT), strict=True):
            y = round(lower - (lower - upper) * threshold / _FULL)
            cv2.line(canvas, (0, y), (width - 1, y), colour, 1)
            label = f"{threshold:g}"
            _text(canvas, label, (width - pad - _width(label, size), y + below), size, colour)
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
        return top

    def _draw_count(self, canvas: Image, result: FrameResult, exercise: Exercise | None, scale: float) -> None:
        """Draw the exercise's count or time large in the upper left corner, and those of others small below it."""
        if exercise is None:
            return
        others = [
            f"{other.label} {minutes(result.seconds[name]) if name in self._held else result.counts[name]}"
            for name, other in self._exercises.items()
            if name != exercise.name and (result.counts.get(name) or result.seconds.get(name, 0.0) > 0)
        ]
        count, labels = str(result.counts.get(exercise.name, 0)), (exercise.label, *others[:4])
        if exercise.name in self._held:
            count = minutes(self._hold.seconds if self._hold else 0.0)
        size, label_size = 2.4 * scale, _font_scale(0.6, scale)
        weight, pad, digits = max(round(2 * size), 1), round(10 * scale), round(54 * scale)
        line = round(30 * label_size) + 2
        wide = max(_width(count, size, weight), *(_width(label, label_size) for label in labels))
        _darken(canvas[: 2 * pad + digits + line * len(labels), : wide + 2 * pad])
        _text(canvas, count, (pad, pad + digits), size, _WHITE, weight)
        for index, label in enumerate(labels, start=1):
            colour = _SMOOTHED if index == 1 else _GREY
            _text(canvas, label, (pad, pad + digits + index * line), label_size, colour)


def draw_message(image: Image, message: str, canvas: Image | None = None) -> Image:
    """Draw an error message across an image, wrapped to its width.

    Args:
        image: RGB uint8 (height, width, 3); it does not change.
        message: text beyond seven lines is cut.
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
    _darken(canvas[: pad + line * len(lines) + pad])
    for index, text in enumerate(lines, start=1):
        _text(canvas, text, (pad, index * line), size, _ALERT)
    return canvas


def draw_notice(image: Image, notice: str) -> None:
    """Draw a word or number across the middle of an image, in place: a person reads it from across the room."""
    height, width = _size(image)
    size = min(0.9 * width / max(_width(notice, 1.0, 2), 1), 0.45 * height / _DIGIT_HEIGHT)
    weight, tall = max(round(3 * size), 1), round(_DIGIT_HEIGHT * size)
    top = (height - tall) // 2
    _darken(image[max(top - tall // 4, 0) : top + tall + tall // 4])
    _text(image, notice, ((width - _width(notice, size, weight)) // 2, top + tall), size, _WHITE, weight)


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
    label, size, pad = f"{_plain(name)}  ", _font_scale(0.55, scale), round(8 * scale)
    line, wide = round(32 * size), _width(f"{label}10.0", size) + 2 * pad  # the same for every number
    left, tall = max(canvas.shape[1] - wide, 0), line + pad + pad // 2 + 5
    _darken(canvas[:tall, left:])
    _text(canvas, f"{label}{confidence:.1f}", (left + pad, pad // 2 + line - 2), size, _WHITE)
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
    _darken(canvas[top : top + tall, left : left + wide + 2 * pad])
    _text(canvas, hint, (left + pad, top + round(26 * size)), size, _ENTER)


def _size(image: Image) -> tuple[int, int]:
    """Height and width in pixels."""
    return int(image.shape[0]), int(image.shape[1])


def _darken(region: Image) -> None:
    """Darken a region to a quarter, so that text is readable on any picture; no blend is as cheap."""
    np.right_shift(region, 2, out=region)


def _font_scale(size: float, scale: float) -> float:
    """The font scale for this picture, never too small to read."""
    return max(size * scale, 0.36)


def _width(text: str, size: float, thickness: int = 1) -> int:
    (width, _), _ = cv2.getTextSize(text, _FONT, size, thickness)
    return int(width)


def _text(
    canvas: Image, text: str, at: tuple[int, int], size: float, colour: tuple[int, int, int], thickness: int = 1
) -> None:
    """Write a line of text whose baseline begins at a point."""
    cv2.putText(canvas, text, at, _FONT, size, colour, thickness, cv2.LINE_AA)


def _plain(class_name: str) -> str:
    return class_name.replace("_", " ")
