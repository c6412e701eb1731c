"""Every sentence is there in every language, with the same figures in it."""

from __future__ import annotations

import inspect
from string import Formatter
from typing import get_args

import pytest

from posecount.counting.profiles import Reason, ReasonCode
from posecount.counting.repetitions import Repetition
from posecount.counting.visibility import Limb
from posecount.datasets.dataset import exercise_of, is_negative
from posecount.datasets.folder import class_files
from posecount.shipped import STARTER_DATASET
from posecount.training import placement
from posecount.training.leader import PlanLeader
from posecount.training.phrases import (
    EXERCISES,
    LANGUAGES,
    PHRASES,
    REASONS,
    exercise_in,
    language_of,
    phrase,
    reason_in,
)
from posecount.training.plan import Plan, Step


def figures(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("table", [PHRASES, EXERCISES, REASONS], ids=["phrases", "exercises", "reasons"])
def test_every_language_has_every_sentence_with_the_same_figures(table: dict[str, dict[str, str]]) -> None:
    for key, row in table.items():
        assert tuple(row) == LANGUAGES and all(each.strip() == each and each for each in row.values()), key
        assert len({frozenset(figures(each)) for each in row.values()}) == 1, key


def test_the_exercises_that_ship_have_names_and_a_persons_own_keep_theirs() -> None:
    shipped = {exercise_of(file.stem) for file in class_files(STARTER_DATASET) if not is_negative(file.stem)}
    assert shipped == set(EXERCISES)
    assert exercise_in("de", "my_own_move") == "my own move"


def test_every_reason_and_every_advice_is_said_in_every_language() -> None:
    reasons = [Reason("not visible", f"Step back: your {limb} are not visible") for limb in get_args(Limb)]
    reasons += [Reason("placement", words) for words in (
        "Step back: you are too close, or too far to one side", "Come closer: you are too far away",
        "Turn to the side", "Turn to face the camera",
    )]  # fmt: skip
    assert all(f'"{each.text}"' in inspect.getsource(placement) for each in reasons if each.code == "placement")
    apart = {each.code for each in reasons}
    reasons += [Reason(code, "English") for code in get_args(ReasonCode) if code not in apart]
    for language in LANGUAGES[1:]:
        said = [reason_in(language, each) for each in reasons]
        assert len(set(said)) == len(reasons), language
        assert not {each.text for each in reasons} & set(said), language
    assert [reason_in("en", each) for each in reasons] == [each.text for each in reasons]


@pytest.mark.parametrize(
    ("locale", "language"), [("de-AT", "de"), ("pt_BR", "pt"), ("ja-JP", "en"), ("", "en"), (None, "en"), ("FR", "fr")]
)
def test_a_browser_hears_its_language_or_english(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


def test_a_plan_speaks_the_language_throughout() -> None:
    leader, now = PlanLeader(Plan("p", (Step("squats", sets=2, target=1, rest_s=1),)), 0, "de"), 0.0
    done: list[Repetition] = []
    spoken: list[str] = []
    for index in range(60):
        now = index / 10
        if index in (10, 40):
            done.append(Repetition("squats", now - 0.5, now - 0.3, now, 10.0))
        if index == 30:
            done.append(Repetition("lunges", now - 0.5, now - 0.3, now, 10.0))
        spoken += leader.follow(tuple(done), None, now).spoken
    assert spoken == [
        "Mach dich bereit: 1 Kniebeugen.", "Los: 1 Kniebeugen.",
        "1. Fertig. 1 Sekunden Pause. Als Nächstes: 1 Kniebeugen.", "1", "Los: 1 Kniebeugen.",
        "Das war: Ausfallschritte. Jetzt dran: Kniebeugen.", "1. Fertig. Das war der ganze Plan.",
    ]  # fmt: skip
    assert phrase("go", "fr") == "C'est parti."
