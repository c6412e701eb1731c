"""Overlay: draws a FrameResult on its image: skeleton, count, class, and a chart of the last ten seconds.

Drawing costs the same for every frame, however long the stream: the history is a ring of bounded size, and a curve is
one call of OpenCV. Lines are not anti-aliased, which would cost five times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from posecount.dataset import Exercise
from posecount.pipeline import FrameResult, Settings
from posecount.pose import CONNECTIONS, LANDMARK, LANDMARK_NAMES, Image, Pose

HISTORY_S = 10.0
"""Seconds that the chart shows."""

NO_POSE = "Step into the picture"

_CAPACITY = 640
"""Frames that the history holds: ten seconds at more than 60 frames a second; faster streams show less."""
_FULL = 10.0
"""Confidence at the top of the chart, in votes."""
_VISIBLE = 0.5
"""Visibility below which a landmark is drawn dim: the middle of its range, as MediaPipe's own drawing has it."""

_WHITE, _GREY, _DIM = (255, 255, 255), (170, 180, 190), (110, 116, 122)
_LEFT, _RIGHT, _MIDDLE = (255, 170, 60), (60, 200, 255), (235, 240, 245)
_RAW, _SMOOTHED = (130, 150, 165), (90, 230, 150)
_ENTER, _EXIT, _ALERT = (255, 200, 70), (240, 120, 110), (255, 105, 90)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


_FACE_END = LANDMARK["mouth_right"]
_FINGERS = {LANDMARK[f"{side}_{finger}"] for side in ("left", "right") for finger in ("pinky", "index", "thumb")}


def _side(start: int, end: int) -> tuple[int, int, int]:
    sides = {LANDMARK_NAMES[index].partition("_")[0] for index in (start, end)}
    return _LEFT if sides == {"left"} else _RIGHT if sides == {"right"} else _MIDDLE


