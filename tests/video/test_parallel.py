"""Counting on several cores and on a cluster: the same counts, each result once, and one bad file stops no other."""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from posecount.datasets.dataset import PoseDataset
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.parallel import Counting, SourceError, _count_file, count_many, find_sources
from posecount.video.reader import Video
from posecount.video.writer import write_video
from tests.conftest import ROOT
from tests.stick_figure import squatting, stick_dataset

Cluster = tuple[str, list[subprocess.Popen[bytes]]]


@pytest.fixture(scope="module")
def counting() -> Counting:
    return Counting(PoseDataset.load(STARTER_DATASET))


def save_squats(path: Path, repetitions: int) -> Path:
    LandmarkSequence.from_poses(squatting(repetitions)).save(path)
    return path


def test_sources_are_files_folders_and_globs(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("one.mp4", "two.MOV", "notes.txt", ".hidden.mp4", "a/three.webm", "a/b/four.gif", "a/five.npz"):
        (tmp_path / name).touch()

    def names(argument: str) -> list[str]:
        return [path.relative_to(tmp_path).as_posix() for path in find_sources(argument)]

    assert names(str(tmp_path)) == ["a/b/four.gif", "a/five.npz", "a/three.webm", "one.mp4", "two.MOV"]
    assert names(f"{tmp_path}/*.mp4") == ["one.mp4"]
    assert names(f"{tmp_path}/**/*.webm") == ["a/three.webm"]
    assert names(f"{tmp_path}/missing.mp4") == ["missing.mp4"]
    (tmp_path / "odd [1].mp4").touch()
    assert names(f"{tmp_path}/odd [1].mp4") == ["odd [1].mp4"]
    with pytest.raises(SourceError, match=r"matches no file.*Try:"):
        find_sources(f"{tmp_path}/*.avi")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"empty has no videos.*Try:"):
        find_sources(str(tmp_path / "empty"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_one_bad_file_stops_no_other_and_results_keep_their_order(
    tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("This is no video. " * 500)
    sources = [save_squats(tmp_path / "two.npz", 2), text, tmp_path / "gone.mp4", save_squats(tmp_path / "one.npz", 1)]
    told: list[tuple[int, int | None]] = []
    results = count_many(
        sources, Counting(stick_dataset()), jobs=jobs, progress=lambda done, total: told.append((done, total))
    )
    assert [each.source for each in results] == sources
    assert [each.recording and each.recording.counts["squats"] for each in results] == [2, None, None, 1]
    assert "text.mp4" in (results[1].error or "") and "Try:" in (results[1].error or "")
    assert "gone.mp4 does not exist" in (results[2].error or "")
    assert told == [(done, 4) for done in (1, 2, 3, 4)]
    monkeypatch.chdir(tmp_path)  # the workers of the call before are in another folder
    (again,) = count_many([Path("two.npz")], Counting(stick_dataset()), jobs=jobs)
    assert again.source == Path("two.npz") and again.recording and again.recording.counts["squats"] == 2


def test_a_worker_that_does_not_see_the_file_asks_for_it_and_returns_the_annotated_video(
    tmp_path: Path, real_model: Path
) -> None:
    counting, clip = Counting(stick_dataset()), tmp_path / "clip.mp4"
    write_video(clip, ((np.zeros((48, 64, 3), np.uint8), index / 10) for index in range(9)))
    content, output = clip.read_bytes(), tmp_path / "elsewhere" / "out.mp4"
    clip.unlink()
    assert _count_file(counting, True, clip, output).absent
    answer = _count_file(counting, True, clip, output, content)
    assert answer.recording is not None and answer.recording.frames == 9
    assert answer.video is not None and b"moov" in answer.video


def test_a_dataset_travels_to_another_process_unchanged(counting: Counting) -> None:
    there = pickle.loads(pickle.dumps(counting.dataset))
    assert (there.names, there.labels, dict(there.targets)) == (
        counting.dataset.names,
        counting.dataset.labels,
        dict(counting.dataset.targets),
    )
    np.testing.assert_array_equal(there.landmarks, counting.dataset.landmarks)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A Dask scheduler and two worker processes on loopback: its address, and the workers."""
    pytest.importorskip("distributed", reason="the cluster's extra is not installed")
    file = tmp_path / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    dask = [sys.executable, "-m", "dask"]
    common = ["--host", "127.0.0.1", "--scheduler-file", str(file), "--no-dashboard"]
    worker = [*dask, "worker", *common, "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path)]
    commands = [[*dask, "scheduler", *common, "--port", "0"], worker, worker]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate(commands):
            with (tmp_path / f"{number}.log").open("wb") as log:
                processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=tmp_path))
        from distributed import Client

        deadline = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with Client(scheduler_file=str(file), timeout=60) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.filterwarnings("ignore::UserWarning:distributed", "ignore::ResourceWarning")
def test_a_cluster_that_loses_a_worker_gives_every_result_once(
    cluster: Cluster, counting: Counting, tmp_path: Path, real_model: Path
) -> None:
    address, workers = cluster
    clips = []
    with Video(SAMPLE_CLIPS["squats"]) as video:
        frames = [(frame.image, frame.timestamp) for frame in islice(video.frames(), 0, 135, 3)]  # one squat
    for number in range(3):
        clips.append(tmp_path / f"{number}.mp4")
        write_video(clips[-1], frames)
    broken = tmp_path / "broken.mp4"
    broken.write_text("no video")
    told: list[int] = []

    def progress(done: int, total: int | None) -> None:
        told.append(done)
        if done == 1:
            workers[0].kill()  # in the middle: the other results are still to come

    results = count_many([*clips, broken], counting, scheduler=address, progress=progress)
    assert [each.source for each in results] == [*clips, broken]
    assert told == [1, 2, 3, 4]
    expected = count_many(clips[:1], counting)[0].recording
    assert expected is not None and expected.counts["squats"] >= 1
    for each in results[:-1]:
        assert each.recording is not None, each.error
        assert each.recording.counts == expected.counts
        for mine, theirs in zip(each.recording.repetitions, expected.repetitions, strict=True):
            assert astuple(mine) == pytest.approx(astuple(theirs))  # another process may add in another order
    assert "broken.mp4" in (results[-1].error or "")
    assert workers[0].wait(10) != 0 and workers[1].poll() is None
