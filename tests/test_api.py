"""The public names."""

import posecount


def test_public_names_are_exactly_these() -> None:
    assert posecount.__all__ == sorted(set(posecount.__all__))
    assert all(hasattr(posecount, name) for name in posecount.__all__)
