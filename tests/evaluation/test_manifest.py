"""Manifests: what their columns may hold, and what is said of a faulty row."""

from pathlib import Path

import pytest

from posecount.evaluation.manifest import Clip, ManifestError, Reps, read_manifest, read_manifests


def test_reads_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    file = tmp_path / "truth.csv"
    file.write_text(
        "path,exercise,reps,also,fps,notes,group,bounds,seconds\n"
        'a.mp4,squats,2,wall_squats|lunges,30,"one, two",core,0 25 27 57,9.5\n',
        "utf-8-sig",
    )
    (clip,) = read_manifest(file)
    assert clip == Clip(
        path="a.mp4",
        file=tmp_path / "a.mp4",
        exercise="squats",
        reps=Reps(2, 2),
        also=frozenset({"wall_squats", "lunges"}),
        fps=30,
        group="core",
        bounds=((0, 25), (27, 57)),
        seconds=9.5,
        manifest=str(file),
        row=2,
    )


@pytest.mark.parametrize(
    ("reps", "expected"),
    [
        ("0", Reps(0, 0)),
        ("5-6", Reps(5, 6)),
        ("5 – 6", Reps(5, 6)),
        ("", None),
        ("0 of the five", None),
        ("None of the five", None),
    ],
)
def test_reps_may_be_a_range_or_not_be_counted(tmp_path: Path, reps: str, expected: Reps | None) -> None:
    (tmp_path / "a.npz").touch()
    (tmp_path / "truth.csv").write_text(f"path,exercise,reps\na.npz,pullups,{reps}\n")
    assert [clip.reps for clip in read_manifest(tmp_path)] == [expected]


def test_the_error_is_the_distance_to_the_range() -> None:
    assert [Reps(5, 7).error(count) for count in (3, 4, 5, 6, 7, 8)] == [-2, -1, 0, 0, 0, 1]
    assert (Reps(5, 6).middle, str(Reps(5, 6)), str(Reps(4, 4))) == (5.5, "5-6", "4")


@pytest.mark.parametrize(
    ("column", "rate", "expected"),
    [("rate", "native", (None, True)), ("rate", "29.97", (29.97, False)), ("fps", "15", (15, False))],
)
def test_the_rate_is_a_number_or_the_files_own(
    tmp_path: Path, column: str, rate: str, expected: tuple[float | None, bool]
) -> None:
    (tmp_path / "a.npz").touch()
    (tmp_path / "truth.csv").write_text(f"path,exercise,reps,{column}\na.npz,pullups,3,{rate}\n")
    (clip,) = read_manifest(tmp_path / "truth.csv")
    assert (clip.fps, clip.native) == expected


def test_several_manifests_are_read_in_turn_and_a_folder_stands_for_its_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.npz").touch()
        (tmp_path / name / "truth.csv").write_text("path,exercise,reps\na.npz,squats,3\n")
    clips = read_manifests([tmp_path / "two", tmp_path / "one" / "truth.csv"])
    assert [clip.manifest for clip in clips] == [str(tmp_path / name / "truth.csv") for name in ("two", "one")]
    with pytest.raises(ManifestError, match=r"truth\.csv.*Try:"):
        read_manifests([tmp_path])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no column path, exercise, reps.*Try:"),
        ("path,exercise\n", r"no column reps.*Try:"),
        ("path,exercise,reps\n", r"no rows.*Try:"),
        ("path,exercise,reps\na.npz,squats\n", r"row 2: the number of fields differs.*Try:"),
        ("path,exercise,reps\na.npz,squats,3,4\n", r"row 2: the number of fields differs.*Try:"),
        ("path,exercise,reps\na.npz,squats,few\n", r"row 2: reps 'few' is not a whole number.*Try:"),
        ("path,exercise,reps\na.npz,squats,-1\n", r"row 2: reps '-1'.*Try:"),
        ("path,exercise,reps\na.npz,squats,6-5\n", r"row 2: reps '6-5' is a range that ends before.*Try:"),
        ("path,exercise,reps\na.npz,squats,5-6-7\n", r"row 2: reps '5-6-7'.*Try:"),
        ("path,exercise,reps\na.npz,squats,0 of the five\n", r"row 2: reps.*but squats is one of the five.*Try:"),
        ("path,exercise,reps,seconds\na.npz,planks,,long\n", r"row 2: seconds 'long' is not a number.*Try:"),
        ("path,exercise,reps\na.npz,,1\n", r"row 2: path or exercise is empty.*Try:"),
        ("path,exercise,reps\na.npz,squats,1\nb.npz,squats,1\n", r"row 3: b.npz does not exist.*Try:"),
        ("path,exercise,reps,fps\na.npz,squats,1,fast\n", r"row 2: fps 'fast' is not a number.*Try:"),
        ("path,exercise,reps,rate\na.npz,squats,1,fast\n", r"row 2: rate 'fast' is not a number.*Try:"),
        ("path,exercise,reps,bounds\na.npz,squats,1,5\n", r"row 2: bounds '5' are not pairs.*Try:"),
        ("path,exercise,reps,bounds\na.npz,squats,1,5 x\n", r"row 2: bounds '5 x'.*Try:"),
        ("path,exercise,reps,bounds\na.npz,squats,1,9 5\n", r"row 2: bounds '9 5'.*Try:"),
        ('path,exercise,reps\n"a.npz,squats,1\n', r"row \d.*Try:"),
    ],
)
def test_a_bad_manifest_is_named_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.npz").touch()
    file = tmp_path / "truth.csv"
    file.write_text(text)
    with pytest.raises(ManifestError, match=rf"(?s)truth\.csv.*{message}"):
        read_manifest(file)


def test_a_manifest_that_is_missing_or_no_text_is_named_in_words(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"missing\.csv does not exist\. Try:"):
        read_manifest(tmp_path / "missing.csv")
    (tmp_path / "truth.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ManifestError, match=r"truth\.csv is not UTF-8 text\. Try:"):
        read_manifest(tmp_path)
