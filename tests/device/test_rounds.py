"""Rounds: frames are taken together where many come, and at once where one comes."""

import asyncio
from time import monotonic

from posecount.device.rounds import EVERY_S, Rounds


async def take(rounds: Rounds, taken: list[int]) -> None:
    await rounds.next()
    taken.append(rounds.number)


def test_frames_that_come_soon_after_a_round_are_taken_together_in_the_next() -> None:
    async def run() -> tuple[list[int], float]:
        rounds, taken = Rounds(), list[int]()
        began = monotonic()
        await rounds.next()
        await asyncio.gather(*(take(rounds, taken) for _ in range(3)))
        return taken, monotonic() - began

    taken, lasted = asyncio.run(run())
    assert taken == [2, 2, 2]
    assert lasted >= 0.9 * EVERY_S  # the loop's clock is coarser


def test_a_frame_that_comes_long_after_the_last_round_does_not_wait() -> None:
    async def run() -> int:
        rounds = Rounds()
        await rounds.next()
        await asyncio.sleep(EVERY_S)
        loop, passed = asyncio.get_running_loop(), 0
        waiting = loop.create_task(rounds.next())
        while not waiting.done():
            await asyncio.sleep(0)
            passed += 1
        return passed

    assert asyncio.run(run()) <= 4  # steps of the loop


def test_who_is_cancelled_while_waiting_does_not_hold_up_the_others() -> None:
    async def run() -> list[int]:
        rounds, taken = Rounds(), list[int]()
        await rounds.next()
        gone = asyncio.create_task(take(rounds, taken))
        staying = asyncio.create_task(take(rounds, taken))
        await asyncio.sleep(0)
        gone.cancel()
        await staying
        return taken

    assert asyncio.run(run()) == [2]
