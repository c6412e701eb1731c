"""What the Live page says of the camera before START."""

from typing import Any

import pytest

from posecount.ui.live import camera_check


def test_a_sample_clip_is_offered_only_where_one_can_be_played(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, str]] = []

    def show(key: str, data: dict[str, Any]) -> None:
        said.append(data["messages"])

    monkeypatch.setattr(camera_check, "_check", show)
    camera_check.show_camera_check({"iceServers": []}, playing=False)
    camera_check.show_camera_check(None, playing=False)
    server, device = said
    for name in ("missing", "insecure"):
        assert server[name].endswith(", or try a sample clip.")
        assert device[name].endswith(", or track on the server to try a sample clip.")
    assert {name for name in server if server[name] != device[name]} == {"missing", "insecure"}
