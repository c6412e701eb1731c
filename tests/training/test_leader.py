"""The leader counts only what is due, moves on at the target, and says each thing once."""

from __future__ import annotations

from posecount.counting.holds import Hold
from posecount.counting.repetitions import Repetition
from posecount.training.leader import PlanLeader
from posecount.training.plan import Plan, Step
from posecount.training.standing import Standing

PLAN = Plan("p", (Step("squats", sets=2, target=3, rest_s=10), Step("planks", "hold", sets=1, target=5, rest_s=60)))


class Session:
    """A session's frames, ten a second, as a leader sees them."""

    def __init__(self, leader: PlanLeader) -> None:
        self.leader = leader
        self.now = 100.0
        self.done: list[Repetition] = []
        self.spoken: list[str] = []

    def pass_time(self, seconds: float, hold: Hold | None = None) -> Standing:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            growing = Hold(hold.exercise, hold.start, self.now) if hold else None
            self.spoken += self.leader.follow(tuple(self.done), growing, self.now).spoken
        return self.leader.standing

    def do(self, exercise: str, number: int) -> Standing:
        for _ in range(number):
            self.pass_time(2)
            self.done.append(Repetition(exercise, self.now - 2, self.now - 1, self.now, 10.0))
            self.pass_time(0.1)
        return self.leader.standing


def test_a_plan_runs_from_getting_ready_to_done() -> None:
    session = Session(PlanLeader(PLAN))
    assert session.pass_time(4).state == "ready"
    assert session.pass_time(2).state == "working"
    standing = session.do("squats", 2)
    assert (standing.count, standing.due and standing.due.number) == (2, 1)
    standing = session.do("squats", 1)
    assert (standing.state, standing.sets_done) == ("resting", 1)
    session.do("squats", 2)  # during the rest: they belong to no set
    assert session.pass_time(7).count == 0
    standing = session.do("squats", 3)
    assert (standing.state, standing.due and standing.due.exercise) == ("resting", "planks")
    session.pass_time(11)
    standing = session.pass_time(3, Hold("planks", session.now, session.now))
    assert 2.8 <= standing.seconds <= 3.1
    session.pass_time(1)  # the hold breaks, and what was held stays
    assert session.pass_time(3, Hold("planks", session.now, session.now)).state == "done"
    assert session.spoken == [
        "Get ready for 3 squats.", "3", "2", "1", "Go: 3 squats.", "1", "2",
        "3. Done. Rest 10 seconds. Next: 3 squats.", "3", "2", "1", "Go: 3 squats.", "1", "2",
        "3. Done. Rest 10 seconds. Next: plank, 5 seconds.", "3", "2", "1", "Go: plank, 5 seconds.",
        "Done. That was the whole plan.",
    ]  # fmt: skip


def test_what_is_not_due_does_not_count_and_is_said() -> None:
    session = Session(PlanLeader(PLAN, get_ready_s=0))
    session.pass_time(1)
    standing = session.do("lunges", 1)
    assert (standing.count, standing.other) == (0, "lunges")
    assert "That was lunges. Squats are due." in session.spoken
    assert session.pass_time(5).other is None


def test_skip_one_more_pause_and_stop() -> None:
    leader = PlanLeader(PLAN)
    session = Session(leader)
    session.pass_time(0.1)
    leader.skip()
    assert session.pass_time(0.2).state == "working"
    session.do("squats", 1)
    leader.pause()
    assert session.do("squats", 2).state == "paused"
    leader.resume()
    assert session.pass_time(0.1).count == 1
    assert session.do("squats", 2).state == "resting"
    leader.one_more()
    standing = session.pass_time(0.1)
    assert (standing.state, standing.count, standing.due and standing.due.target) == ("working", 3, 4)
    assert session.do("squats", 1).state == "resting"
    left = leader.standing.remaining_s
    leader.pause()
    session.pass_time(30)
    leader.resume()
    assert left is not None and (leader.standing.remaining_s or 0) > left - 0.3
    leader.stop()
    assert session.pass_time(1).state == "done"


def test_by_the_clock_a_set_ends_with_its_time_whatever_was_counted() -> None:
    session = Session(PlanLeader(Plan("p", (Step("squats", sets=2, rest_s=5),), work_s=20), get_ready_s=0))
    session.pass_time(0.1)
    standing = session.do("squats", 5)
    assert standing.count == 5 and 8 < (standing.remaining_s or 0) < 11
    assert session.pass_time(11).state == "resting"
    assert session.pass_time(5).state == "working"


def test_a_reset_of_the_counts_does_not_confuse_it() -> None:
    session = Session(PlanLeader(PLAN, get_ready_s=0))
    session.do("squats", 2)
    session.done.clear()
    session.pass_time(1)
    assert session.do("squats", 1).state == "resting"


def test_what_was_done_is_summed_up_and_a_correction_reaches_the_set_that_has_just_ended() -> None:
    session = Session(PlanLeader(PLAN, get_ready_s=0))
    session.pass_time(0.1)
    session.do("squats", 3)
    session.leader.correct("squats", -1)
    session.pass_time(10)
    session.do("squats", 3)
    session.pass_time(10.1)
    standing = session.pass_time(5.2, Hold("planks", session.now, session.now))
    assert (standing.state, standing.summary) == ("done", ("Squats 2 + 3", "Plank 0:05", "in 0:37"))
    assert session.pass_time(60).summary == standing.summary


def test_stopped_in_the_middle_of_a_set_it_sums_up_what_was_done() -> None:
    session = Session(PlanLeader(PLAN, get_ready_s=0))
    session.pass_time(0.1)
    session.do("squats", 2)
    session.leader.stop()
    assert session.leader.standing.summary == ("Squats 2", "in 0:04")
