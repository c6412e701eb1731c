"""Input from outside is accepted or refused with a clear error: parsers against generated and damaged input."""

import csv
import io
import json
import os
import subprocess
import sys
import textwrap
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from posecount.datasets.csv_rows import VALUE_COUNT, format_landmarks, format_row, parse_landmarks, parse_rows
from posecount.datasets.dataset import PoseDataset
from posecount.datasets.export import export_mlkit
from posecount.datasets.folder import read_targets
from posecount.datasets.photos import LONGEST_SIDE, PhotoError, store_photo
from posecount.datasets.records import NewSample
from posecount.datasets.store import DatasetStore
from posecount.errors import DatasetError, PosecountError, SequenceError
from posecount.evaluation.manifest import ManifestError, read_manifest
from posecount.ingest.archives import open_archive
from posecount.ingest.collection import Collection
from posecount.ingest.csv_import import import_tables
from posecount.ingest.intake import open_path
from posecount.ingest.report import ADDED, PRESENT
from posecount.names import free_name, is_plain, safe_file_name, safe_name
from posecount.tracking.sequence import LandmarkSequence
from posecount.video.reader import Video
from posecount.video.writer import write_video
from tests.dataset_folder import assert_sound, jpeg, landmarks

NAMES = st.text(max_size=80) | st.sampled_from(
    ["../up", "a/b", "C:\\x", "CON", "a\0b", "\ud800", "squats_up", ".x", ""]
)
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)
POSES = st.lists(NUMBERS, min_size=1, max_size=6).map(lambda some: np.resize(np.array(some, np.float32), (33, 3)))
FIELDS = st.sampled_from(["nan", "inf", "-1e39", "1e400", "", "x", "٣", "1_0", " 2 ", '"', "0x1p3"]) | st.text(
    max_size=9
)
UTF8 = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for every example: each overwrites the last one's file."""
    return tmp_path_factory.mktemp("hostile")


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file of which some bytes were changed, cut out or put in."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 40))] = draw(st.binary(max_size=8))
    return bytes(data)


@st.composite
def tables(draw: st.DrawFn, columns: int) -> tuple[bytes, int]:
    """A CSV of which some rows are good, some are too short or long, and some hold what is no number."""
    rows = []
    good = 0
    for number in range(draw(st.integers(0, 5))):
        row = [f"{number}.jpg", "squats_up"][: columns - VALUE_COUNT] + ["1.5"] * VALUE_COUNT
        spoiled = draw(st.booleans())
        good += not spoiled
        if spoiled and draw(st.booleans()):
            row = row[: draw(st.integers(0, columns - 1))]
        elif spoiled:
            row[draw(st.integers(columns - VALUE_COUNT, columns - 1))] = draw(FIELDS)
        rows.append(row)
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue().encode(errors="surrogatepass"), good


