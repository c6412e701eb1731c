"""PoseTracker: images in, poses out. The only module that runs MediaPipe."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

import numpy as np

from posecount.errors import ModelError
from posecount.pose import Image, Pose
from posecount.tracking.deferred_import import deferred

# MediaPipe can plot landmarks, which posecount never asks for: half of a second and 20 MB of each process.
with deferred("matplotlib.pyplot"):
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode


class Tracker(Protocol):
    """What a pipeline needs of a tracker; tests script a fake one."""

    def track(self, image: Image, timestamp: float) -> Pose | None:
        """The pose in the image, or None if no person was found."""
        ...

    def close(self) -> None:
        """Release the tracker's resources."""
        ...


class PoseTracker:
    """MediaPipe's PoseLandmarker for one person; use it as a context manager, or call `close`.

    Not thread-safe: one tracker belongs to one stream.

    Args:
        model: path of a pose_landmarker bundle, see `posecount.model_path`.
        mode: ``video`` follows and smooths from frame to frame; ``image`` treats each picture on its own.

    Raises:
        ModelError: if the bundle cannot be loaded.
    """

    def __init__(self, model: Path, mode: Literal["video", "image"] = "video") -> None:
        self._mode = mode
        self._last_ms = -1
        options = PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model)),
            running_mode=RunningMode.VIDEO if mode == "video" else RunningMode.IMAGE,
            num_poses=1,  # with two, MediaPipe no longer smooths landmarks
        )
        try:
            self._landmarker: PoseLandmarker | None = PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(
                f"MediaPipe cannot load the pose model {model}: {str(error).rstrip('.')}. Try: delete the file and "
                "reload the page, which fetches it again; or set POSECOUNT_MODEL to another bundle."
            ) from error

    def track(self, image: Image, timestamp: float = 0.0) -> Pose | None:
        """Find the person in an image.

        Args:
            image: RGB uint8 (height, width, 3); its size may change from frame to frame.
            timestamp: seconds; ignored in image mode. MediaPipe needs them to increase strictly, so a timestamp that
                does not is moved to one millisecond after the last.

        Returns:
            The pose in pixels of this image, or None if no person was found.

        Raises:
            ValueError: if the image is not RGB uint8, or the tracker is closed.
        """
        if self._landmarker is None:
            raise ValueError("the tracker is closed")
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(f"image must be uint8 (height, width, 3), not {image.dtype} {image.shape}")
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))
        if self._mode == "video":
            self._last_ms = max(self._last_ms + 1, round(timestamp * 1000))
            result = self._landmarker.detect_for_video(picture, self._last_ms)
        else:
            result = self._landmarker.detect(picture)
        if not result.pose_landmarks:
            return None
        height, width = image.shape[:2]
        points = result.pose_landmarks[0]
        landmarks = np.array([(p.x, p.y, p.z) for p in points], dtype=np.float32)
        landmarks *= np.array((width, height, width), dtype=np.float32)
        visibility = np.array([p.visibility for p in points], dtype=np.float32)
        return Pose(landmarks, visibility, (width, height))

    def close(self) -> None:
        """Release MediaPipe's graph and threads. It may be called again."""
        landmarker, self._landmarker = self._landmarker, None
        if landmarker is not None:
            landmarker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # MediaPipe raises at interpreter exit if a landmarker is still open, as one dropped by mistake would be.
        if getattr(self, "_landmarker", None) is not None:
            self.close()
