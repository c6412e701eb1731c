"""Rows of landmarks: numbers come back to the bit, and names are quoted where CSV needs it."""

import numpy as np
import pytest

from posecount.datasets.csv_rows import format_landmarks, format_row, parse_landmarks, parse_rows
from posecount.errors import DatasetError


def test_a_row_s_numbers_are_the_shortest_that_read_back() -> None:
    landmarks = np.full((33, 3), 0.1, np.float32)
    text = format_landmarks(landmarks)
    assert text == ",".join(["0.1"] * 99)
    assert np.array_equal(parse_landmarks(text.split(","), "row"), landmarks)


@pytest.mark.parametrize(
    "name", ["a.jpg", "comma, too.jpg", 'with "quotes".jpg', "line\nbreak.jpg", "c\r.jpg", "ü.jpg"]
)
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    ((_, row),) = parse_rows(format_row(name, "1,2").encode(), "x.csv")
    assert row == [name, "1", "2"]


def test_a_comma_in_a_name_is_quoted() -> None:
    assert format_row("a,b", "1,2") == '"a,b",1,2\n'


def test_rows_keep_their_line_numbers_and_blank_ones_are_skipped() -> None:
    assert list(parse_rows(b"\xef\xbb\xbfa,1\n\nb,2\n", "x.csv")) == [(1, ["a", "1"]), (3, ["b", "2"])]


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"x\.csv is not UTF-8"):
        list(parse_rows(b"\xff\xfe", "x.csv"))
