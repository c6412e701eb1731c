"""What a command writes replaces nothing that a person did not name, and never what it reads."""

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
import pytest
from typer.testing import CliRunner

import posecount.cli.count_report as posecount_report
import posecount.video.writer as posecount_writer
from posecount.cli.app import app
from posecount.files import replacing_output
from posecount.shipped import SAMPLE_CLIPS, STARTER_DATASET
from posecount.video.writer import write_video
from tests.cli.conftest import Run
from tests.conftest import ROOT


@pytest.mark.parametrize("option", ["--reps", "-o"])
@pytest.mark.parametrize("kind", ["itself", "a hard link", "a link", "another spelling"])
def test_an_output_that_is_a_source_is_refused_and_the_source_stays(
    run: Run, tmp_path: Path, option: str, kind: str
) -> None:
    source, output = tmp_path / "clip.mp4", tmp_path / "other.mp4"
    source.write_bytes(b"a recording")
    if kind == "a hard link":
        output.hardlink_to(source)
    elif kind == "a link":
        output.symlink_to(source)
    else:
        output = source if kind == "itself" else tmp_path / ".." / tmp_path.name / "clip.mp4"
    for force in ((), ("--force",)):
        done = run("count", source, option, output, *force)
        assert done.exit_code == 2 and "would be lost" in " ".join(done.stderr.split())
        assert source.read_bytes() == b"a recording"


def test_track_and_export_refuse_their_source_too(run: Run, tmp_path: Path, tracked: Path) -> None:
    before = tracked.read_bytes()
    assert run("track", tracked, "-o", tracked, "--force").exit_code == 2
    assert tracked.read_bytes() == before
    done = run("export", STARTER_DATASET, "-o", STARTER_DATASET / "new.csv", "--force")
    assert done.exit_code == 2 and "which is read" in " ".join(done.stderr.split())
    assert run("export", STARTER_DATASET, "-o", tmp_path / "a.csv").exit_code == 0
    before = (tmp_path / "a.csv").read_bytes()
    assert run("export", tmp_path / "a.csv", "-o", tmp_path / "a.csv", "--force").exit_code == 2
    assert (tmp_path / "a.csv").read_bytes() == before


def test_an_output_of_a_folder_of_sources_is_never_one_of_them(run: Run, bends: Path, tmp_path: Path) -> None:
    (tmp_path / "x-counted.mp4").write_bytes(b"a recording")
    (tmp_path / "x.mp4").write_bytes(b"another")
    done = run("count", tmp_path, "-o", tmp_path, "--force")
    assert done.exit_code == 2 and (tmp_path / "x-counted.mp4").read_bytes() == b"a recording"
    before = bends.read_bytes()
    assert run("count", tmp_path, "--reps", bends, "--force").exit_code == 2 and bends.read_bytes() == before


def test_an_output_that_exists_is_replaced_only_with_force(run: Run, tracked: Path, tmp_path: Path) -> None:
    reps = tmp_path / "reps.csv"
    reps.write_text("mine")
    done = run("count", tracked, "--reps", reps)
    assert done.exit_code == 2 and "--force" in done.stderr and reps.read_text() == "mine"
    assert run("count", tracked, tracked, "--reps", reps).exit_code == 2 and reps.read_text() == "mine"
    for suffix in (".csv", ".zip"):
        output = tmp_path / f"out{suffix}"
        output.write_text("mine")
        assert run("export", STARTER_DATASET, "-o", output).exit_code == 2 and output.read_text() == "mine"
        assert (
            run("export", STARTER_DATASET, "-o", output, "--force").exit_code == 0
            and output.read_text("latin-1") != "mine"
        )
    assert run("count", tracked, "--reps", reps, "--force").exit_code == 0 and reps.read_text() != "mine"


@pytest.mark.parametrize(("answer", "left", "code"), [("n\n", True, 2), ("y\n", False, 0), ("", True, 1)])
def test_a_person_at_a_terminal_is_asked_before_a_file_is_replaced_and_no_leaves_it(
    bends: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: bool, code: int
) -> None:
    reps = tmp_path / "reps.csv"
    reps.write_text("mine")
    # What stands in for standard input while a command is run is no terminal.
    monkeypatch.setattr("posecount.cli.outputs.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    done = CliRunner().invoke(app, ["count", str(bends), "--reps", str(reps)], input=answer)
    assert "reps.csv exists. Replace? [y/N]" in done.stderr and "Replace" not in done.stdout
    assert (reps.read_text() == "mine") is left and done.exit_code == code


def test_a_link_is_followed_and_a_pipe_is_written_to(run: Run, tracked: Path, tmp_path: Path) -> None:
    link, target, pipe = tmp_path / "link.csv", tmp_path / "real" / "target.csv", tmp_path / "pipe"
    target.parent.mkdir()
    link.symlink_to(target)  # nothing is there yet
    assert run("count", tracked, "--reps", link).exit_code == 0
    assert link.is_symlink() and target.read_text().startswith("source,")
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
    reader.start()
    done = run("count", tracked, "--reps", pipe)
    reader.join(10)
    assert done.exit_code == 0 and stat.S_ISFIFO(pipe.lstat().st_mode)
    assert received == [target.read_bytes()]


def test_a_new_file_has_the_permissions_of_the_umask_and_a_replaced_one_keeps_its_own(tmp_path: Path) -> None:
    private, shared = tmp_path / "private", tmp_path / "shared"
    shared.touch()
    shared.chmod(0o664)
    before = os.umask(0o077)
    try:
        for path in (private, shared):
            with replacing_output(path) as temporary:
                temporary.write_text("new")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (private, shared)] == [0o600, 0o664]


