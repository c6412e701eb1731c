"""Jumps: the tracked body is suddenly another one, as when another person comes in, or a film is cut."""

from __future__ import annotations

from math import hypot, inf

from posecount.embedding import Body

_WITHIN_S = 0.25
"""Frames further apart than this say nothing: a person may have moved meanwhile."""
_PLACE = 0.45
"""Sizes of the body that the hips may move from one frame to the next. On 68 clips of footage and 17 others no person
moved them by more than 0.34, at 10 frames a second; cuts did by 0.5 to 1.5."""
_SIZE = 1.6
"""Ratio of the sizes. There, at most 1.5 in movement; at cuts 1.7 to 5."""


class JumpDetector:
    """Compares each pose of a stream with the one before."""

    def __init__(self) -> None:
        self._last: Body | None = None
        self._time = -inf

    def update(self, body: Body, timestamp: float) -> bool:
        """Take in a pose; return whether it is another body than the one before, by place or size."""
        last, since = self._last, timestamp - self._time
        self._last, self._time = body, timestamp
        if last is None or not 0 <= since < _WITHIN_S:
            return False
        moved = hypot(body.hips[0] - last.hips[0], body.hips[1] - last.hips[1]) / min(body.size, last.size)
        return moved > _PLACE or max(body.size / last.size, last.size / body.size) > _SIZE