def packed(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two names that are the same once they are packed
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


@given(st.binary(max_size=300))
def test_a_file_of_any_bytes_is_rows_or_an_error_with_a_remedy(data: bytes) -> None:
    try:
        numbers = [number for number, _ in parse_rows(data, "file.csv")]
    except DatasetError as error:
        assert "file.csv" in str(error) and "Try: " in str(error)
    else:
        assert numbers == sorted(numbers)


@given(st.lists(FIELDS, min_size=1, max_size=3), st.integers(0, VALUE_COUNT - 3))
def test_numbers_that_are_taken_are_finite_and_others_are_named(values: list[str], start: int) -> None:
    row = ["1"] * VALUE_COUNT
    row[start : start + len(values)] = values
    try:
        parsed = parse_landmarks(row, "file.csv, row 7")
    except DatasetError as error:
        assert "file.csv, row 7" in str(error) and "Try: " in str(error)
    else:
        assert np.isfinite(parsed).all()


@given(tables(VALUE_COUNT + 2) | tables(VALUE_COUNT + 1) | st.tuples(st.binary(max_size=200), st.just(0)))
def test_a_strict_load_is_whole_or_refused(place: Path, table: tuple[bytes, int]) -> None:
    file = place / "mlkit.csv"
    file.write_bytes(table[0])
    try:
        dataset = PoseDataset.load(file)
    except DatasetError as error:
        assert "Try: " in str(error)
    else:
        assert np.isfinite(dataset.landmarks).all() and all(dataset.labels)


@given(st.data())
def test_an_import_adds_every_good_row_and_reports_every_bad_one(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    table, good = data.draw(tables(data.draw(st.sampled_from([VALUE_COUNT + 1, VALUE_COUNT + 2]))))
    store = DatasetStore.create(tmp_path_factory.mktemp("import") / "dataset")
    report = import_tables(store, Collection(tables=(("squats_up", table),)))
    rows = sum(bool(row) for row in csv.reader(io.StringIO(table.decode(errors="surrogatepass"), newline="")))
    taken = report.kinds[ADDED] + report.kinds[PRESENT]
    try:
        table.decode()
    except UnicodeDecodeError:  # no text: nothing of it can be trusted
        assert taken == 0 and report.problems
    else:
        assert taken + len(report.problems) == rows
        assert taken >= good or len(set(report.problems)) > 0
    assert len(store.samples) == report.kinds[ADDED]


@given(
    st.lists(st.tuples(UTF8, st.sampled_from(["a_up", "a_down", "приседания", "b c"]), POSES), min_size=2, max_size=4)
)
def test_a_dataset_survives_saving_and_loading_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, samples: list[tuple[str, str, np.ndarray]]
) -> None:
    names, labels, poses = zip(*samples, strict=True)
    dataset = PoseDataset(names, labels, np.stack(poses))
    folder = tmp_path_factory.mktemp("saved")
    dataset.save(folder)
    if len(dataset.classes) < 2:
        with pytest.raises(DatasetError, match="only one class"):
            PoseDataset.load(folder)
        return
    again = PoseDataset.load(folder)
    assert (again.names, again.labels) == (dataset.names, dataset.labels)
    np.testing.assert_array_equal(again.landmarks, dataset.landmarks)


@given(st.lists(st.tuples(UTF8, UTF8, POSES), min_size=1, max_size=4))
def test_an_export_for_ml_kit_can_be_split_at_every_comma(
    place: Path, samples: list[tuple[str, str, np.ndarray]]
) -> None:
    names, labels, poses = zip(*samples, strict=True)
    plan = export_mlkit(PoseDataset(names, labels, np.stack(poses)), place / "export.csv")
    lines = (place / "export.csv").read_text("ascii").splitlines()
    assert len(lines) == len(samples) == sum(plan.counts.values())
    for line, source in zip(lines, plan.sources, strict=True):
        values = line.split(",")
        assert len(values) == VALUE_COUNT + 2 and all(values[:2])
        stored = PoseDataset(names, labels, np.stack(poses)).landmarks[source]
        np.testing.assert_array_equal(parse_landmarks(values[2:], "line"), stored)


@given(st.text(max_size=20), POSES)
def test_a_row_reads_back_as_it_was_written(name: str, pose: np.ndarray) -> None:
    text = format_row(name, format_landmarks(pose))
    name_again, *values = next(csv.reader(io.StringIO(text, newline="")))
    assert name_again == name
    np.testing.assert_array_equal(parse_landmarks(values, "row"), pose)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["targets", "a"]), inner, max_size=3),
)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_metadata_is_names_or_an_error(data: bytes) -> None:
    try:
        targets = read_targets(data, "posecount.json")
    except DatasetError as error:
        assert "posecount.json" in str(error) and "Try: " in str(error)
    else:
        assert all(isinstance(each, str) for each in (*targets, *targets.values()))


@given(NAMES)
def test_a_name_from_outside_becomes_one_plain_component_and_stays_so(text: str) -> None:
    names = [safe_file_name(text)]
    try:
        names.append(safe_name(text))
    except DatasetError as error:
        assert "Try: " in str(error)
    for name in names:
        assert is_plain(name) and Path(name).name == name and name not in (".", "..")
        assert len(name) <= 60 and len(name.encode()) <= 200
        assert safe_file_name(name) == name
    assert [safe_name(name) for name in names[1:]] == names[1:]


@given(st.lists(NAMES.map(safe_file_name), max_size=6))
def test_free_names_differ_in_more_than_case(wanted: list[str]) -> None:
    taken: set[str] = set()
    for name in wanted:
        free = free_name(name, taken)
        assert free.casefold() not in taken and is_plain(free)
        taken.add(free.casefold())


