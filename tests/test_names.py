"""Names from outside: one rule makes them safe, and leaves safe ones alone."""

from time import process_time

import pytest

from posecount.errors import DatasetError
from posecount.names import FreeNames, free_name, is_plain, safe_file_name, safe_name, unnumbered

HOSTILE = [
    "a/b\\c",
    "../../etc/passwd",
    "/absolute",
    "C:\\Windows",
    "comma, and\nnewline\r\tand tab",
    "🏋️ lifts",
    "CON",
    "com1",
    "...leading",
    "x" * 300,
    "ü" * 300,
    "nul.csv",
    "a:b",
    'quote"d',
    "\ud800lone",
    "null\0byte",
]


@pytest.mark.parametrize("text", ["squats_up", "Push-ups_2", "приседания_вниз", "スクワット_下", "स्क्वाट"])
def test_safe_names_of_any_script_stay_as_they_are(text: str) -> None:
    assert safe_name(text) == text


def test_what_is_replaced_next_to_an_underscore_leaves_one() -> None:
    assert safe_name("knee [bend] 🦵_up") == "knee_bend_up"
    assert safe_name("a__b") == "a__b"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_becomes_one_plain_path_component(text: str) -> None:
    for name in (safe_name(text), safe_file_name(f"{text}.jpg")):
        assert is_plain(name)
        assert not set(name) & set('/\\:,\n\r\t\0"*?<>|')
        assert len(name) <= 60 and len(name.encode()) <= 200
        assert name.split(".")[0].upper() not in {"CON", "NUL", "COM1"}


@pytest.mark.parametrize("text", HOSTILE)
def test_making_safe_twice_is_the_same_as_once(text: str) -> None:
    assert safe_name(safe_name(text)) == safe_name(text)
    assert safe_file_name(safe_file_name(text)) == safe_file_name(text)


@pytest.mark.parametrize("text", ["", "...", "///", "🏋️", "__", " \n"])
def test_a_name_of_which_nothing_is_left_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(DatasetError, match="no letter or digit"):
        safe_name(text, "class name")


def test_long_names_stay_apart_and_keep_their_suffix() -> None:
    first, second = safe_file_name("x" * 300 + "1.jpeg"), safe_file_name("x" * 300 + "2.jpeg")
    assert first != second and first.endswith(".jpeg") and second.endswith(".jpeg")


def test_a_free_name_differs_in_more_than_case() -> None:
    assert free_name("a.jpg", {"b.jpg"}) == "a.jpg"
    assert free_name("A.jpg", {"a.jpg", "a-2.jpg"}) == "A-3.jpg"


@pytest.mark.parametrize("name", ["", ".hidden", "..", "a/b", "a\\b", "a\nb", "a\0", "c:", "x" * 300])
def test_a_name_that_leads_out_of_a_folder_or_is_hidden_is_not_plain(name: str) -> None:
    assert not is_plain(name)


def test_a_name_that_comes_again_gets_the_next_number_and_leads_back_to_what_was_asked_for() -> None:
    names = FreeNames(["a.jpg", "A-3.jpg"])
    assert [names.take("a.jpg") for _ in range(3)] == ["a-2.jpg", "a-4.jpg", "a-5.jpg"]
    assert [names.take("B") for _ in range(2)] == ["B", "B-2"] and names.take("b-2") == "b-2-2"
    assert [unnumbered(name) for name in ("a-4.jpg", "B-2", "a.jpg", "2024-05-01.jpg")] == [
        *("a.jpg", "B", "a.jpg", "2024-05.jpg")
    ]
    started = process_time()
    assert {names.take("a.jpg") for _ in range(30_000)} >= {"a-30000.jpg"}
    assert process_time() - started < 5, "it grew with the square of the names: 27,000 rows took minutes"
