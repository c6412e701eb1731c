"""The bundle's format: what is written is the same everywhere, and passes the check."""

import hashlib
import zipfile
from pathlib import Path

from posecount.tracking.model_bundle import check_bundle, write_bundle


def test_bundles_are_the_same_bytes_on_every_machine(real_model: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(real_model) as bundle:
        weights = [bundle.read(name) for name in ("pose_detector.tflite", "pose_landmarks_detector.tflite")]
    digests = set()
    for name in ("a.task", "b.task"):
        write_bundle(tmp_path / name, *weights)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
    check_bundle(tmp_path / "a.task")
