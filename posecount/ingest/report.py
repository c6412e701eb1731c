"""What came of the photos, rows and files that a person handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from posecount.datasets.records import SampleId, count_of

ADDED, PRESENT, LEFT_OUT = "added", "already there", "left out"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one photo, row or file.

    Attributes:
        name: of the photo, ``class/name``; of the row, with its file; or of the file.
        kind: ``added``, ``no pose``, ``unreadable``, ``too large`` or ``duplicate`` for a photo; ``added`` or ``already
            there`` for a row; ``left out`` for a row or file.
        reason: in words; empty where it was added.
        sample: the sample it became, or whose duplicate it is.
        thumbnail: JPEG, where there is no sample and the photo could be decoded.
    """

    name: str
    kind: str
    reason: str = ""
    sample: SampleId | None = None
    thumbnail: bytes | None = None


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What came of all that was handed in.

    Attributes:
        findings: one for each photo or row, and for each file that was left out.
        thing: what was handed in.
        renamed: names that were changed to safe ones, before → after.
        over_limit: photos that were not looked at because their class had enough.
        cancelled: whether it was; what was found until then is in the dataset.
    """

    findings: tuple[Finding, ...]
    thing: Literal["photo", "row"]
    renamed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    over_limit: int = 0
    cancelled: bool = False

    @property
    def kinds(self) -> Counter[str]:
        """The number of findings of each kind."""
        return Counter(finding.kind for finding in self.findings)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that a person should look at: all that gave no sample and are not in the dataset as they are."""
        return tuple(finding for finding in self.findings if finding.kind not in (ADDED, PRESENT))

    @property
    def summary(self) -> str:
        """In one line."""
        kinds = self.kinds
        added, left_out = kinds.pop(ADDED, 0), kinds.pop(LEFT_OUT, 0)
        looked_at = added + kinds.total()
        some = f"{added} of " if self.thing == "photo" and added < looked_at else ""
        words = [f"{some}{count_of(looked_at if some else added, self.thing)} added"]
        words += [in_words(kinds)] if kinds else []
        words += [f"{self.over_limit} over the limit"] if self.over_limit else []
        words += ["cancelled"] if self.cancelled else []
        words += [changed_names(self.renamed)] if self.renamed else []
        words += [f"{left_out} left out"] if left_out else []
        return ", ".join(words)


def in_words(kinds: Mapping[str, int]) -> str:
    """``2 added, 3 duplicates, 1 without a pose``."""
    return ", ".join(_of_kind(kind, count) for kind, count in sorted(kinds.items()))


def _of_kind(kind: str, count: int) -> str:
    if kind == "duplicate":
        return count_of(count, kind)
    return f"{count} without a pose" if kind == "no pose" else f"{count} {kind}"


def changed_names(renamed: Mapping[str, str]) -> str:
    """``1 name was changed``, ``3 names were changed``."""
    return f"{count_of(len(renamed), 'name')} {'was' if len(renamed) == 1 else 'were'} changed"