@given(st.data())
def test_a_zip_that_is_taken_holds_only_photos_whose_names_become_harmless(data: st.DataObject) -> None:
    picture = jpeg(1)
    paths = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
    names = st.just("") | paths.map(lambda path: f"{path}.jpg".replace("\ud800", ""))
    members = data.draw(st.dictionaries(names, st.just(picture), min_size=1, max_size=4))
    archive = packed(members)
    try:
        with open_archive(io.BytesIO(archive)) as collection:
            assert all(photo.read() == picture for photo in collection.photos)
            assert len(collection.photos) + len(collection.left_out) <= len(members)
            for photo in collection.photos:
                assert not set(f"{photo.class_name}{photo.name}") & set("/\\")
                assert photo.class_name not in ("..", "") and is_plain(safe_file_name(photo.name))
    except DatasetError as error:
        assert "Try: " in str(error)


ZIP = packed({"squats_up/a.jpg": jpeg(2), "squats_down/b.jpg": jpeg(3), "squats_up.csv": b"a.jpg" + b",1" * 99})


@given(damaged(ZIP) | st.binary(max_size=200).map(lambda junk: ZIP + junk))
def test_a_damaged_zip_is_read_as_far_as_it_is_sound(data: bytes) -> None:
    try:
        with open_archive(io.BytesIO(data)) as collection:
            for photo in collection.photos:
                try:
                    photo.read()
                except PhotoError as error:
                    assert str(error)
    except DatasetError as error:
        assert "Try: " in str(error)


@given(damaged(jpeg(4, (200, 150))) | st.binary(max_size=100))
def test_a_damaged_picture_is_decoded_or_refused(data: bytes) -> None:
    try:
        stored = store_photo(data, "a.jpg")
    except PhotoError as error:
        assert str(error)
    else:
        assert stored.image.dtype == np.uint8 and max(stored.image.shape) <= LONGEST_SIDE
        assert stored.image.shape[2] == 3


def sequence_file(**changed: np.ndarray | None) -> bytes:
    whole: dict[str, Any] = {
        "landmarks": np.stack([landmarks(1), landmarks(2)]),
        "visibility": np.ones((2, 33), np.float32),
        "timestamps": np.array([0.0, 0.1]),
        "size": np.array([640, 480]),
        **changed,
    }
    file = io.BytesIO()
    np.savez_compressed(file, **{name: value for name, value in whole.items() if value is not None})
    return file.getvalue()


