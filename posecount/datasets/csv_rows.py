"""Rows of CSV files that hold landmarks: read strictly, and written so that float32 reads the same numbers back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import numpy as np

from posecount.errors import DatasetError
from posecount.pose import LANDMARK_COUNT, FloatArray

VALUE_COUNT = 3 * LANDMARK_COUNT
"""Numbers in a row: x, y, z of each landmark."""


def parse_rows(data: bytes, where: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file that are not blank, with their line numbers from 1.

    Args:
        data: the file's bytes, UTF-8.
        where: what messages call the file.

    Raises:
        DatasetError: if it is not UTF-8, or at the first row that is not CSV.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{where} is not UTF-8 text: {error}. Try: save it as CSV in UTF-8.") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise DatasetError(f"{where}, row {reader.line_num}: {error}. Try: correct or delete the row.") from error


def parse_landmarks(values: Sequence[str], where: str) -> FloatArray:
    """The 99 numbers of a row as float32 (33, 3).

    Args:
        values: x, y, z of each landmark.
        where: what messages call the row.

    Raises:
        DatasetError: for another number of values, a value that is not a number, or one that float32 cannot hold.
    """
    if len(values) != VALUE_COUNT:
        raise DatasetError(
            f"{where}: {len(values)} numbers instead of {VALUE_COUNT} (x, y, z of 33 landmarks). "
            "Try: correct or delete the row."
        )
    landmarks = np.empty(VALUE_COUNT, dtype=np.float64)
    for index, value in enumerate(values):
        try:
            landmarks[index] = float(value)
        except ValueError:
            raise DatasetError(
                f"{where}, landmark {index // 3 + 1}: {value[:40]!r} is not a number. Try: correct or delete the row."
            ) from None
    with np.errstate(over="ignore"):  # a number that float32 cannot hold becomes infinite, and is refused below
        single = landmarks.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(single))
    if bad.size:
        raise DatasetError(
            f"{where}, landmark {bad[0] // 3 + 1}: {values[bad[0]][:40]!r} is not a finite number. "
            "Try: correct or delete the row."
        )
    return single.reshape(LANDMARK_COUNT, 3)


def format_landmarks(landmarks: FloatArray) -> str:
    """Landmarks, float32 (33, 3), as 99 numbers separated by commas, each the shortest that float32 reads back."""
    return ",".join(landmarks.astype(np.float32).ravel().astype("U32").tolist())


def format_row(*fields: str) -> str:
    """Fields as a CSV line, with its line end. The last field may be the text that `format_landmarks` returns.

    Names are quoted where CSV needs it.
    """
    *names, values = fields
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(names)  # so that names with either character are quoted
    return f"{line.getvalue()[:-2]},{values}\n"
