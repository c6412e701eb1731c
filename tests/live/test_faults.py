"""What a frame that fails costs: itself, then a second at a time; and the error is shown for a while."""

from posecount.errors import PosecountError
from posecount.live.faults import Faults


def test_one_bad_frame_costs_only_itself_and_is_shown_for_a_while() -> None:
    faults = Faults()
    assert not faults.fail(PosecountError("The frame is damaged."), 10.0)
    assert faults.is_due(10.1) and faults.error == "The frame is damaged."
    faults.passed(10.1)
    faults.passed(15.0)
    assert faults.error == "The frame is damaged."
    faults.passed(15.2)
    assert faults.error is None


def test_after_two_in_a_row_it_is_tried_again_a_second_later() -> None:
    faults = Faults()
    faults.fail(ValueError("no pose"), 10.0)
    assert faults.fail(ValueError("no pose"), 10.1) and faults.error == "ValueError: no pose"
    assert not faults.is_due(11.0) and faults.is_due(11.2)
    faults.passed(11.2)
    assert not faults.fail(ValueError("no pose"), 12.0), "a frame between them was well"


def test_a_refusal_says_so_until_there_is_a_place() -> None:
    faults = Faults()
    faults.refuse(PosecountError("All places are taken."), 10.0)
    assert (faults.error, faults.refused) == ("All places are taken.", True)
    assert not faults.is_due(14.9) and faults.is_due(15.0)
    faults.passed(15.0)
    assert not faults.refused
