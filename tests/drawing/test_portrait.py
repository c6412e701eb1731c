"""A sample's portrait: picture with skeleton, and the pose from above; it never fails for want of a picture."""

from pathlib import Path

import numpy as np
import pytest

from posecount.drawing.portrait import HEIGHT, draw_portrait
from posecount.jpeg import encode_jpeg
from posecount.pose import LANDMARK
from tests.dataset_folder import landmarks
from tests.stick_figure import stick_figure

GROUND = np.full((480, 640, 3), 90, np.uint8)


def halves(portrait: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    middle = portrait.shape[1] // 2
    return portrait[:, : middle - 2], portrait[:, middle + 2 :]


def test_shows_the_picture_with_the_skeleton_and_the_pose_beside_it() -> None:
    portrait = draw_portrait(GROUND, stick_figure(0.5))
    picture, above = halves(portrait)
    assert portrait.shape[0] == HEIGHT and picture.shape == above.shape
    assert (picture == 90).all(axis=2).mean() > 0.7 and (picture != 90).any()
    assert len(np.unique(above.reshape(-1, 3), axis=0)) > 2
    assert (GROUND == 90).all()


def test_from_above_the_camera_is_below() -> None:
    figure = stick_figure(0)
    figure[LANDMARK["left_wrist"]] = figure[LANDMARK["left_hip"]] + (0, 0, -100)  # towards the camera
    _, above = halves(draw_portrait(GROUND, figure))
    ground = halves(draw_portrait(GROUND, stick_figure(0)))[1]
    changed = np.flatnonzero((above != ground).any(axis=(1, 2)))
    assert changed.max() > 0.6 * HEIGHT and changed.min() > 0.4 * HEIGHT


@pytest.mark.parametrize("scale", [0.001, 1, 1e4])
def test_a_sample_without_a_picture_is_drawn_whole_at_any_scale(scale: float) -> None:
    picture, above = halves(draw_portrait(None, (stick_figure(1) * scale).astype(np.float32)))
    for half in (picture, above):
        drawn = np.argwhere((half != half[0, 0]).any(axis=2))
        assert len(drawn) > 200 or half is above
    drawn = np.argwhere((picture != picture[0, 0]).any(axis=2))
    assert np.ptp(drawn[:, 0]) > 0.8 * HEIGHT
    assert drawn.min() > 0


def test_a_picture_from_its_file_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(GROUND))
    (tmp_path / "b.jpg").write_bytes(b"text")
    visibility = np.full(33, np.nan, np.float32)
    assert draw_portrait(tmp_path / "a.jpg", landmarks(1), visibility).shape[0] == HEIGHT
    plain = draw_portrait(None, landmarks(1))
    for name in ("b.jpg", "missing.jpg"):
        assert np.array_equal(draw_portrait(tmp_path / name, landmarks(1), visibility), plain)


@pytest.mark.parametrize("shape", [(100, 2000, 3), (2000, 100, 3), (1, 1, 3)])
def test_extreme_shapes_stay_within_bounds(shape: tuple[int, int, int]) -> None:
    portrait = draw_portrait(np.zeros(shape, np.uint8), landmarks(1))
    assert portrait.shape[0] == HEIGHT and 0.9 * HEIGHT < portrait.shape[1] < 4 * HEIGHT
