"""Zips: every honest layout is understood, every hostile one is refused with a clear error."""

import io
import json
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from posecount.datasets.photos import PhotoError
from posecount.errors import DatasetError
from posecount.ingest import archives as archives_module
from posecount.ingest.archives import open_archive
from tests.dataset_folder import jpeg


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as packed:
        for name, data in members.items():
            packed.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
    file.seek(0)
    return file


def million_members() -> io.BytesIO:
    """A zip whose list claims the same small file a million times."""
    file = archive({"c/a.jpg": b"x"})
    data = file.getvalue()
    start = data.index(b"PK\x01\x02")
    record = data[start : data.index(b"PK\x05\x06")]
    count = 1_000_000
    where, size = start, len(record) * count
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, where)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, where + size, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return io.BytesIO(data[:start] + record * count + wide + locator + end)


def test_a_zip_of_class_folders_gives_photos_sorted_by_class_and_name() -> None:
    members = {"squats_up/b.jpg": b"1", "squats_up/a.PNG": b"2", "squats_down/c.heic": b"3"}
    with open_archive(archive(members)) as collection:
        assert [(photo.class_name, photo.name, photo.read()) for photo in collection.photos] == [
            ("squats_down", "c.heic", b"3"),
            ("squats_up", "a.PNG", b"2"),
            ("squats_up", "b.jpg", b"1"),
        ]
        assert collection.left_out == () and collection.tables == ()


def test_a_folder_around_the_classes_and_clutter_are_tolerated_in_silence() -> None:
    members = {
        "my photos/": b"",
        "my photos/squats_up/a.jpg": b"1",
        "my photos\\squats_up\\b.jpg": b"2",
        "__MACOSX/my photos/squats_up/._a.jpg": b"x",
        "my photos/squats_up/._a.jpg": b"x",
        "my photos/.DS_Store": b"x",
        "my photos/squats_up/Thumbs.db": b"x",
        "my photos/desktop.ini": b"x",
    }
    with open_archive(archive(members)) as collection:
        assert [photo.name for photo in collection.photos] == ["a.jpg", "b.jpg"]
        assert {photo.class_name for photo in collection.photos} == {"squats_up"}
        assert collection.left_out == ()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../evil.jpg", "leads out"),
        ("ok/../../evil.jpg", "leads out"),
        ("/etc/cron.d/evil.jpg", "leads out"),
        ("..\\..\\evil.jpg", "leads out"),
        ("C:/Windows/evil.jpg", "leads out"),
        ("lonely.jpg", "not in a class folder"),
        ("squats_up/notes.txt", "not that of a photo"),
    ],
)
def test_a_member_that_does_not_belong_is_left_out_with_its_reason(name: str, reason: str) -> None:
    with open_archive(archive({name: b"x", "squats_up/a.jpg": b"1"})) as collection:
        assert [photo.name for photo in collection.photos] == ["a.jpg"]
        assert len(collection.left_out) == 1 and reason in collection.left_out[0].reason


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("squats_up/link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = archive({"squats_up/a.jpg": b"1"})
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr(link, "/etc/passwd")
    with open_archive(file) as collection:
        assert [photo.name for photo in collection.photos] == ["a.jpg"]
        assert "a link" in collection.left_out[0].reason


def test_a_member_protected_by_a_password_is_left_out() -> None:
    data = bytearray(archive({"squats_up/a.jpg": b"1", "squats_up/b.jpg": b"2"}).getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with open_archive(io.BytesIO(bytes(data))) as collection:
        assert [photo.name for photo in collection.photos] == ["b.jpg"]
        assert "password" in collection.left_out[0].reason


def test_a_million_members_are_refused_before_they_are_listed() -> None:
    with pytest.raises(DatasetError, match=r"more than 20,000 files.*Try"), open_archive(million_members()):
        pass


def test_more_members_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives_module, "MAX_MEMBERS", 3)
    members = {f"c/{number}.jpg": b"" for number in range(4)}
    with pytest.raises(DatasetError, match="more than 3"), open_archive(archive(members)):
        pass


def test_zeros_that_pack_to_nothing_are_refused_unread() -> None:
    with open_archive(archive({"c/zeros.jpg": bytes(20_000_000), "c/a.jpg": b"1"})) as collection:
        assert [photo.name for photo in collection.photos] == ["a.jpg"]
        assert "200 times its size" in collection.left_out[0].reason


def test_a_hundred_gigabytes_in_all_are_refused() -> None:
    data = bytearray(archive({f"c/{i}.jpg": bytes(400) for i in range(200)}, zipfile.ZIP_STORED).getvalue())
    place = 0
    while (place := data.find(b"PK\x01\x02", place)) >= 0:  # each claims half a gigabyte, packed to three megabytes
        data[place + 20 : place + 28] = struct.pack("<2L", 3_000_000, 500_000_000)
        place += 4
    with pytest.raises(DatasetError, match=r"100 GB unpacked.*split"), open_archive(io.BytesIO(bytes(data))):
        pass


def test_a_member_that_lies_about_its_size_yields_no_more_than_it_declares() -> None:
    data = bytearray(archive({"c/a.jpg": bytes(500_000)}).getvalue())
    place = data.index(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<L", 100)
    with open_archive(io.BytesIO(bytes(data))) as collection, pytest.raises(PhotoError, match="damaged"):
        collection.photos[0].read()


def test_a_photo_of_too_many_bytes_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives_module, "MAX_FILE_BYTES", 10)
    with open_archive(archive({"c/a.jpg": jpeg()})) as collection, pytest.raises(PhotoError) as error:
        collection.photos[0].read()
    assert error.value.kind == "too large"


def test_tables_come_with_the_photos_of_their_class() -> None:
    members = {"d/squats_up.csv": b"rows", "d/squats_up/a.jpg": b"1", "d/posecount.json": b"{}", "d/x/b.jpg": b"2"}
    with open_archive(archive(members)) as collection:
        assert collection.tables == (("squats_up", b"rows"),)
        assert [str(photo) for photo in collection.photos] == ["squats_up/a.jpg", "x/b.jpg"]
        assert collection.metadata == b"{}" and not collection.needs_model


def test_tables_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives_module, "MAX_TABLE_BYTES", 10)
    with (
        pytest.raises(DatasetError, match="CSV files have more"),
        open_archive(archive({"a.csv": b"123456", "b.csv": b"123456"})),
    ):
        pass


