"""The commands count and track."""

import csv
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import posecount.cli.track as track_module
import posecount.tracking.sequence_file as sequence_file
import posecount.video.segments
from posecount.cli.count import _settings
from posecount.cli.interrupt import interruptible
from posecount.counting.settings import Settings
from posecount.shipped import SAMPLE_CLIPS
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.reader import Segment
from posecount.video.writer import write_video
from tests.cli.conftest import Run
from tests.counting.test_shallow import shallow_squats
from tests.stick_figure import plank_pose, squatting, stick_dataset, stick_pose, with_planks


def test_counts_a_sequence_in_words(run: Run, tracked: Path) -> None:
    done = run("count", tracked)
    assert done.exit_code == 0, done.stderr
    assert "Squats: 8" in done.stdout and ": 0" not in done.stdout


def test_where_nothing_is_done_it_says_so(run: Run, tmp_path: Path) -> None:
    LandmarkSequence.from_poses((index / 10, stick_pose(0.0)) for index in range(30)).save(tmp_path / "standing.npz")
    done = run("count", tmp_path / "standing.npz")
    assert (done.exit_code, done.stdout) == (0, "Nothing was counted.\n")


def test_target_keys_the_counts_by_the_class(run: Run, tracked: Path) -> None:
    done = run("count", tracked, "--target", "squats_down", "--profile", "colab", "--json")
    assert json.loads(done.stdout)["counts"] == {"squats_down": 8}


def test_what_is_too_shallow_to_count_is_said(
    run: Run, shipped_landmarks: dict[str, LandmarkSequence], tmp_path: Path
) -> None:
    poses = shallow_squats(shipped_landmarks["squats"], until=9.63)
    LandmarkSequence.from_poses((index / 10, pose) for index, pose in enumerate(poses)).save(tmp_path / "shallow.npz")
    assert "s: To count as squats, go further" in run("count", tmp_path / "shallow.npz").stdout
    document = json.loads(run("count", tmp_path / "shallow.npz", "--json").stdout)
    ((second, words),) = (each.values() for each in document["too_shallow"])
    assert 0 < second < 20 and words == "To count as squats, go further"


def test_a_hold_is_reported_with_start_and_end(run: Run, bends: Path, tmp_path: Path) -> None:
    with_planks(stick_dataset()).save(tmp_path / "sticks")
    poses = [stick_pose(0.0)] * 20 + [plank_pose(arms=0.4)] * 80 + [stick_pose(0.0)] * 20
    plank, reps = tmp_path / "plank.npz", tmp_path / "reps.csv"
    LandmarkSequence.from_poses((index / 10, pose) for index, pose in enumerate(poses)).save(plank)
    options = ("--dataset", tmp_path / "sticks")
    done = run("count", plank, *options, "--reps", reps)
    assert "Plank: 0:07" in done.stdout or "Plank: 0:08" in done.stdout
    row = next(line.split() for line in done.stdout.splitlines() if line.split()[1:2] == ["Plank"])
    assert (float(row[2]), float(row[4])) == pytest.approx((2, 10), abs=0.5)
    (held,) = csv.DictReader(reps.read_text().splitlines())
    assert (held["exercise"], held["repetition"], held["turn_s"]) == ("planks", "", "")
    assert float(held["duration_s"]) == pytest.approx(8, abs=0.5)
    document = json.loads(run("count", plank, *options, "--json").stdout)
    assert document["counts"] == {"squats": 0} and document["repetitions"] == []
    (hold,) = document["holds"]
    assert hold["seconds"] == document["seconds"]["planks"] == float(held["duration_s"])
    both = run("count", plank, bends, *options)
    assert next(line.split()[-2] for line in both.stdout.splitlines() if line.split()[:1] == ["All"]) == "8"
    summed = json.loads(run("count", plank, bends, *options, "--json").stdout)
    assert summed["seconds"] == document["seconds"] and summed["counts"] == {"squats": 8}


