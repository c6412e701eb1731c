"""What a command writes replaces nothing that a person did not name, and never what it reads."""

import os
import stat
import threading
from pathlib import Path

import pytest

from posecount.files import replacing_output
from posecount.shipped import STARTER_DATASET
from tests.cli.conftest import Run


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
