"""IntakeReport: one line that says what came of everything."""

import pytest

from posecount.ingest.report import Finding, IntakeReport, in_words


def report(*kinds: str, **fields: object) -> IntakeReport:
    thing = fields.pop("thing", "photo")
    return IntakeReport(tuple(Finding(f"c/{i}.jpg", kind) for i, kind in enumerate(kinds)), thing, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "summary"),
    [
        (report("added"), "1 photo added"),
        (report(*["added"] * 6), "6 photos added"),
        (report(), "0 photos added"),
        (report("added", "no pose", "duplicate", "duplicate"), "1 of 4 photos added, 2 duplicates, 1 without a pose"),
        (report("duplicate"), "0 of 1 photo added, 1 duplicate"),
        (report("added", "left out"), "1 photo added, 1 left out"),
        (report("added", over_limit=3, cancelled=True), "1 photo added, 3 over the limit, cancelled"),
        (report("added", "added", "already there", thing="row"), "2 rows added, 1 already there"),
        (report("added", thing="row", renamed={"a/b": "a_b"}), "1 row added, 1 name was changed"),
        (report("added", thing="row", renamed={"a/b": "a_b", "c/d": "c_d"}), "1 row added, 2 names were changed"),
    ],
)
def test_the_summary_reads_as_a_sentence_would(given: IntakeReport, summary: str) -> None:
    assert given.summary == summary


def test_a_row_that_is_already_there_is_no_problem() -> None:
    assert [each.kind for each in report("added", "already there", "left out", "no pose").problems] == [
        "left out",
        "no pose",
    ]


def test_kinds_are_said_in_words() -> None:
    assert in_words({"no pose": 1, "added": 2, "duplicate": 1}) == "2 added, 1 duplicate, 1 without a pose"
