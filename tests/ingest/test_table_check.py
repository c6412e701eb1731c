"""A file that is handed in as a table and is none: the message says what it is."""

import pytest

from posecount.errors import DatasetError
from posecount.ingest.table_check import check_table
from tests.dataset_folder import jpeg

ROW = b"a.jpg" + b",1.5" * 99 + b"\n"
WRONG = {
    "nothing": (b"", "x.csv is empty"),
    "blank lines": (b"\xef\xbb\xbf\r\n \n\n", "x.csv is empty"),
    "a photo": (jpeg(), "is a picture, not a CSV"),
    "a spreadsheet": (b"PK\x03\x04" + bytes(300), "is a zip or an Excel file, not a CSV"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(300), "is an Excel file, not a CSV"),
    "a PDF": (b"%PDF-1.7\n%...", "is a PDF, not a CSV"),
    "a bank's table": (b"date;amount\n1.1.;3\n", "its rows have 1 field, not 100 or 101"),
    "repetitions": (b"source,exercise,number\nx.mp4,squats,1\n" * 100_000, "its rows have 3 fields, not 100 or 101"),
    "a table without a name": (b"1.5" + b",1.5" * 98 + b"\n", "its rows have 99 fields"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_it_is_is_said(kind: str) -> None:
    data, words = WRONG[kind]
    with pytest.raises(DatasetError, match=words) as raised:
        check_table(data, "x.csv")
    assert "Try: " in str(raised.value)


@pytest.mark.parametrize(
    "data",
    [
        ROW,
        ROW.replace(b"a.jpg", b"a.jpg,squats_up"),
        b"header,1,2\n" + ROW,
        b"\xef\xbb\xbf" + ROW,
        ROW * 5000,
        b"\xff" + ROW,
    ],
)
def test_a_table_with_any_good_row_is_left_to_the_import(data: bytes) -> None:
    check_table(data, "x.csv")
