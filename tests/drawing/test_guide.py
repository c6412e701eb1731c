"""The guide shows a body where it is to be: inside the picture, above the chart, and green only where that is good."""

from __future__ import annotations

import numpy as np
import pytest

from posecount.drawing.guide import Guide, draw_guide, outline_of, placed
from tests.stick_figure import lying, stick_figure

GREEN, YELLOW = (90, 230, 150), (255, 200, 70)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1280, 720)])
@pytest.mark.parametrize("figure", [stick_figure(0.0), lying(stick_figure(0.0))], ids=["standing", "lying"])
def test_a_body_keeps_its_shape_and_fits_into_any_picture_above_the_chart(
    figure: np.ndarray, size: tuple[int, int]
) -> None:
    outline = outline_of(figure)
    points = np.array(placed(outline, size))
    assert points.min() >= 0 and points[:, 0].max() <= 1 and points[:, 1].max() <= 0.83
    wide, tall = (points.max(axis=0) - points.min(axis=0)) * size
    assert wide / tall == pytest.approx(outline[:, 0].max() / outline[:, 1].max(), rel=0.05)
    assert wide > 0.8 * size[0] or tall > 0.7 * size[1], "it is as large as may be"


@pytest.mark.parametrize(("is_good", "colour"), [(True, GREEN), (False, YELLOW)])
def test_its_colour_and_frame_tell_a_good_place(is_good: bool, colour: tuple[int, int, int]) -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    draw_guide(image, Guide((), is_good))
    assert (image[0, 320] == colour).all() and not image[240, 320].any()
    draw_guide(image, Guide(((0.25, 0.25), (0.25, 0.75), (0.5, 0.75)), is_good), mirror=True)
    assert (image[240, 479] == colour).all() and not image[240, 159].any(), "it is mirrored as the picture is"
