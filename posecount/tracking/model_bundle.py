"""The format of a pose_landmarker bundle (``.task``): a stored zip of two TFLite files with metadata."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers  # type: ignore[import-untyped]

from posecount.errors import ModelError

DETECTOR = "pose_detector.tflite"
LANDMARKER = "pose_landmarks_detector.tflite"
# Input normalisation and output names of the published bundles; mean and std are in units of 8-bit pixels.
_DETECTOR_METADATA = (127.5, 127.5, ("box", "score"))
_LANDMARKER_METADATA = (0.0, 255.0, ("landmarks", "score", "segmentation", "heatmap", "world_landmarks"))
_ALIGNMENT = 16
_LOCAL_HEADER = 30  # bytes of a zip's local file header before the name
_PADDING_FIELD = 0xD935  # the zip extra field that Android's zipalign uses


def write_bundle(target: Path, detector: bytes, landmarker: bytes) -> None:
    """Write a pose_landmarker bundle from bare TFLite weights, with the metadata that the Tasks API requires."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        for name, weights, metadata in (
            (DETECTOR, detector, _DETECTOR_METADATA),
            (LANDMARKER, landmarker, _LANDMARKER_METADATA),
        ):
            # A fixed date keeps the bundle's bytes the same on every machine.
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            # TFLite maps the file into memory and copies weights that are not aligned, so an extra field (4 bytes of
            # header, then zeros) pads the local header, as zipalign does.
            header = bundle.start_dir + _LOCAL_HEADER + len(name) + 4
            entry.extra = struct.pack("<HH", _PADDING_FIELD, -header % _ALIGNMENT) + bytes(-header % _ALIGNMENT)
            bundle.writestr(entry, _with_metadata(weights, *metadata))


def _with_metadata(weights: bytes, mean: float, std: float, outputs: tuple[str, ...]) -> bytes:
    # Imported here: mediapipe takes seconds to import, and only the first start needs its schema.
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
    """Aligns vectors of bytes, as TFLite's schema requires for weights (``force_align: 16``)."""

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> Any:
        return super().StartVector(elemSize, numElems, _ALIGNMENT if elemSize == 1 else alignment)


def _pack(document: Any, has_identifier: Callable[[bytes, int], bool], identifier: bytes) -> bytes:
    builder = _AlignedBuilder(1 << 20)
    builder.Finish(document.Pack(builder), identifier)
    data = bytes(builder.Output())
    assert has_identifier(data, 0)
    return data


def check_bundle(path: Path) -> None:
    """Raise ModelError unless the file is an intact zip with both TFLite files."""
    try:
        with zipfile.ZipFile(path) as bundle:
            for name in (DETECTOR, LANDMARKER):
                with bundle.open(name) as member:
                    if member.read(8)[4:] != b"TFL3":
                        raise ModelError(
                            f"Pose model {path}: {name} is not a TFLite file. Try: delete the bundle and start again."
                        )
            broken = bundle.testzip()
            if broken:
                raise ModelError(f"Pose model {path}: {broken} is damaged. Try: delete the file and start again.")
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise ModelError(
            f"Pose model {path} is not a pose_landmarker bundle ({error}). Try: delete the file and start again."
        ) from error