def bad_dataset(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "squats_up.csv").write_text("a.jpg," + ",".join(["1.5"] * 99) + "\n")
    (folder / "squats_down.csv").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["count", "missing.mp4"], r"missing\.mp4 does not exist.*Try:"),
        (["count", "missing.npz"], r"missing\.npz does not exist.*Try:"),
        (["count", "{tracked}", "--dataset", "missing"], r"missing does not exist.*Try"),
        (["count", "{tracked}", "--dataset", "{short}"], r"squats_down\.csv, row 1: 3 fields instead of 100.*Try"),
        (["count", "{tracked}", "--dataset", "{nan}"], r"squats_down\.csv, row 1, landmark 1: 'nan' is not a finite"),
        (["count", "{tracked}", "--target", "planks"], r"planks is not a class"),
        (["count", "{tracked}", "--profile", "best"], r"best"),
        (["count", "{tracked}", "-o", "x.mp4"], r"no picture"),
        (["track", "missing.mp4", "-o", "out.npz"], r"missing\.mp4 does not exist"),
        (["track", "missing.mp4", "-o", "out.txt"], r"must end in \.npz"),
    ],
)
def test_bad_input_is_one_message_and_no_traceback(
    run: Run, tracked: Path, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    places = {
        "tracked": tracked,
        "short": bad_dataset(tmp_path / "short", "a.jpg,1,2\n"),
        "nan": bad_dataset(tmp_path / "nan", "a.jpg,nan" + ",1" * 98 + "\n"),
    }
    done = run(*(argument.format(**places) for argument in arguments))
    assert done.exit_code != 0
    assert re.search(expected, " ".join(done.stderr.split()))
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_many_sources_give_one_table_and_exit_code_1_after_all_others_were_done(
    run: Run, bends: Path, tmp_path: Path
) -> None:
    stick_dataset().save(tmp_path / "sticks")
    (tmp_path / "more").mkdir()
    LandmarkSequence.from_poses(squatting(3)).save(tmp_path / "more" / "three.npz")
    (tmp_path / "more" / "bad.mp4").write_text("no video")
    reps = tmp_path / "reps.csv"
    done = run("count", bends, tmp_path / "more", "--dataset", tmp_path / "sticks", "--reps", reps, "--jobs", 2)
    assert done.exit_code == 1
    assert re.search(r"bends\.npz\s+\S+ s\s+8", done.stdout) and re.search(r"three\.npz\s+\S+ s\s+3", done.stdout)
    assert re.search(r"All\s+\S+ s\s+11", done.stdout)
    assert re.search(r"bad\.mp4 cannot be opened.*Try:", " ".join(done.stderr.split()))
    rows = list(csv.DictReader(reps.read_text().splitlines()))
    assert [Path(row["source"]).name for row in rows] == ["bends.npz"] * 8 + ["three.npz"] * 3
    assert set(rows[0]) >= {"start_s", "turn_s", "end_s", "duration_s", "range"}


def test_many_sources_as_json_name_the_failures_and_a_glob_that_matches_nothing_fails(
    run: Run, bends: Path, tmp_path: Path
) -> None:
    stick_dataset().save(tmp_path / "sticks")
    options = ("--dataset", tmp_path / "sticks", "--json")
    done = run("count", f"{tmp_path}/*.npz", *options)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["counts"] == {"squats": 8} and document["sources"][0]["counts"] == {"squats": 8}
    done = run("count", bends, f"{tmp_path}/*.avi", tmp_path / "gone.mp4", *options)
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert [("error" in each) for each in document["sources"]] == [True, False, True]
    assert "matches no file" in done.stderr and "gone.mp4 does not exist" in done.stderr


def test_many_annotated_videos_go_into_a_folder(run: Run, tmp_path: Path, real_model: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_video(
            tmp_path / folder / "clip.mp4", ((np.zeros((48, 64, 3), np.uint8), index / 10) for index in range(9))
        )
    done = run("count", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["clip-counted-2.mp4", "clip-counted.mp4"]


@pytest.mark.parametrize("annotated", [False, True])
def test_two_jobs_count_one_video_by_segments(
    run: Run,
    tmp_path: Path,
    shipped_landmarks: dict[str, LandmarkSequence],
    monkeypatch: pytest.MonkeyPatch,
    annotated: bool,
) -> None:
    asked: list[tuple[Path, object]] = []

    def track(path: Path, variant: str, **options: object) -> LandmarkSequence:
        asked.append((path, options["jobs"]))
        return shipped_landmarks["squats"]

    monkeypatch.setattr(posecount.video.segments, "track_in_segments", track)
    output = ("-o", tmp_path / "out.mp4") if annotated else ()
    done = run("count", SAMPLE_CLIPS["squats"], "--jobs", 2, "--json", *output)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["counts"]["squats"], document["source"]) == (8, str(SAMPLE_CLIPS["squats"]))
    assert asked == [(SAMPLE_CLIPS["squats"], 2)]
    assert not annotated or (tmp_path / "out.mp4").stat().st_size > 10_000


@pytest.mark.parametrize("annotated", [False, True])
def test_ctrl_c_within_the_segments_of_one_video_prints_what_was_counted(
    run: Run,
    tmp_path: Path,
    shipped_landmarks: dict[str, LandmarkSequence],
    monkeypatch: pytest.MonkeyPatch,
    annotated: bool,
) -> None:
    whole = shipped_landmarks["squats"]

    def spread(task: object, arguments: dict[int, tuple[Path, Segment]], *rest: object) -> Iterator[object]:
        _, segment = arguments[0]
        kept = whole.timestamps < (segment.end or 0)
        yield 0, LandmarkSequence(whole.landmarks[kept], whole.visibility[kept], whole.timestamps[kept], whole.size)
        raise KeyboardInterrupt

    monkeypatch.setattr(posecount.video.segments, "spread", spread)
    output = ("-o", tmp_path / "out.mp4") if annotated else ()
    done = run("count", SAMPLE_CLIPS["squats"], "--jobs", 2, "--json", *output)
    document = json.loads(done.stdout)
    assert done.exit_code == 130 and 0 < document["counts"]["squats"] < 8
    assert "cancelled" in document["broke_off"] and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_video_longer_than_a_sequence_holds_is_refused_before_it_is_tracked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracked: list[object] = []
    monkeypatch.setattr(sequence_file, "MAX_FRAMES", 100)
    monkeypatch.setattr(track_module, "fetch_model", lambda variant: tracked.append(variant))
    done = run("track", SAMPLE_CLIPS["squats"], "-o", tmp_path / "a.npz")
    assert done.exit_code == 1
    assert re.search(r"squats\.mp4 has \d+ frames; .* at most 100,.*Try: split", " ".join(done.stderr.split()))
    assert not tracked and not list(tmp_path.iterdir())


def test_a_rate_at_which_a_sequence_holds_a_video_is_tracked(
    run: Run, five_squats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_model: Path
) -> None:
    monkeypatch.setattr(sequence_file, "MAX_FRAMES", 100)
    done = run("track", five_squats, "-o", tmp_path / "a.npz", "--fps", "2")
    assert done.exit_code == 0, done.stderr
    assert len(LandmarkSequence.load(tmp_path / "a.npz")) <= 100


def test_the_first_ctrl_c_asks_to_stop_and_the_second_ends_the_program() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as stopped:
        assert not stopped.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stopped.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["99"], r"Camera 99 cannot be opened.*Try:"),
        (["{bends}", "0"], r"Camera 0 cannot be counted with other sources"),
        (["{bends}", "--reps", "nowhere/reps.csv"], r"nowhere does not exist"),
    ],
)
def test_bad_counting_is_one_message(
    run: Run, bends: Path, arguments: list[str], expected: str, real_model: Path
) -> None:
    done = run("count", *(argument.format(bends=bends) for argument in arguments))
    assert re.search(expected, " ".join(re.sub(r"[│\s]+", " ", done.stderr).split()))
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["[bold]a.npz", "[red]a[b].npz", "a\x1b[31m.npz", ":smile:.npz", "a\x07\x9b.npz"])
def test_names_reach_the_terminal_as_they_are_and_without_control_characters(
    run: Run, tracked: Path, tmp_path: Path, name: str
) -> None:
    source = tmp_path / name
    source.write_bytes(tracked.read_bytes())
    shown = name.encode("unicode_escape").decode()
    done = run("count", source, source.with_name(f"gone{name}"))
    assert done.exit_code == 1 and shown in done.stdout and f"gone{shown}" in done.stderr
    done = run("count", source, "-o", tmp_path / "missing" / name)
    assert done.exit_code == 2
    assert not set("\x1b\x07\x9b") & set(done.stdout + done.stderr)


