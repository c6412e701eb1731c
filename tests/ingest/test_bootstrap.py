"""Bootstrap: only new photos are looked at, each is accounted for, and what was found is kept."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from posecount.datasets.photos import read_photo
from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError
from posecount.ingest import workers as workers_module
from posecount.ingest.bootstrap import bootstrap
from posecount.ingest.collection import Photo, open_folder, photo_of
from posecount.jpeg import encode_jpeg
from posecount.pose import Pose
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.tracker import PoseTracker
from posecount.video.reader import Video
from tests.dataset_folder import assert_sound, jpeg, landmarks

ROOT = Path(__file__).resolve().parents[2]
MODEL = Path("no model is needed")


class FakeTracker:
    """Finds a pose wherever the picture is not all of one colour; counts how often it is made and asked."""

    made = 0
    asked = 0
    open = 0

    def __init__(self, model: Path, mode: str) -> None:
        assert mode == "image"
        FakeTracker.made += 1
        FakeTracker.open += 1

    def track(self, image: np.ndarray) -> Pose | None:
        FakeTracker.asked += 1
        if image.std() < 5:
            return None
        height, width = image.shape[:2]
        return Pose(landmarks(float(image.mean())), np.full(33, 0.7, np.float32), (width, height))

    def close(self) -> None:
        FakeTracker.open -= 1


@pytest.fixture
def tracker(monkeypatch: pytest.MonkeyPatch) -> type[FakeTracker]:
    FakeTracker.made = FakeTracker.asked = FakeTracker.open = 0
    monkeypatch.setattr(workers_module, "PoseTracker", FakeTracker)
    return FakeTracker


def photos(count: int, class_name: str = "squats_up", start: int = 0) -> list[Photo]:
    numbers = range(start, start + count)
    return [photo_of(class_name, f"{number:03}.jpg", jpeg(number)) for number in numbers]


def test_two_bootstraps_at_once_add_each_photo_once(
    tmp_path: Path, tracker: type[FakeTracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    DatasetStore.create(tmp_path / "d")
    ready, waited = threading.Barrier(2), set[int]()
    real = FakeTracker.track

    def track(self: FakeTracker, image: np.ndarray) -> Pose | None:
        if (
            threading.get_ident() not in waited
        ):  # both have read what the dataset knows, and neither has stored anything
            waited.add(threading.get_ident())
            ready.wait(60)
        return real(self, image)

    monkeypatch.setattr(FakeTracker, "track", track)
    both = [*photos(12), *photos(12, "squats_down", start=12)]
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(bootstrap, DatasetStore(tmp_path / "d"), both, MODEL, jobs=1) for _ in range(2)]
        reports = [run.result() for run in runs]
    store = DatasetStore(tmp_path / "d")
    assert len(store.samples) == 24 and FakeTracker.asked > 24
    assert sum((report.kinds for report in reports), Counter()) == {"added": 24, "duplicate": 24}
    assert all(finding.sample in store.samples for report in reports for finding in report.findings)
    assert_sound(tmp_path / "d")


WALL = encode_jpeg(np.full((40, 60, 3), 90, np.uint8))


def test_each_photo_is_accounted_for_and_bad_ones_stop_nothing(tmp_path: Path, tracker: type[FakeTracker]) -> None:
    store = DatasetStore.create(tmp_path / "d")
    mixed = [
        *photos(2),
        photo_of("squats_up", "text.jpg", b"a text"),
        photo_of("squats_up", "wall.jpg", WALL),
        photo_of("squats_up", "again.jpg", jpeg(1)),
        photo_of("🏋️", "no class.jpg", jpeg(8)),
        photo_of("squats/down", "../x.jpg", jpeg(9)),
    ]
    report = bootstrap(store, mixed, MODEL, jobs=1)
    kinds = {finding.name.removeprefix("squats_up/"): finding.kind for finding in report.findings}
    assert kinds == {
        "000.jpg": "added",
        "001.jpg": "added",
        "text.jpg": "unreadable",
        "wall.jpg": "no pose",
        "again.jpg": "duplicate",
        "🏋️/no class.jpg": "unreadable",
        "squats/down/../x.jpg": "added",
    }
    problems = {finding.name.removeprefix("squats_up/"): finding for finding in report.problems}
    assert "not a JPEG" in problems["text.jpg"].reason
    assert problems["wall.jpg"].thumbnail is not None
    assert problems["again.jpg"].sample == SampleId("squats_up", "001.jpg")
    assert set(store.samples) == {
        SampleId("squats_up", "000.jpg"),
        SampleId("squats_up", "001.jpg"),
        SampleId("squats_down", "x.jpg"),
    }
    assert {each.name for each in store.rejected()} == {"text.jpg", "wall.jpg"}
    assert_sound(tmp_path / "d")
    assert len(store.history()) == 1


def test_nothing_is_looked_at_twice(tmp_path: Path, tracker: type[FakeTracker]) -> None:
    store = DatasetStore.create(tmp_path / "d")
    mixed = [*photos(5), photo_of("squats_up", "wall.jpg", WALL)]
    bootstrap(store, mixed, MODEL, jobs=1)
    store.remove(store.samples[:1])
    assert tracker.asked == 6 and tracker.made == 1 and tracker.open == 0
    renamed = [photo_of("other", f"other {photo.name}", photo.read()) for photo in mixed]
    report = bootstrap(DatasetStore(tmp_path / "d"), renamed, MODEL, jobs=1)
    assert tracker.asked == 6
    assert report.kinds == Counter(duplicate=6)
    reasons = [finding.reason for finding in report.findings]
    assert "restore it from the bin" in reasons[0]
    assert "the same picture as squats_up/001.jpg" in reasons[1]
    assert "looked at before" in reasons[5]


def test_pictures_without_a_pose_are_looked_at_again_on_demand(tmp_path: Path, tracker: type[FakeTracker]) -> None:
    store = DatasetStore.create(tmp_path / "d")
    wall = [photo_of("squats_up", "wall.jpg", WALL)]
    bootstrap(store, wall, MODEL, jobs=1)
    assert bootstrap(store, wall, MODEL, jobs=1, again=True).kinds == Counter({"no pose": 1})
    assert tracker.asked == 2 and len(store.rejected()) == 1


def test_a_photo_that_is_stored_smaller_is_known_when_it_comes_again(
    tmp_path: Path, tracker: type[FakeTracker]
) -> None:
    store = DatasetStore.create(tmp_path / "d")
    large = [photo_of("squats_up", "a.jpg", jpeg(1, (2400, 1800)))]
    bootstrap(store, large, MODEL, jobs=1)
    path = store.image_path(store.samples[0])
    assert path is not None and read_photo(path).shape == (1200, 1600, 3)
    assert bootstrap(store, large, MODEL, jobs=1).kinds == Counter(duplicate=1)
    stored = [photo_of("squats_up", "b.jpg", path.read_bytes())]
    assert bootstrap(store, stored, MODEL, jobs=1).kinds == Counter(duplicate=1)


def test_the_limit_takes_the_first_of_each_class(tmp_path: Path, tracker: type[FakeTracker]) -> None:
    store = DatasetStore.create(tmp_path / "d")
    mixed = [*photos(4, "a"), *photos(2, "b", 10)]
    report = bootstrap(store, mixed, MODEL, limit=3, jobs=1)
    assert [str(sample) for sample in store.samples] == [
        "a/000.jpg",
        "a/001.jpg",
        "a/002.jpg",
        "b/010.jpg",
        "b/011.jpg",
    ]
    assert report.over_limit == 1
    assert bootstrap(store, mixed, MODEL, limit=3, jobs=1).kinds == Counter(duplicate=5)


def test_progress_rises_to_the_total_and_cancelling_keeps_what_is_done(
    tmp_path: Path, tracker: type[FakeTracker]
) -> None:
    store = DatasetStore.create(tmp_path / "d")
    seen: list[tuple[int, int, Counter[str]]] = []
    stop = False

    def note(done: int, total: int, kinds: Counter[str]) -> None:
        nonlocal stop
        seen.append((done, total, kinds))
        stop = stop or done >= 20

    report = bootstrap(store, photos(60), MODEL, jobs=1, progress=note, cancelled=lambda: stop)
    assert report.cancelled and len(report.findings) == len(store.samples) == 32
    done = [each[0] for each in seen]
    assert done == sorted(done) and seen[-1] == (32, 60, Counter(added=32))
    rest = bootstrap(store, photos(60), MODEL, jobs=1)
    assert rest.kinds == Counter(added=28, duplicate=32) and not rest.cancelled


def test_a_read_only_dataset_is_refused_before_anything_is_looked_at(
    tmp_path: Path, tracker: type[FakeTracker]
) -> None:
    DatasetStore.create(tmp_path / "d")
    with pytest.raises(DatasetError, match="read-only"):
        bootstrap(DatasetStore(tmp_path / "d", read_only=True), photos(1), MODEL, jobs=1)
    assert tracker.asked == 0


# MediaPipe itself, in worker processes


def frames(count: int) -> list[bytes]:
    clip = SAMPLE_CLIPS["squats"]
    if not clip.is_file():
        pytest.skip(f"the sample clip {clip} is absent")
    with Video(clip) as video:
        return [encode_jpeg(frame.image) for frame in islice(video.frames(), 0, 30 * count, 30)]


def test_real_frames_become_samples_in_two_workers_as_in_one(tmp_path: Path, real_model: Path) -> None:
    real = [photo_of("squats_up", f"{index:02}.jpg", data) for index, data in enumerate(frames(8))]
    mixed = [*real, photo_of("squats_up", "wall.jpg", WALL), photo_of("squats_up", "text.jpg", b"text")]
    one, two = DatasetStore.create(tmp_path / "one"), DatasetStore.create(tmp_path / "two")
    assert bootstrap(one, mixed, real_model, jobs=1).kinds == {"added": 8, "no pose": 1, "unreadable": 1}
    assert bootstrap(two, mixed, real_model, jobs=2).kinds == {"added": 8, "no pose": 1, "unreadable": 1}
    assert one.samples == two.samples
    assert one.dataset.landmarks.tobytes() == two.dataset.landmarks.tobytes()
    with PoseTracker(real_model, mode="image") as tracker:
        path = one.image_path(one.samples[3])
        assert path is not None
        pose = tracker.track(read_photo(path))
    assert pose is not None
    np.testing.assert_allclose(one.dataset.landmarks[3], pose.landmarks, atol=0.01)


def test_real_photos_give_poses(shared: Path, tmp_path: Path, real_model: Path) -> None:
    collection = open_folder(shared / "images")
    store = DatasetStore.create(tmp_path / "d")
    report = bootstrap(store, collection.photos, real_model, limit=3, jobs=2)
    assert len(report.findings) == 18 and report.kinds["added"] >= 16
    assert len(store.dataset.classes) == 6
    assert_sound(tmp_path / "d")


def test_a_killed_bootstrap_keeps_what_it_found(tmp_path: Path) -> None:
    code = f"""
        import sys, time
        sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
        from pathlib import Path
        import posecount.ingest.workers as module
        from posecount.ingest.bootstrap import bootstrap
        from tests.ingest.test_bootstrap import FakeTracker, photos
        class Slow(FakeTracker):
            def track(self, image):
                time.sleep(0.02)
                return super().track(image)
        module.PoseTracker = Slow
        from posecount.datasets.store import DatasetStore
        bootstrap(DatasetStore(sys.argv[1]), photos(1000), Path("none"), jobs=1)
    """
    folder = tmp_path / "d"
    store = DatasetStore.create(folder)
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), str(folder)], env=dict(os.environ)) as child:
        deadline = time.monotonic() + 60
        while len(store.samples) < 32 and time.monotonic() < deadline:
            time.sleep(0.2)
            store.refresh()
        child.send_signal(signal.SIGKILL)
    store = DatasetStore(folder)
    assert 32 <= len(store.samples) < 1000 and store.report == ()
    assert all(store.image_path(sample) for sample in store.samples)
    assert len(store.history()) == 1
