"""Photos from outside: every format upright, bounded, without metadata; hostile files are refused unread."""

import io
import struct
import subprocess
import sys
import textwrap
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

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


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be so large."""

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


def zeros(count: int) -> bytes:
    """So many zeros, compressed."""
    squeeze = zlib.compressobj(1)
    pieces = [squeeze.compress(bytes(min(count - done, 1 << 20))) for done in range(0, count, 1 << 20)]
    return b"".join([*pieces, squeeze.flush()])


def blank_png(width: int, height: int, bits: int, colour: int) -> bytes:
    """A whole PNG, black; colour is 0 for grey, 2 for RGB, 6 for RGBA."""
    row = 1 + width * {0: 1, 2: 3, 6: 4}[colour] * bits // 8
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zeros(row * height)) + chunk(b"IEND", b"")


def animation(width: int, height: int) -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (width, height), colour) for colour in ("red", "blue")]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], method=0)
    return file.getvalue()


def blank(kind: str, width: int, height: int, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, kind, **options)
    return file.getvalue()


COSTLY = {
    "RGB PNG": lambda: [blank_png(width, 8000, 8, 2) for width in (6200, 9900)],
    "RGBA PNG": lambda: [blank_png(width, 8000, 8, 6) for width in (3000, 9900)],
    "RGBA PNG of 16 bits": lambda: [blank_png(width, 8000, 16, 6) for width in (3000, 9900)],
    "grey PNG of 16 bits": lambda: [blank_png(width, 8000, 16, 0) for width in (4400, 9900)],
    "grey PNG": lambda: [blank_png(9900, 8000, 8, 0)],
    "black and white PNG": lambda: [blank_png(9904, 8000, 1, 0)],
    "PNG of many rows": lambda: [blank_png(1, rows, 8, 0) for rows in (9_000_000, 60_000_000)],
    "animated WebP": lambda: [animation(width, 3000) for width in (3400, 8000)],
    "WebP": lambda: [blank("WEBP", width, 3000, method=0) for width in (4200, 8000)],
    "progressive JPEG": lambda: [blank("JPEG", width, 8000, progressive=True, subsampling=0) for width in (3500, 9900)],
    "baseline JPEG": lambda: [blank("JPEG", 9900, 8000)],
    "HEIC": lambda: [blank("HEIF", side, side, enc_params={"preset": "ultrafast"}) for side in (2500, 4800)],
}


@pytest.mark.parametrize("kind", COSTLY)
def test_no_picture_takes_more_than_250_mb_or_10_seconds(tmp_path: Path, kind: str) -> None:
    for number, data in enumerate(COSTLY[kind]()):
        (tmp_path / str(number)).write_bytes(data)
    (tmp_path / "ordinary").write_bytes(jpeg(1, (1600, 1200)))
    code = """
        import sys, time
        from pathlib import Path
        from posecount.datasets.photos import PhotoError, bare_photo, read_photo, store_photo
        from tests.memory import peak
        ordinary = Path(sys.argv[1], "ordinary")
        store, bare = lambda file: store_photo(file.read_bytes(), "a"), lambda file: bare_photo(file.read_bytes())
        for use in (store, bare, read_photo):
            use(ordinary)
            before = peak()
            for file in sorted(set(Path(sys.argv[1]).iterdir()) - {ordinary}):
                start = time.process_time()
                try:
                    use(file)
                except PhotoError as error:
                    assert "million" in str(error), error
                print(peak() - before, time.process_time() - start)
    """
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    for line in process.stdout.splitlines():
        megabytes, seconds = map(float, line.split())
        assert megabytes < 250 and seconds < 10, process.stdout


def scans(count: int, size: tuple[int, int] = (640, 480)) -> bytes:
    """A progressive JPEG whose last scan is there so many times."""
    data = encoded("JPEG", np.zeros((size[1], size[0], 3), np.uint8), progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def test_a_jpeg_of_many_scans_is_refused_in_words_before_it_is_decoded() -> None:
    assert store_photo(scans(1), "a.jpg").image.shape == (480, 640, 3)
    for data in (scans(200), scans(90, (6000, 6000))):
        with pytest.raises(PhotoError, match="scans") as error:
            store_photo(data, "a.jpg")
        assert error.value.kind == "too large"


def test_the_jpeg_of_2001_scans_is_refused_at_once(shared: Path) -> None:
    data = (shared / "hostile" / "scans.jpg").read_bytes()
    start = time.process_time()
    for use in (lambda: store_photo(data, "a.jpg"), lambda: bare_photo(data)):
        with pytest.raises(PhotoError, match="scans"):
            use()
    assert time.process_time() - start < 1


FLOODS = {
    "empty chunks of a PNG": lambda: encoded("PNG")[:33] + chunk(b"teST", b"") * 2_000_000,
    "comments of a JPEG": lambda: b"\xff\xd8" + b"\xff\xfe\x00\x02" * 5_000_000 + encoded("JPEG")[2:],
    "application data of a JPEG": lambda: b"\xff\xd8" + b"\xff\xe5\x00\x02" * 5_000_000 + encoded("JPEG")[2:],
    "fill bytes of a JPEG": lambda: b"\xff\xd8" + b"\xff" * 20_000_000 + encoded("JPEG")[2:],
    "bytes between a JPEG's parts": lambda: b"\xff\xd8" + bytes(20_000_000) + encoded("JPEG")[2:],
    "stuffed bytes between a JPEG's parts": lambda: b"\xff\xd8" + b"\xff\0" * 10_000_000 + encoded("JPEG")[2:],
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_of_parts_is_refused_at_once(kind: str) -> None:
    data = FLOODS[kind]()
    start = time.process_time()
    with pytest.raises(PhotoError):
        store_photo(data, "a.jpg")
    assert time.process_time() - start < 2


def test_grey_of_16_bits_keeps_its_shades() -> None:
    shades = np.linspace(0, 65535, 60, dtype=np.uint16)[None].repeat(40, axis=0)
    file = io.BytesIO()
    Image.fromarray(shades).save(file, "PNG")
    image = store_photo(file.getvalue(), "a.png").image
    assert image[0, 0, 0] == 0 and image[0, -1, 0] == 255 and abs(int(image[0, 30, 0]) - 129) <= 2
    large = io.BytesIO()
    Image.fromarray(shades.repeat(60, axis=0).repeat(50, axis=1)).save(large, "PNG")
    assert len(np.unique(store_photo(large.getvalue(), "a.png").image)) > 50


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_becomes_upright_as_pillow_has_it(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded("PNG", np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8), exif=exif.tobytes())
    with Image.open(io.BytesIO(data)) as picture:
        assert np.array_equal(store_photo(data, "a.png").image, np.asarray(ImageOps.exif_transpose(picture)))


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