def test_thresholds_and_range_of_motion_are_those_of_the_page(run: Run, tracked: Path, bends: Path) -> None:
    assert _settings(7, 3, 0.5) == Settings(enter_threshold=7, exit_threshold=3, range_of_motion=0.5)
    assert _settings(None, None, None) == Settings()
    for sources in ([tracked], [tracked, bends]):
        # With the default profile, the person's own rhythm counts whatever the thresholds are.
        high = run("count", *sources, "--json", "--profile", "colab", "--enter", 10, "--exit", 0)
        assert not any(json.loads(high.stdout)["counts"].values())


@pytest.mark.parametrize(
    ("option", "value"),
    [("--enter", "nan"), ("--enter", 11), ("--exit", 7), ("--exit", "-1"), ("--range-of-motion", "inf")],
)
def test_a_setting_out_of_bounds_is_refused_in_words(run: Run, tracked: Path, option: str, value: object) -> None:
    done = run("count", tracked, f"{option}={value}")
    assert done.exit_code == 2 and option in done.stderr and not done.stdout


@pytest.mark.parametrize("fps", ["nan", "inf", "0", "-5"])
def test_a_frame_rate_that_is_none_is_refused(run: Run, tmp_path: Path, fps: str) -> None:
    done = run("track", SAMPLE_CLIPS["squats"], "-o", tmp_path / "a.npz", f"--fps={fps}")
    assert done.exit_code == 2 and "--fps" in done.stderr
