"""The Video page: uploads are counted with every profile, and bad ones are said in words."""

import gc
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from posecount.counting.settings import PROFILES
from posecount.errors import VideoError
from posecount.tracking.sequence import LandmarkSequence
from posecount.ui.video.running import MOST_MEGABYTES, _known_jobs, keep_upload
from posecount.video.writer import write_video
from tests.stick_figure import squatting, stick_dataset

PAGE = Path(__file__).resolve().parents[2] / "pages" / "video.py"


@pytest.fixture
def page(tmp_path: Path) -> AppTest:
    stick_dataset().save(tmp_path / "sticks")
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.session_state["dataset"] = "Another one…"
    page.session_state["dataset_path"] = str(tmp_path / "sticks")
    return page


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    page.run()
    page.file_uploader[0].upload(name, content).run()
    return finish(page)


def finish(page: AppTest) -> AppTest:
    """Wait for the work in the background, as the page does by itself."""
    deadline = time.monotonic() + 100
    while any(button.label == "Cancel" for button in page.button):
        assert time.monotonic() < deadline
        time.sleep(0.2)
        page.run()
    assert not page.exception
    return page


def test_asks_for_a_file_first(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert "Choose a file" in page.info[0].value


def test_counts_a_sequence_with_every_profile_side_by_side(page: AppTest, tmp_path: Path) -> None:
    LandmarkSequence.from_poses(squatting(3)).save(tmp_path / "set.npz")
    upload(page, "set.npz", (tmp_path / "set.npz").read_bytes())
    assert [(metric.label, metric.value) for metric in page.metric] == [("Squats", "3")]
    page.toggle(key="compare").set_value(True).run()
    assert [(metric.label, metric.value) for metric in page.metric] == [("Squats", "3")] * len(PROFILES)
    assert len(page.dataframe[0].value) == 3


def test_tracks_an_uploaded_video(page: AppTest, tmp_path: Path, real_model: Path) -> None:
    write_video(tmp_path / "empty.mp4", ((np.full((120, 160, 3), 90, np.uint8), index / 30) for index in range(20)))
    upload(page, "empty.mp4", (tmp_path / "empty.mp4").read_bytes())
    assert not page.error
    assert [caption.value for caption in page.caption].count("Nothing counted.") == 1


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("set.npz", b"no archive", "is not a landmark sequence"),
        ("clip.mp4", b"no video", "cannot be opened as a video"),
    ],
)
def test_bad_uploads_are_errors_in_words(page: AppTest, name: str, content: bytes, expected: str) -> None:
    upload(page, name, content)
    assert expected in page.error[0].value
    assert "Remedy" in page.error[0].value


def test_an_upload_over_the_limit_is_refused_with_another_way_to_count_it() -> None:
    too_large = SimpleNamespace(name="long.mp4", size=MOST_MEGABYTES * 1_000_000 + 1, file_id="1")
    with pytest.raises(VideoError, match=r"long\.mp4 is larger than 1000 MB.*Remedy.*posecount count"):
        keep_upload(too_large)  # type: ignore[arg-type]


def test_a_second_visit_finds_the_finished_work(page: AppTest, tmp_path: Path) -> None:
    LandmarkSequence.from_poses(squatting(2)).save(tmp_path / "set.npz")
    content = (tmp_path / "set.npz").read_bytes()
    upload(page, "set.npz", content)
    jobs = dict(_known_jobs())
    upload(page, "other name.npz", content)
    assert dict(_known_jobs()) == jobs
    assert [metric.value for metric in page.metric] == ["2"]


def test_an_upload_lies_on_the_disk_for_as_long_as_its_session_and_no_longer(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session: dict[str, object] = {}
    monkeypatch.setattr("posecount.ui.video.running.st.session_state", session)

    class Upload:
        name, size = "../../holiday.MP4", 3

        def __init__(self, content: bytes) -> None:
            self.content = self.file_id = content

        def getvalue(self) -> bytes:
            return self.content

    first = keep_upload(Upload(b"one")).path
    assert first.read_bytes() == b"one" and first.suffix == ".mp4" and tmp_path in first.parents
    assert keep_upload(Upload(b"one")).path == first
    second = keep_upload(Upload(b"two")).path
    assert second.exists() and not first.parent.exists()
    session.clear()
    gc.collect()
    assert list(tmp_path.iterdir()) == []