@pytest.mark.parametrize("bad", ["", "missing/a.csv", "x" * 300 + ".csv"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    run: Run, tracked: Path, tmp_path: Path, bad: str
) -> None:
    done = run("count", tracked, "--reps", tmp_path / bad)
    assert done.exit_code == 2 and not done.stdout and "Traceback" not in done.stderr


def started(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "posecount", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, **options)


def test_a_full_standard_output_is_one_message_and_exit_code_1(tracked: Path) -> None:
    with Path("/dev/full").open("w") as full:
        process = started("count", tracked, stdout=full)
        _, words = process.communicate(timeout=120)
    assert process.returncode == 1
    assert words.startswith("Error: No space left") and "Traceback" not in words and "ignored" not in words


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_a_closed_standard_stream_ends_no_command_and_what_is_printed_goes_into_no_file(
    tracked: Path, tmp_path: Path, closed: str
) -> None:
    command = f'exec "$@" {closed}'
    arguments = [sys.executable, "-m", "posecount", "count", str(tracked), "--reps", str(tmp_path / "reps.csv")]
    done = subprocess.run(["sh", "-c", command, "sh", *arguments], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0 and done.stderr == ""
    assert "Squats: 8" in done.stdout or ">&-" in closed.split()
    assert (tmp_path / "reps.csv").read_text().startswith("source,")


def test_what_is_printed_before_a_command_begins_is_one_message_on_a_full_disk_too() -> None:
    with Path("/dev/full").open("w") as full:
        process = started("--help", stdout=full)
        _, words = process.communicate(timeout=120)
    assert process.returncode == 1 and words.startswith("Error: No space left") and "Traceback" not in words


def test_a_link_that_leads_to_itself_is_no_output(run: Run, tracked: Path, tmp_path: Path) -> None:
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    done = run("count", tracked, "--reps", tmp_path / "loop.csv", "--force")
    assert done.exit_code == 2 and "leads back to itself" in " ".join(done.stderr.split())
    assert (tmp_path / "loop.csv").is_symlink()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("sources", [1, 2])
def test_a_signal_leaves_no_part_of_a_file_behind(
    tmp_path: Path, real_model: Path, sign: signal.Signals, sources: int
) -> None:
    output = tmp_path / "out.mp4" if sources == 1 else tmp_path / "out"
    clips = list(SAMPLE_CLIPS.values())[:sources]
    process = started("count", *clips, "-o", output, "--jobs", sources, stdout=subprocess.PIPE)
    deadline = monotonic() + 60
    while not list(tmp_path.rglob("*.part*")) and monotonic() < deadline:
        sleep(0.1)
    assert list(tmp_path.rglob("*.part*"))
    sleep(1)
    process.send_signal(sign)
    process.communicate(timeout=60)
    assert process.returncode == 128 + sign
    assert not [each for each in tmp_path.rglob("*") if each.is_file()] and not list(tmp_path.rglob("*.part*"))


def test_a_full_disk_costs_the_output_and_not_the_count(
    run: Run, tracked: Path, tmp_path: Path, real_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    clip = tmp_path / "clip.mp4"
    write_video(clip, ((np.zeros((48, 64, 3), np.uint8), index / 10) for index in range(9)))
    monkeypatch.setattr(posecount_writer, "replacing_output", full)
    monkeypatch.setattr(posecount_report, "replacing_output", full)
    done = run("count", tracked, "--reps", tmp_path / "reps.csv")
    assert done.exit_code == 1 and "Squats: 8" in done.stdout and "No space left" in done.stderr
    for more in ((), (tracked,)):
        done = run("count", clip, *more, "-o", tmp_path / ("many" if more else "out.mp4"))
        counted = "Squats" if more else "Nothing was counted."  # of one, whose pictures are black
        assert done.exit_code == 1 and counted in done.stdout and "No space left" in done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["clip.mp4", "many"]