DTYPES: list[Any] = [np.float32, np.float64, np.int32, np.dtype("U3"), np.complex64, np.bool_, np.dtype("M8[s]")]
ANY_ARRAYS: st.SearchStrategy[Any] = arrays(
    st.sampled_from(DTYPES),
    array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
PARTS = st.sampled_from(["landmarks", "visibility", "timestamps", "size"])
SWAPPED = st.dictionaries(PARTS, st.none() | ANY_ARRAYS, min_size=1).map(lambda changed: sequence_file(**changed))


def array_file(shape: tuple[int, ...]) -> bytes:
    """A ``.npy``, which is no archive, that claims an array of that shape."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


CLAIMS = st.sampled_from([(2, 33, 3), (10**12, 33, 3)]).map(array_file)


@given(
    damaged(sequence_file())
    | SWAPPED
    | st.binary(max_size=100)
    | CLAIMS
    | CLAIMS.map(lambda array: packed({f"{part}.npy": array for part in ("size", "landmarks")}))
)
def test_a_landmark_sequence_is_sound_or_refused(place: Path, data: bytes) -> None:
    file = place / "sequence.npz"
    file.write_bytes(data)
    try:
        sequence = LandmarkSequence.load(file)
    except SequenceError as error:
        assert str(file) in str(error) and "Try: " in str(error)
    else:
        assert len(sequence.landmarks) == len(sequence.visibility) == len(sequence) == len(list(sequence.poses()))
        assert (np.diff(sequence.timestamps) >= 0).all()


def test_a_landmark_sequence_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(place: Path) -> None:
    file = place / "bomb.npz"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("a.npy", "w") as member,
    ):
        for _ in range(501):
            member.write(bytes(1_000_000))
    assert file.stat().st_size < 5_000_000
    with pytest.raises(SequenceError, match="more than 232 MB"):
        LandmarkSequence.load(file)


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes and devices")
@pytest.mark.parametrize("reader", [LandmarkSequence.load, open_path, read_manifest, PoseDataset.load, Video])
@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("suffix", [".npz", ".csv", ".zip", ".mp4"])
def test_a_pipe_or_a_device_is_refused_at_once_and_not_read_without_end(
    tmp_path: Path, reader: Callable[[Path], object], kind: str, suffix: str
) -> None:
    path = tmp_path / f"file{suffix}"
    if kind == "pipe":
        os.mkfifo(path)  # to open one waits for somebody who writes
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(PosecountError, match="Try: "):
        reader(path)


MANIFEST_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["clip.npz", "../clip.npz", "", "missing.npz", "a\0b", "x" * 300]),
        st.sampled_from(["squats", "", "a,b"]) | st.text(max_size=5),
        st.sampled_from(["3", "-1", "x", "²", "9" * 30, "", "5-6", "6-5", "0 of the five"]),
        st.sampled_from(["", "30", "nan", "0", "-5", "x"]),
    ),
    max_size=3,
)


@given(st.binary(max_size=120) | MANIFEST_ROWS)
def test_a_manifest_is_clips_that_are_there_or_an_error(place: Path, content: bytes | list[tuple[str, ...]]) -> None:
    (place / "clip.npz").write_bytes(sequence_file())
    manifest = place / "manifest.csv"
    if isinstance(content, bytes):
        manifest.write_bytes(content)
    else:
        with manifest.open("w", newline="", encoding="utf-8", errors="surrogatepass") as file:
            csv.writer(file).writerows([("path", "exercise", "reps", "fps"), *content])
    try:
        clips = read_manifest(manifest)
    except ManifestError as error:
        assert str(manifest) in str(error) and "Try: " in str(error)
    else:
        assert all(clip.file.is_file() for clip in clips)
        assert all(clip.reps is None or 0 <= clip.reps.least <= clip.reps.most for clip in clips)
        assert all(clip.fps is None or clip.fps > 0 for clip in clips)


@settings(max_examples=settings().max_examples // 4)  # each opens a dataset and writes it several times
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=4))
def test_a_dataset_stays_a_sound_folder_with_any_sample_names(
    tmp_path_factory: pytest.TempPathFactory, names: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("named") / "dataset"
    store = DatasetStore.create(folder)
    added = 0
    for number, (class_name, name) in enumerate(names):
        try:
            added += len(store.add([NewSample(class_name, f"{name}.jpg", landmarks(number), image=jpeg(number))]))
        except PosecountError as error:
            assert "Try: " in str(error)
    assert len(store.samples) == added
    inside = {path.relative_to(folder.parent).parts[0] for path in folder.parent.rglob("*")}
    assert inside == {"dataset"}
    if len(store.dataset.classes) > 1:
        assert_sound(folder)


def test_every_hostile_file_ends_in_a_result_or_words_within_250_mb_of_an_ordinary_clip_and_10_seconds(
    shared: Path, real_model: Path, tmp_path: Path
) -> None:
    folder = shared / "hostile"
    if not folder.is_dir():
        pytest.skip("there are no hostile files beside the checkout")
    code = """
        import shutil, sys, time
        from pathlib import Path
        from typer.testing import CliRunner
        from posecount.cli.app import app
        from tests.memory import peak
        scratch, ordinary, *files = map(Path, sys.argv[1:])
        def read(file):
            output = scratch / file.name
            if file.suffix == ".jpg":
                (output / "squats_up").mkdir(parents=True)
                shutil.copy(file, output / "squats_up")
                return ["bootstrap", output, "-o", scratch / "dataset"]
            if file.suffix == ".zip":
                return ["bootstrap", file, "-o", output.with_suffix(".dataset")]
            return ["count", file, *([] if file.suffix == ".npz" else ["-o", output.with_suffix(".mp4")])]
        for file in (ordinary, *files):
            start = time.process_time()
            done = CliRunner().invoke(app, [str(each) for each in read(file)])
            words = done.exit_code == 0 or (done.exit_code == 1 and "Try: " in done.output)
            print(file.name, peak(), time.process_time() - start, words and "Traceback" not in done.output, sep="\\t")
    """
    clip = tmp_path / "ordinary.mp4"
    write_video(clip, ((np.full((480, 640, 3), 90, np.uint8), index / 30) for index in range(30)))
    files = [each for each in sorted(folder.iterdir()) if each.suffix != ".md"]
    (tmp_path / "scratch").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, (tmp_path / "scratch", clip, *files))],
        env={**os.environ, "POSECOUNT_MODEL": str(real_model), "POSECOUNT_CACHE": str(tmp_path / "cache")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [clip.name, *(each.name for each in files)]
    ordinary = float(rows[0][1])
    assert all(float(mb) < ordinary + 250 and float(seconds) < 10 and ok == "True" for _, mb, seconds, ok in rows), rows
