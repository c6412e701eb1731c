"""Photos from outside: every format upright, bounded, without metadata; hostile files are refused unread."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from posecount.datasets import photos as photo
from posecount.datasets.photos import LONGEST_SIDE, PhotoError, bare_photo, read_photo, store_photo
from posecount.jpeg import encode_jpeg, thumbnail
from tests.dataset_folder import jpeg

LEFT_RED = np.zeros((40, 60, 3), np.uint8)
LEFT_RED[:, :30] = (250, 0, 0)


def encoded(kind: str, image: np.ndarray = LEFT_RED, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_format_is_decoded(kind: str) -> None:
    stored = store_photo(encoded(kind), "photo.heic")
    assert stored.image.shape == (40, 60, 3) and stored.image.dtype == np.uint8
    assert stored.image[20, 10, 0] > 200 and stored.image[20, 50, 0] < 50
    assert np.asarray(Image.open(io.BytesIO(stored.data))).shape == (40, 60, 3)
    assert stored.name == {"JPEG": "photo.jpg", "PNG": "photo.png", "WEBP": "photo.webp", "HEIF": "photo.jpg"}[kind]


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.JPEG"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_an_upright_small_plain_file_is_stored_as_it_is(kind: str, name: str) -> None:
    data = encoded(kind)
    assert store_photo(data, name).data == data and store_photo(data, name).name == name


def test_exif_rotation_is_honoured_and_metadata_do_not_stay() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side, as phones store portraits
    exif[0x010F] = "the camera's maker"
    data = encoded("JPEG", exif=exif.tobytes())
    stored = store_photo(data, "a.jpg")
    assert stored.image.shape == (60, 40, 3)
    assert stored.image[10, 20, 0] > 200 and stored.image[50, 20, 0] < 50  # the left is now the top
    assert b"maker" in data and b"maker" not in stored.data
    assert not Image.open(io.BytesIO(stored.data)).getexif()


def with_gps(kind: str) -> bytes:
    """A picture that tells by EXIF, and by XMP, where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.3456), 3: "E", 4: (13.0, 24.0, 17.0), 18: "GPS-DATUM"}
    return encoded(kind, exif=exif.tobytes(), xmp=b"<x:xmpmeta>GPSLatitude 52,31.2N</x:xmpmeta>")


HIDING_PLACES = {
    "EXIF of a JPEG": lambda: with_gps("JPEG"),
    "EXIF of a WebP": lambda: with_gps("WEBP"),
    "XMP of a JPEG": lambda: encoded("JPEG", xmp=b"<x:xmpmeta>GPSLatitude</x:xmpmeta>"),
    "comment of a JPEG": lambda: encoded("JPEG", comment=b"GPSLatitude"),
    "behind a JPEG": lambda: encoded("JPEG") + b"a film: GPSLatitude\xff\xd9",
    "text of a PNG": lambda: encoded("PNG", pnginfo=png_text("GPSLatitude")),
    "behind a PNG": lambda: encoded("PNG") + b"GPSLatitude",
    "behind a WebP": lambda: encoded("WEBP") + b"GPSLatitude",
}


def png_text(words: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", words)
    return info


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_where_a_picture_was_taken_is_kept_nowhere(place: str) -> None:
    data = HIDING_PLACES[place]()
    assert b"GPS" in data
    stored = store_photo(data, "a.jpg")
    bare = bare_photo(data)
    for kept in (stored.data, bare):
        assert b"GPS" not in kept
        assert not Image.open(io.BytesIO(kept)).getexif()
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(bare)) as after:
        assert before.format == after.format  # landmarks and names still fit
        assert stored.image.shape[:2] == after.size[::-1]
    assert bare_photo(bare) == bare


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(mode: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (30, 20)).save(file, "TIFF" if mode == "CMYK" else "PNG")
    if mode == "CMYK":
        file = io.BytesIO()
        Image.new(mode, (30, 20)).save(file, "JPEG")
    assert store_photo(file.getvalue(), "a.png").image.shape == (20, 30, 3)


def test_a_large_picture_is_stored_smaller_with_its_shape_kept() -> None:
    stored = store_photo(encoded("JPEG", np.zeros((3000, 4000, 3), np.uint8)), "a.png")
    assert stored.image.shape == (LONGEST_SIDE * 3 // 4, LONGEST_SIDE, 3)
    assert Image.open(io.BytesIO(stored.data)).size == (LONGEST_SIDE, LONGEST_SIDE * 3 // 4)


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 9_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_decoding(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoError, match="million") as error:
        store_photo(png_header(*size), "huge.png")
    assert error.value.kind == "too large"


def test_a_file_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo, "MAX_FILE_BYTES", 100)
    with pytest.raises(PhotoError, match="MB") as error:
        store_photo(jpeg(), "a.jpg")
    assert error.value.kind == "too large"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just a text, named .jpg",
        jpeg()[:200],
        encoded("PNG")[:60],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(20),
        b"%!PS-Adobe-3.0 EPSF-3.0",
        png_header(10, 10),
    ],
)
def test_a_file_that_is_not_a_picture_is_unreadable(data: bytes) -> None:
    for use in (lambda: store_photo(data, "a.jpg"), lambda: bare_photo(data)):
        with pytest.raises(PhotoError) as error:
            use()
        assert error.value.kind == "unreadable"


def test_a_picture_of_a_dataset_is_read_upright_at_its_own_size(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a.jpg").write_bytes(encoded("JPEG", exif=exif.tobytes()))
    assert read_photo(tmp_path / "a.jpg").shape == (60, 40, 3)
    with pytest.raises(PhotoError, match=r"missing.jpg"):
        read_photo(tmp_path / "missing.jpg")


def test_a_thumbnail_is_small_and_an_encoded_image_reads_back() -> None:
    image = np.full((900, 300, 3), 120, np.uint8)
    assert Image.open(io.BytesIO(thumbnail(image))).size == (53, 160)
    assert Image.open(io.BytesIO(encode_jpeg(image))).size == (300, 900)
