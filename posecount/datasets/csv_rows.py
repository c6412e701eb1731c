"""Rows of CSV files that hold landmarks: read strictly, and written so that float32 reads the same numbers back."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

import numpy as np

from posecount.errors import DatasetError
from posecount.pose import LANDMARK_COUNT, FloatArray

VALUE_COUNT = 3 * LANDMARK_COUNT
"""Numbers in a row: x, y, z of each landmark."""
LONGEST_ROW = 100_000
"""Characters of a row: of 99 numbers with all their digits, and a name."""

_MOST_LINES = 1_000_000
_PIECE = 1 << 20


def parse_rows(data: bytes, where: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV file that are not blank, with their line numbers from 1.

    Args:
        data: the file's bytes, UTF-8.
        where: what messages call the file.

    Raises:
        DatasetError: if it is not UTF-8, or at the first row that is not CSV.
    """
    check_utf8(data, where)
    lines = _Lines(data, where)
    reader = csv.reader(lines)
    try:
        for row in reader:
            lines.begin_row()
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise DatasetError(f"{where}, row {reader.line_num}: {error}. Try: correct or delete the row.") from error


def check_utf8(data: bytes, where: str) -> None:
    """Raise DatasetError unless all of a file is UTF-8; it is looked at piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data) + 1, _PIECE):
        try:
            decoder.decode(data[start : start + _PIECE], final=start + _PIECE > len(data))
        except UnicodeDecodeError as error:
            what = "not UTF-8 text: " + error.reason
            if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                what = "not UTF-8 but UTF-16 text"
            raise DatasetError(f"{where} is {what}. Try: save it as CSV in UTF-8.") from error


class _Lines:
    """The lines of a file, decoded one by one; a row may have many, but not without end."""

    def __init__(self, data: bytes, where: str) -> None:
        self._text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")
        self._where = where
        self._room = LONGEST_ROW
        self._row = 1
        self._lines = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(LONGEST_ROW + 1):
            self._room -= len(line)
            self._lines += 1
            if self._room < 0:
                raise self._too_large(f"row {self._row} has more than {LONGEST_ROW:,} characters")
            if self._lines > _MOST_LINES:
                raise self._too_large(f"it has more than {_MOST_LINES:,} lines")
            yield line

    def _too_large(self, what: str) -> DatasetError:
        return DatasetError(f"{self._where} is not a table of poses: {what}. Try: choose or correct the file.")

    def begin_row(self) -> None:
        self._room = LONGEST_ROW
        self._row += 1


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
    try:
        landmarks = np.array(list(map(float, values)))
    except ValueError:
        index = next(index for index, value in enumerate(values) if not _is_number(value))
        raise DatasetError(
            f"{where}, landmark {index // 3 + 1}: {values[index][:40]!r} is not a number. "
            "Try: correct or delete the row."
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


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


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
