"""The load: several visitors in a process of their own, which prints lines of JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from tests.soak.film import film
from tests.soak.visitor import Visitor

_WARM_UP_S = 5.0
"""Seconds before a stream is measured: its tracker is loaded with the first frame."""
_READ_AFTER_S = 4.0
"""Seconds after the end of a loop when its count is read: the film stands still, and the page refreshes every two."""
_APART_S = 3.0


async def visit(visitor: Visitor, truth: int, until: float) -> dict[str, Any]:
    """Stream until a time; return what was measured."""
    await visitor.open()
    await visitor.start()
    if visitor.refused or not visitor.track:
        return {"refused": visitor.refused}
    began, loops = monotonic(), []
    track = visitor.track
    while monotonic() < until:
        before = track.loops
        while track.loops == before and monotonic() < until:
            await asyncio.sleep(0.1)
        if track.loops > before:
            await asyncio.sleep(_READ_AFTER_S)
            loops.append({"count": visitor.count, "truth": track.loops * truth})
    measured = [(at, age) for at, age in visitor.ages if at > began + _WARM_UP_S]
    ages = np.array([age for _, age in measured] or [np.nan])
    seconds = measured[-1][0] - measured[0][0] if len(measured) > 1 else np.nan
    result = {
        "loops": loops,
        "sent": track.sent,
        "returned": len(visitor.ages),
        "sent_per_s": track.film.frame_rate,
        "returned_per_s": float((len(measured) - 1) / seconds),
        "age_p50_ms": float(np.percentile(ages, 50) * 1000),
        "age_p95_ms": float(np.percentile(ages, 95) * 1000),
        "age_last_tenth_p50_ms": float(np.median(ages[-max(len(ages) // 10, 1) :]) * 1000),
        "connection": visitor.peer.connectionState if visitor.peer else "",
        "alerts": [alert for alert in visitor.alerts if "read-only" not in alert],
    }
    await visitor.stop()
    return result


async def main(url: str, clip: Path, metric: str, truth: int, visitors: int, seconds: float) -> None:
    await asyncio.to_thread(film, clip, 640, 480, 15)  # before a visitor waits for it
    await asyncio.to_thread(film, clip, 480, 360, 12)
    people = [Visitor(url, clip, metric) for _ in range(visitors)]
    until = monotonic() + (visitors - 1) * _APART_S + seconds
    visits = []
    for person in people:
        visits.append(asyncio.ensure_future(visit(person, truth, until)))
        await asyncio.sleep(_APART_S)
    print(json.dumps({"began": True}), flush=True)
    # One more, once all the others stream.
    await asyncio.sleep(min(10.0, seconds / 2))
    late = Visitor(url, clip, metric)
    await late.open()
    print(json.dumps({"late": late.refused}), flush=True)
    await late.close()
    results = await asyncio.gather(*visits, return_exceptions=True)
    print(
        json.dumps({"visits": [each if isinstance(each, dict) else {"failure": repr(each)} for each in results]}),
        flush=True,
    )
    for person in people:
        await person.close()


if __name__ == "__main__":
    _, url, clip, metric, truth, visitors, seconds = sys.argv
    asyncio.run(main(url, Path(clip), metric, int(truth), int(visitors), float(seconds)))
