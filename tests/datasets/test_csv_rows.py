"""Rows of landmarks: numbers come back to the bit, and names are quoted where CSV needs it."""

import tracemalloc

import numpy as np
import pytest

from posecount.datasets import csv_rows
from posecount.datasets.csv_rows import VALUE_COUNT, format_landmarks, format_row, parse_landmarks, parse_rows
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


ROW = "a.jpg," + ",".join(["1.5"] * VALUE_COUNT) + "\n"
ENDLESS = {
    "one row of commas": b"," * 1_000_000,
    "one row of quoted line breaks": b'"\n",' * 300_000,
    "one field": b"x" * 1_000_000,
    "one quoted field": b'"' + b"x\n" * 500_000,
    "blank lines": b"\n" * 1_000_000,
    "rows of one letter": b"x\n" * 500_000,
    "zeros": bytes(1_000_000),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_file_without_end_is_refused_and_takes_no_more_memory_than_it_has(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "_MOST_LINES", 200_000)
    data = ENDLESS[kind]
    tracemalloc.start()
    try:
        with pytest.raises(DatasetError, match="Try"):
            for _ in parse_rows(data, "a.csv"):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_rows_are_read_one_by_one() -> None:
    data = ROW.encode() * 4000
    tracemalloc.start()
    try:
        assert sum(1 for _ in parse_rows(data, "a.csv")) == 4000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_line_breaks_in_names_stay_what_they_are(end: str) -> None:
    text = f'\ufeff"a\nb",1{end}c,2{end}{end}d,3'
    rows = list(parse_rows(text.encode(), "a.csv"))
    assert [fields for _, fields in rows] == [["a\nb", "1"], ["c", "2"], ["d", "3"]]


def test_bytes_that_are_not_utf_8_refuse_the_file_before_its_first_row() -> None:
    for junk in (b"\xff", b"\xc3", b"\xed\xa0\x80"):
        with pytest.raises(DatasetError, match="not UTF-8"):
            next(parse_rows(ROW.encode() * 3000 + junk, "a.csv"))
    with pytest.raises(DatasetError, match="UTF-16 text"):
        next(parse_rows(ROW.encode("utf-16"), "a.csv"))
    letters = ("é" * 700_000 + "\n").encode()  # a piece ends within a letter
    with pytest.raises(DatasetError, match="characters"):
        next(parse_rows(letters, "a.csv"))
