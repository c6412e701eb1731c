"""README and guides: their commands and code run, their links lead somewhere, and they leave nothing out."""

from __future__ import annotations

import re
import shlex
import shutil
import sysconfig
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import posecount
from posecount.cli.app import app
from posecount.datasets.dataset import PoseDataset
from posecount.tracking.sequence import LandmarkSequence
from posecount.tracking.tracker import PoseTracker
from posecount.video.reader import Video
from posecount.video.track import track_video
from tests.conftest import ROOT

GUIDES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *GUIDES]
NOT_RUN = ("app", "bench", "count 0", "--scheduler")
"""Parts of commands that are checked against their help instead: a server, a benchmark, a camera, a cluster."""


def blocks(document: Path, language: str = "") -> Iterator[str]:
    """The fenced code blocks of a document in a language."""
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL):
        if found[1] == language:
            yield found[2]


def commands(document: Path) -> list[str]:
    """The posecount commands in a document, without comments."""
    lines = (line for block in blocks(document) for line in block.splitlines())
    return [line.partition(" #")[0].strip() for line in lines if line.startswith("posecount ")]


def names_of_commands() -> set[str]:
    shown = CliRunner().invoke(app, ["--help"]).output
    return set(re.findall(r"^  (\w+) ", shown.partition("Commands:")[2], re.MULTILINE))


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory, real_model: Path, five_squats: Path) -> Path:
    """A folder with the files that the documents name."""
    folder = tmp_path_factory.mktemp("material")
    shutil.copy(five_squats, folder / "squats.mp4")
    with PoseTracker(real_model) as tracker:
        sequence = track_video(folder / "squats.mp4", tracker)
    sequence.save(folder / "squats.npz")
    (folder / "videos").mkdir()
    shutil.copy(folder / "squats.npz", folder / "videos")
    (folder / "clips.csv").write_text("path,exercise,reps\nsquats.npz,squats,5\n")
    # A squat's rest and turning point, about 1.2 s apart.
    with Video(folder / "squats.mp4") as video:
        for frame in video.frames():
            for name, seconds in (("squats_up", 1.5), ("squats_down", 3.0)):
                if 0 <= frame.timestamp - seconds < 0.3:
                    picture = folder / "photos" / name / f"{frame.timestamp:.2f}.jpg"
                    picture.parent.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(frame.image).save(picture)
    return folder


@pytest.fixture
def folder(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a copy of the material."""
    shutil.copytree(material, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_every_command_is_in_the_readme_and_in_its_guide_and_has_help() -> None:
    names = names_of_commands()
    assert {"count", "app"} <= names
    assert {each.split()[1] for each in commands(ROOT / "README.md")} == names
    assert set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "command-line.md").read_text(), re.MULTILINE)) >= names
    for name in names:
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


@pytest.mark.parametrize("document", [ROOT / "README.md", *GUIDES], ids=lambda each: each.stem)
def test_every_option_of_a_command_in_a_document_exists(document: Path) -> None:
    for command in commands(document):
        _, name, *arguments = shlex.split(command)
        shown = CliRunner().invoke(app, [name, "--help"])
        assert shown.exit_code == 0, command
        for option in (each.partition("=")[0] for each in arguments if each.startswith("-")):
            is_streamlits = name == "app" and option.startswith("--server.")
            assert is_streamlits or re.search(rf"(^|[ ,]){option}\b", shown.output, re.MULTILINE), command


@pytest.mark.timeout(900)  # a dozen commands, on a machine that may be busy
def test_the_commands_of_the_readme_and_the_guides_run_in_their_order(folder: Path) -> None:
    in_order = dict.fromkeys(command for each in [ROOT / "README.md", *GUIDES] for command in commands(each))
    run = [each for each in in_order if not any(part in each for part in NOT_RUN)]
    assert len(run) > 10
    (folder / "squats.npz").unlink()  # a command writes it
    outputs = {}
    for command in run:
        done = CliRunner().invoke(app, shlex.split(command)[1:], env={"COLUMNS": "120"})
        assert done.exit_code == 0, f"{command}: {done.output}{done.exception!r}"
        outputs[command] = done.stdout
    assert "\nSquats: 5\n" in outputs["posecount count squats.mp4"]
    assert "Knee bends: 5\n" in outputs["posecount count squats.npz --dataset my-dataset"]
    assert (folder / "annotated.mp4").stat().st_size > 100_000
    assert len(LandmarkSequence.load("squats.npz")) == 140
    assert set(PoseDataset.load("photo-dataset").classes) == {"squats_down", "squats_up"}
    assert "squats" in (folder / "reps.csv").read_text()


@pytest.mark.parametrize("document", [ROOT / "README.md", ROOT / "docs" / "python.md"], ids=lambda each: each.stem)
def test_the_python_code_of_a_document_runs(document: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = list(blocks(document, "python"))
    assert code
    for block in code:
        exec(compile(block, str(document), "exec"), {})
    assert "'squats': 5" in capsys.readouterr().out
    assert (folder / "my-dataset").exists() == ("save" in "".join(code))


def slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.stem)
def test_links_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)]+)\)", prose):
        path, _, anchor = link.partition("#")
        if path.startswith("https://"):
            continue
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert anchor in {slug(each) for each in headings}, link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.stem)
def test_a_document_names_files_that_exist_in_lines_that_fit(document: Path) -> None:
    text = document.read_text()
    assert [line for line in text.splitlines() if len(line) >= 120] == []
    named = re.findall(r"`((?:posecount|tests|deploy|docs|samples|examples|pages|\.streamlit)/[\w./-]*)`", text)
    elsewhere = {"posecount/_app", ".streamlit/secrets.toml"}  # in a wheel; on a server with login
    assert [each for each in named if not (ROOT / each).exists() and each not in elsewhere] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


def test_the_reference_has_every_public_name_once() -> None:
    listed = re.findall(r"^::: posecount\.(\w+)$", (ROOT / "docs" / "reference.md").read_text(), re.MULTILINE)
    assert sorted(listed) == posecount.__all__


def test_the_site_has_every_guide() -> None:
    listed = re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(listed) == [each.name for each in GUIDES]


def test_the_settings_guide_has_every_variable() -> None:
    sources = (ROOT / "posecount").rglob("*.py")
    used = {name for each in sources for name in re.findall(r"\"(POSECOUNT_[A-Z_]+)\"", each.read_text())}
    used |= {"POSECOUNT_SHARED", "POSECOUNT_CHROMIUM"}  # of the tests
    described = set(re.findall(r"`(POSECOUNT_[A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text()))
    assert used == described


@pytest.mark.skipif(not Path("/proc").exists(), reason="wheels bundle libraries in a .libs folder on Linux only")
def test_the_licences_guide_names_each_dependency_that_bundles_gpl_code() -> None:
    site = Path(sysconfig.get_path("purelib"))
    bundled = defaultdict[str, set[str]](set)
    for each in site.glob("*.libs/libx26[45]*"):
        bundled[each.parent.name.removesuffix(".libs").replace("_", "-")].add(each.name[3:7])
    rows = re.findall(r"^\| `([\w-]+)` \| (.+?) \(", (ROOT / "docs" / "licences.md").read_text(), re.MULTILINE)
    assert {name: set(contained.split(", ")) for name, contained in rows} == bundled
