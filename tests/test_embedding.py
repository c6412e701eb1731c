"""Embedding: what must not change it, and what must."""

import numpy as np
import pytest

from posecount.embedding import MIRROR, embed


@pytest.fixture
def poses() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 480, (7, 33, 3)).astype(np.float32)


def test_keeps_leading_axes(poses: np.ndarray) -> None:
    assert embed(poses).shape == (7, 23, 3)
    assert embed(poses[0]).dtype == np.float32
    np.testing.assert_allclose(embed(poses)[3], embed(poses[3]), rtol=1e-5, atol=1e-4)


def test_position_and_scale_do_not_matter(poses: np.ndarray) -> None:
    np.testing.assert_allclose(embed(poses * 3 + np.array((100, -50, 0), np.float32)), embed(poses), atol=1e-2)


def test_mirrored_pose_is_the_mirrored_embedding(poses: np.ndarray) -> None:
    np.testing.assert_array_equal(embed(poses * MIRROR), embed(poses) * MIRROR)


def test_landmarks_that_coincide_give_zeros_not_nan() -> None:
    assert (embed(np.full((33, 3), 7.0)) == 0).all()


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(\.\.\., 33, 3\)"):
        embed(np.zeros((17, 3), np.float32))