@pytest.mark.parametrize(
    "data",
    [b"", b"no zip", archive({"c/a.jpg": jpeg()}).getvalue()[:-30], archive({"c/a.jpg": jpeg()}).getvalue()[50:-8]],
)
def test_a_file_that_is_not_an_intact_zip_is_refused(data: bytes) -> None:
    with pytest.raises(DatasetError, match="Try"), open_archive(io.BytesIO(data)):
        pass


@pytest.mark.parametrize("members", [{}, {"readme.txt": b"x"}, {"lonely.jpg": b"x"}])
def test_a_zip_without_anything_of_use_is_refused(members: dict[str, bytes]) -> None:
    with pytest.raises(DatasetError, match=r"no photo in a class folder.*Try"), open_archive(archive(members)):
        pass


def test_a_damaged_member_does_not_stop_the_others() -> None:
    file = archive({"c/a.jpg": jpeg(1), "c/b.jpg": jpeg(2)}, zipfile.ZIP_STORED)
    data = bytearray(file.getvalue())
    data[data.index(jpeg(1)) + 100] ^= 0xFF
    with open_archive(io.BytesIO(bytes(data))) as collection:
        with pytest.raises(PhotoError, match="damaged in the zip"):
            collection.photos[0].read()
        assert collection.photos[1].read() == jpeg(2)


@pytest.mark.parametrize(
    "name", [".", "./", "./.", "/", "//", "..", "", " ", "\\", "a/.", "a/..", "./a.jpg", ":", "a:/b.jpg"]
)
def test_a_member_whose_name_is_no_file_s_is_skipped_and_named(name: str) -> None:
    with open_archive(archive({name: jpeg(1), "squats_up/a.jpg": jpeg(2)})) as collection:
        assert [str(photo) for photo in collection.photos] == ["squats_up/a.jpg"]
        assert len(collection.left_out) == (0 if name.endswith("/") or not name else 1)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["posecount.json", "squats_up/a.jpg"])
def test_a_damaged_member_is_named_and_stops_nothing(method: int, name: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        packed.writestr("posecount.json", json.dumps({"targets": {"squats": "squats_up"}, "more": "x" * 500}))
        packed.writestr("squats_up/a.jpg", jpeg(1))
        packed.writestr("squats_up/b.jpg", jpeg(2))
        start = packed.getinfo(name).header_offset + 30 + len(name)
    data = bytearray(file.getvalue())
    for place in range(start + 2, start + 40):
        data[place] ^= 0x5A
    with open_archive(io.BytesIO(bytes(data))) as collection:
        assert len(collection.photos) == 2 and collection.photos[1].read() == jpeg(2)
        if name == "posecount.json":
            assert [finding.name for finding in collection.left_out] == [name]
        else:
            with pytest.raises(PhotoError, match="damaged"):
                collection.photos[0].read()


@pytest.mark.parametrize("name", ["dot_member.zip", "bad_metadata.zip"])
def test_the_zips_that_stopped_an_import_are_read(shared: Path, name: str) -> None:
    with open_archive((shared / "hostile" / name).open("rb")) as collection:
        assert len(collection.photos) >= 1 and len(collection.left_out) == 1
        for photo in collection.photos:
            photo.read()