_BONES = np.array(CONNECTIONS)
_FINE = np.array([end <= _FACE_END or end in _FINGERS for _, end in CONNECTIONS])
_BONE_KINDS = tuple(
    (colour, is_fine, np.array([_side(*bone) == colour for bone in CONNECTIONS]) & (is_fine == _FINE))
    for colour in (_MIDDLE, _LEFT, _RIGHT)
    for is_fine in (True, False)
)
"""Colour, whether it is one of the many of face and hands, which are drawn thin, and which bones are so."""
_JOINTS = tuple(
    (index, _side(index, index))
    for index, name in enumerate(LANDMARK_NAMES)
    if name.endswith(("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))
)


class Overlay:
    """Draws the results of one stream; remembers the last ten seconds for its chart.

    The chart shows raw and smoothed confidence in the counted class, which is the target of the exercise in progress,
    else of the last one, else of the one with the greatest confidence.

    Args:
        exercises: those that are counted, see `posecount.dataset.PoseDataset.exercises`.
        settings: for the thresholds.
    """

    def __init__(self, exercises: Sequence[Exercise], settings: Settings | None = None) -> None:
        self._exercises = {exercise.name: exercise for exercise in exercises}
        self._targets = [exercise.target for exercise in exercises]
        self._columns = {exercise.name: index for index, exercise in enumerate(exercises)}
        self._settings = settings or Settings()
        self._last_exercise: str | None = None
        # Rows of (timestamp, raw per exercise, smoothed per exercise). Twice the capacity: when the end is reached,
        # the newest rows move to the front, so that they always lie in one piece.
        self._rows: NDArray[np.float64] = np.zeros((2 * _CAPACITY, 1 + 2 * len(self._targets)))
        self._start = self._end = 0

    def __len__(self) -> int:
        """Frames remembered; never more than a fixed number."""
        return self._end - self._start

    def draw(self, image: Image, result: FrameResult, mirror: bool = False) -> Image:
        """Draw a result.

        Args:
            image: RGB uint8 (height, width, 3), the one the result is about; not changed.
            result: timestamps must not decrease from call to call; where they do, the chart starts anew.
            mirror: swap left and right, as a mirror does; text stays readable.

        Returns:
            A new image of the same shape.
        """
        self._remember(result)
        canvas: Image = np.array(image, order="C") if not mirror else cast(Image, cv2.flip(image, 1))
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
        if len(self) and result.timestamp < self._rows[self._end - 1, 0]:
            self._start = self._end = 0
        if self._end == len(self._rows):
            kept = len(self)
            self._rows[:kept] = self._rows[self._start : self._end]
            self._start, self._end = 0, kept
        raw = [result.votes.get(target, 0.0) for target in self._targets]
        smoothed = [result.smoothed.get(target, 0.0) for target in self._targets]
        self._rows[self._end] = (result.timestamp, *raw, *smoothed)
        self._end += 1
        oldest = np.searchsorted(self._rows[self._start : self._end, 0], result.timestamp - HISTORY_S)
        self._start = max(self._start + int(oldest), self._end - _CAPACITY)
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
        _darken(canvas[top:])
        pad = round(6 * scale) + 2
        upper, lower = top + pad, height - pad
        rows = self._rows[self._start : self._end]
        column = 1 + self._columns[exercise.name]
        confidence = np.clip(rows[:, (column, column + len(self._targets))], 0, _FULL)
        points = np.empty((2, len(rows), 2), dtype=np.int32)
        # The newest frame is at the right edge, whatever the frame rate.
        points[..., 0] = (width - 1) * (1 - (rows[-1, 0] - rows[:, 0]) / HISTORY_S)
        points[..., 1] = (lower - (lower - upper) / _FULL * confidence).T
        raw, smoothed = points
        cv2.polylines(canvas, [raw], False, _RAW, 1)
        for _ in range(max(round(2 * scale), 1)):  # thin curves side by side take a quarter of the time of a thick one
            cv2.polylines(canvas, [smoothed], False, _SMOOTHED, 1)
            smoothed[:, 1] -= 1
        thresholds = self._settings.enter_threshold, self._settings.exit_threshold
        _merge(canvas[top:], _axes_panel(height - top, width, pad, scale, exercise.target, *thresholds))
        return top

    def _draw_count(self, canvas: Image, result: FrameResult, exercise: Exercise | None, scale: float) -> None:
        """Draw the counted exercise's count large in the upper left corner, the others' small below it."""
        if exercise is None:
            return
        count, size, label_size = str(result.counts.get(exercise.name, 0)), 2.4 * scale, _font_scale(0.6, scale)
        pad, digits, line = round(10 * scale), round(54 * scale), round(30 * label_size) + 2
        others = [
            f"{other.label} {result.counts[name]}"
            for name, other in self._exercises.items()
            if name != exercise.name and result.counts.get(name)
        ]
        texts = [exercise.label, *others[:4]]
        wide = max(_width(count, size, _weight(size)), *(_width(text, label_size) for text in texts))
        lines = [_Text(count, (pad, pad + digits), size, _WHITE, _weight(size))]
        for index, text in enumerate(texts, start=1):
            colour = _SMOOTHED if index == 1 else _GREY
            lines.append(_Text(text, (pad, pad + digits + index * line), label_size, colour))
        _write(canvas[: 2 * pad + digits + line * len(texts), : wide + 2 * pad], *lines)


def draw_message(image: Image, message: str) -> Image:
    """The image with an error message across it, wrapped to its width.

    Args:
        image: RGB uint8 (height, width, 3); not changed.
        message: in words; what does not fit is cut.
    """
    canvas: Image = np.array(image, order="C")
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
    texts = (_Text(text, (pad, index * line), size, _ALERT) for index, text in enumerate(lines, start=1))
    _write(canvas[: pad + line * len(lines) + pad], *texts)
    return canvas


def draw_skeleton(canvas: Image, pose: Pose, mirror: bool = False, scale: float = 1.0) -> None:
    """Draw a pose on an image, which is changed; bones that are not visible are dim.

    Args:
        canvas: RGB uint8 (height, width, 3), of any size: the pose is scaled to it.
        pose: landmarks may lie outside the picture.
        mirror: whether the canvas is mirrored.
        scale: thickness of lines, 1 for a picture 640 pixels wide.
    """
    height, width = _size(canvas)
    # Landmarks are guessed beyond the edges, at times far beyond: OpenCV wants them within its integers. A pose may
    # also come from another size of the same picture.
    points = pose.landmarks[:, :2] * (width / pose.size[0], height / pose.size[1])
    if mirror:
        points[:, 0] = width - 1 - points[:, 0]
    limit = 4 * (width + height)
    points = np.fmin(np.fmax(points, -limit), limit).astype(np.int32)  # what is not a number becomes the limit
    visible = pose.visibility >= _VISIBLE
    bones, shown = points[_BONES], visible[_BONES].all(axis=1)
    thick, radius = max(round(3 * scale), 1), max(round(4 * scale), 2)
    # One call for all bones of a kind: half the time of a call for each.
    cv2.polylines(canvas, list(bones[~shown]), False, _DIM, 1)
    for colour, is_fine, of_kind in _BONE_KINDS:
        cv2.polylines(canvas, list(bones[shown & of_kind]), False, colour, (thick + 1) // 3 if is_fine else thick)
    joints = points.tolist()
    for index, colour in _JOINTS:
        if visible[index]:
            cv2.circle(canvas, joints[index], radius, colour, -1)


def _draw_class(canvas: Image, result: FrameResult, scale: float) -> None:
    """Draw the class with the greatest smoothed confidence, in the upper right corner."""
    if not result.smoothed or result.pose is None:
        return
    name, confidence = max(result.smoothed.items(), key=lambda item: item[1])
    text, number = f"{_plain(name)}  ", f"{confidence:.1f}"
    size, pad = _font_scale(0.55, scale), round(8 * scale)
    wide, line = _width(text, size), round(32 * size)
    left = max(canvas.shape[1] - wide - _width("10.0", size) - 2 * pad, 0)
    region = canvas[: line + pad + 5, left:]
    # Apart, since each of the two comes again and again while both together seldom do.
    _write(region, _Text(text, (pad, line - 2), size, _WHITE))
    region = region[:, pad + wide :]
    _merge(region, _text_panel(*_size(region), (_Text(number, (0, line - 2), size, _WHITE),)))
    bar = round((canvas.shape[1] - left - 2 * pad) * min(max(confidence / _FULL, 0.0), 1.0))
    cv2.rectangle(
        canvas, (left + pad, line + 4), (left + pad + bar, line + 4 + max(round(3 * scale), 1)), _SMOOTHED, -1
    )


def _draw_hint(canvas: Image, hint: str, below: int, scale: float) -> None:
    """Draw a hint to the person, centred above the row `below`."""
    size, pad = _font_scale(0.65, scale), round(8 * scale)
    room = canvas.shape[1] - 2 * pad
    wide = _width(hint, size)
    if wide > room:
        size, wide = size * room / wide, room
    left, tall = max((canvas.shape[1] - wide) // 2, 0), round(36 * size)
    top = max(below - tall - 2 * pad, 0)
    begin = max(left - pad, 0)
    region = canvas[top : top + tall, begin : left + wide + pad]
    _write(region, _Text(hint, (left - begin, round(26 * size)), size, _ENTER))


def _size(image: Image) -> tuple[int, int]:
    """Height and width in pixels."""
    return int(image.shape[0]), int(image.shape[1])


def _darken(region: Image) -> None:
    """Darken a region to a quarter, so that text on it is readable over any picture; no blend is as cheap."""
    np.right_shift(region, 2, out=region)


def _font_scale(size: float, scale: float) -> float:
    """A font scale for this picture, but never too small to read."""
    return max(size * scale, 0.36)


def _weight(size: float) -> int:
    return max(round(2 * size), 1)


@lru_cache(maxsize=256)  # the same few words on every frame
def _width(text: str, size: float, thickness: int = 1) -> int:
    (width, _), _ = cv2.getTextSize(text, _FONT, size, thickness)
    return int(width)


class _Text(NamedTuple):
    """A line of text; `at` is where its baseline begins."""

    text: str
    at: tuple[int, int]
    size: float
    colour: tuple[int, int, int]
    thickness: int = 1


def _text(canvas: Image, line: _Text) -> None:
    cv2.putText(canvas, line.text, line.at, _FONT, line.size, line.colour, line.thickness, cv2.LINE_AA)


def _write(region: Image, *lines: _Text) -> None:
    """Darken a region and write on it."""
    _darken(region)
    _merge(region, _text_panel(*_size(region), lines))


def _merge(region: Image, panel: Image) -> None:
    """Draw a panel on a darkened region of the same shape, over which all that is on panels is brighter."""
    np.maximum(region, panel, out=region)


@lru_cache(maxsize=128)  # some for each of a server's sessions; a few megabytes
def _text_panel(height: int, width: int, lines: tuple[_Text, ...]) -> Image:
    """Lines of text on black."""
    panel: Image = np.zeros((height, width, 3), dtype=np.uint8)
    for line in lines if panel.size else ():  # a picture may be too small for the region
        _text(panel, line)
    return panel


@lru_cache(maxsize=16)
def _axes_panel(height: int, width: int, pad: int, scale: float, target: str, enter: float, leave: float) -> Image:
    """The chart's threshold lines and labels on black."""
    panel: Image = np.zeros((height, width, 3), dtype=np.uint8)
    size = _font_scale(0.42, scale)
    _text(panel, _Text(_plain(target), (pad, pad + round(22 * size)), size, _GREY))
    # The upper threshold's figure stands above its line and the lower one's below, so that they never collide.
    for threshold, below, colour in ((enter, -3, _ENTER), (leave, round(26 * size), _EXIT)):
        y = round(height - pad - (height - 2 * pad) * threshold / _FULL)
        cv2.line(panel, (0, y), (width - 1, y), colour, 1)
        label = f"{threshold:g}"
        _text(panel, _Text(label, (width - pad - _width(label, size), y + below), size, colour))
    return panel


def _plain(class_name: str) -> str:
    return class_name.replace("_", " ")
