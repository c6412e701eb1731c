"""What browsers and networks do to the real app, played by visitors without a browser: places, counts, resources."""

import asyncio
import os
import signal
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from posecount.shipped import SAMPLE_CLIPS
from tests.e2e.driver import serve, wait_for
from tests.soak.visitor import Visitor

pytestmark = pytest.mark.browser

T = TypeVar("T")


def run(visit: Coroutine[None, None, T]) -> T:
    """Run a visit to its end, on a thread without the event loop of a browser that other tests share."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, visit).result()


@pytest.fixture(scope="module")
def small_server(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """A server with two places, which gives up after 10 seconds instead of 30."""
    log = folder / "visits.log"
    with serve(log, {**environment, "POSECOUNT_MAX_SESSIONS": "2"}, server="tests.e2e.impatient_server") as url:
        yield url
    assert "Traceback" not in log.read_text()


def visitor(url: str, query: str = "") -> Visitor:
    return Visitor(url, SAMPLE_CLIPS["squats"], "Squats", query)


def process_of(url: str) -> psutil.Process:
    port = f"--server.port={url.rsplit(':', 1)[1]}"
    return next(child for child in psutil.Process().children() if port in child.cmdline())


def run_of(
    *alerts: tuple[str, str], finished: ForwardMsg.ScriptFinishedStatus.ValueType | None, fragment: str = ""
) -> Iterator[ForwardMsg]:
    """The messages of a run, of the script or a fragment: its beginning, alerts with their fragments, and its end."""
    begun = ForwardMsg()
    begun.new_session.SetInParent()
    begun.metadata.run.fragment_ids.extend([fragment] if fragment else [])
    yield begun
    for where, words in alerts:
        message = ForwardMsg()
        message.delta.fragment_id, message.delta.new_element.alert.body = where, words
        yield message
    if finished is not None:
        yield ForwardMsg(script_finished=finished)


WHOLE = ForwardMsg.FINISHED_SUCCESSFULLY
PART = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


def test_what_one_fragment_of_the_page_says_outlasts_the_runs_of_another() -> None:
    person = visitor("http://nowhere")
    for message in (
        *run_of(("", "read-only"), ("numbers", "Connecting…"), finished=WHOLE),
        *run_of(("numbers", "has ended"), finished=PART, fragment="numbers"),
        *run_of(finished=PART, fragment="plan"),
    ):
        person._take(message)
    assert sorted(person.alerts) == ["has ended", "read-only"]


def test_a_visitor_sees_what_a_busy_server_reports_as_cut_short() -> None:
    person = visitor("http://nowhere")
    early = ForwardMsg.FINISHED_EARLY_FOR_RERUN  # of a fragment that has run to its end, as another begins at once
    for message in (
        *run_of(("", "read-only"), finished=early),
        *run_of(("", "read-only"), finished=WHOLE),
        *run_of(("numbers", "stalled"), finished=early, fragment="numbers"),
        *run_of(finished=PART, fragment="plan"),
    ):
        person._take(message)
    assert sorted(person.alerts) == ["read-only", "stalled"]
    assert person.runs == 1


def test_a_visitor_notices_the_end_of_a_run_whose_last_messages_a_busy_server_drops() -> None:
    person = visitor("http://nowhere")
    for message in (*run_of(("", "read-only"), finished=None), *run_of(finished=PART, fragment="plan")):
        person._take(message)
    assert person.alerts == ["read-only"]
    assert person.runs == 1


async def streaming(url: str, query: str = "") -> Visitor:
    person = visitor(url, query)
    await person.open()
    # The places of the visits before lapse a moment after they were left; the page checks again by itself.
    await person.wait_for(lambda: person._component and not person.refused, 60)
    await person.start()
    assert not person.refused
    await person.wait_for(lambda: len(person.ages) > 5, 60)
    return person


async def counts(person: Visitor, repetitions: int) -> None:
    await person.wait_for(lambda: person.count >= repetitions, 90)


async def full_house(url: str) -> None:
    first, second = await asyncio.gather(streaming(url), streaming(url))
    third = visitor(url)
    await third.open()
    assert third.refused == "This server is busy with 2 sessions. Try again in a few minutes."
    assert not third._component, "no video is offered"
    refused = time.monotonic()
    await second.wait_for(lambda: second.ages[-1][0] > refused + 1, 90)  # the others' streams continue
    await first.stop()
    await third.wait_for(lambda: third._component and not third.refused, 60)  # it checks again by itself
    await third.start()
    await third.wait_for(lambda: len(third.ages) > 5, 60)
    await counts(third, 1)
    await asyncio.gather(*(each.close() for each in (first, second, third)))


def test_the_one_too_many_is_refused_in_words_and_let_in_when_somebody_stops(small_server: str) -> None:
    run(full_house(small_server))


async def reload(url: str) -> None:
    before = await streaming(url)
    await counts(before, 2)
    count = before.count
    await before.close()
    after = await streaming(url, before.query)
    assert after.count >= count
    await counts(after, count + 1)
    await after.stop()
    await after.close()


def test_a_reloaded_page_goes_on_counting_from_where_it_was(small_server: str) -> None:
    run(reload(small_server))


async def short_cut(url: str) -> None:
    person = await streaming(url)
    await counts(person, 1)
    mend = person.cut()
    await asyncio.sleep(5)
    mend()
    back, count = time.monotonic(), person.count
    await person.wait_for(lambda: person.ages[-1][0] > back + 1, 60)
    await counts(person, count + 1)
    assert person.peer and person.peer.connectionState == "connected"
    await person.close()


def test_five_seconds_without_a_network_end_nothing(small_server: str) -> None:
    run(short_cut(small_server))


def held(process: psutil.Process) -> tuple[int, int]:
    """Threads and descriptors."""
    return process.num_threads(), process.num_fds()


async def settled(process: psutil.Process) -> tuple[int, int]:
    """What a server holds once it lets go of nothing more: the same for two seconds."""
    before, since = held(process), time.monotonic()
    while time.monotonic() < since + 2:
        await asyncio.sleep(0.2)
        if (now := held(process)) != before:
            before, since = now, time.monotonic()
    return before


async def counting(url: str) -> Visitor:
    person = await streaming(url)
    await counts(person, 1)
    return person


async def leave(person: Visitor) -> None:
    await person.stop()
    await person.close()


async def ended(person: Visitor) -> None:
    await person.wait_for(lambda: any("has ended" in alert for alert in person.alerts), 90)


async def unplug(person: Visitor) -> None:
    assert person.track
    person.track.unplugged = True
    await person.wait_for(lambda: any("stalled" in alert for alert in person.alerts), 60)
    await ended(person)
    await leave(person)


async def comings_and_goings(url: str) -> None:
    process = process_of(url)
    await leave(await counting(url))
    threads, descriptors = await settled(process)  # some threads are made once
    await leave(await counting(url))
    await (await counting(url)).close()  # the tab, without STOP
    await settled(process)
    unplugged, cut = await asyncio.gather(counting(url), counting(url))
    mend, count = cut.cut(), cut.count
    await asyncio.gather(unplug(unplugged), ended(cut))
    # The server lets go before the one that was cut off is back.
    await asyncio.to_thread(wait_for, lambda: process.num_threads() <= threads + 2, "threads remain")
    mend()
    await cut.stop()
    await cut.start()
    await counts(cut, count + 1)
    await leave(cut)
    await asyncio.to_thread(wait_for, lambda: process.num_threads() <= threads + 2, "threads remain")
    # Streamlit keeps each page for two minutes in case it comes back, with an event loop, which is three descriptors.
    kept = 3 * 4
    await asyncio.to_thread(wait_for, lambda: process.num_fds() <= descriptors + kept, "descriptors remain")


def test_however_a_stream_ends_threads_and_descriptors_are_let_go_and_counts_stay(small_server: str) -> None:
    run(comings_and_goings(small_server))


async def hung(url: str) -> None:
    person = await streaming(url)
    # Whichever the page's refresh meets first: that nothing comes, or that the tracker is replaced after five seconds.
    said = ("Stream stalled", "has not answered")
    await person.wait_for(lambda: any(words in alert for alert in person.alerts for words in said), 60)
    await person.stop()
    before = person.count
    await person.start()
    await counts(person, before + 1)
    await person.stop()
    await person.close()


def test_a_tracker_that_hangs_for_good_ends_neither_the_server_nor_the_visit(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with serve(tmp_path / "hung.log", environment, server="tests.e2e.hanging_server") as url:
        run(hung(url))


async def interrupted(url: str) -> float:
    people = await asyncio.gather(*(streaming(url) for _ in range(4)))
    process = process_of(url)
    os.kill(process.pid, signal.SIGINT)
    began = time.monotonic()
    await asyncio.to_thread(process.wait, 60)
    took = time.monotonic() - began
    for each in people:
        await each.close()
    return took


def test_ctrl_c_ends_a_server_with_four_live_sessions_within_five_seconds_of_a_free_machine(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with serve(tmp_path / "interrupted.log", {**environment, "POSECOUNT_MAX_SESSIONS": "4"}) as url:
        took = run(interrupted(url))
        load = os.getloadavg()[0] / (os.cpu_count() or 1)  # how many processes wait for a core: each gets its share
        assert took < 5 * max(1, load)
