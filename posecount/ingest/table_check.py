"""Says what a file is that was handed in as a table of poses and is none."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import islice

from posecount.datasets.csv_rows import VALUE_COUNT
from posecount.errors import DatasetError
from posecount.video.first_bytes import is_picture

_LOOKED_AT_BYTES = 1_000_000
_LOOKED_AT_ROWS = 50
_OTHERS = {b"PK": "a zip or an Excel file", b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "an Excel file"}
_TRY = "Try: choose an ML Kit CSV, or the <class>.csv of a Colab dataset."


def check_table(data: bytes, name: str) -> None:
    """Look at the beginning of a table: at its kind, and at how many fields its rows have.

    Args:
        data: the file's bytes.
        name: what the message calls the file.

    Raises:
        DatasetError: if it is empty, another kind of file, or a table of something else.
    """
    head = data if len(data) <= _LOOKED_AT_BYTES else data[: data.rfind(b"\n", 0, _LOOKED_AT_BYTES) + 1]
    if len(head) == len(data) and not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DatasetError(f"{name} is empty. {_TRY}")
    if is_picture(data[:12]):
        raise DatasetError(f"{name} is a picture, not a CSV. Try: add it under Photos.")
    for start, what in _OTHERS.items():
        if data.startswith(start):
            raise DatasetError(f"{name} is {what}, not a CSV. {_TRY}")
    try:
        rows = csv.reader(head.decode("utf-8-sig").splitlines())
        lengths = Counter(len(row) for row in islice(rows, _LOOKED_AT_ROWS) if row)
    except (UnicodeDecodeError, csv.Error):  # the import says where
        return
    if lengths and not lengths.keys() & {VALUE_COUNT + 1, VALUE_COUNT + 2}:
        usual = lengths.most_common(1)[0][0]
        raise DatasetError(
            f"{name} is not a table of poses: its rows have {usual} field{'' if usual == 1 else 's'}, not "
            f"{VALUE_COUNT + 1} or {VALUE_COUNT + 2}. {_TRY}"
        )
