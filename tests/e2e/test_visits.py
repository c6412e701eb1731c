"""What browsers and networks do to the real app, by visitors without a browser: places, counts and all that is held."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from posecount.shipped import SAMPLE_CLIPS
from tests.e2e.driver import ROOT, serve
from tests.soak.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def machine_with_room() -> None:
    """Two streams need a core: what other tests have left behind may end first."""
    deadline = time.monotonic() + 120
    while os.getloadavg()[0] > 2 * (os.cpu_count() or 1) and time.monotonic() < deadline:
        time.sleep(2)


@pytest.fixture(scope="module")
def small_server(folder, environment) -> Iterator[str]:
    """A server with two places."""
    log = folder / "visits.log"
    with serve(ROOT / "streamlit_app.py", log, {**environment, "POSECOUNT_MAX_SESSIONS": "2"}) as url:
        yield url
    assert "Traceback" not in log.read_text()


def visitor(url: str, query: str = "") -> Visitor:
    return Visitor(url, SAMPLE_CLIPS["squats"], "Squats", query)


def process_of(url: str) -> psutil.Process:
    port = f"--server.port={url.rsplit(':', 1)[1]}"
    return next(child for child in psutil.Process().children() if port in child.cmdline())


def run_of_a_script(*alerts: tuple[str, str], finished: ForwardMsg.ScriptFinishedStatus) -> Iterator[ForwardMsg]:
    """What a server sends: the alerts, each with its fragment, between a beginning and an end."""
    begun = ForwardMsg()
    begun.new_session.SetInParent()
    yield begun
    for fragment, words in alerts:
        message = ForwardMsg()
        message.delta.fragment_id, message.delta.new_element.alert.body = fragment, words
        yield message
    yield ForwardMsg(script_finished=finished)


def test_what_one_fragment_of_the_page_says_outlasts_the_runs_of_another():
    person = visitor("http://nowhere")
    for message in (
        *run_of_a_script(("", "read-only"), ("numbers", "Connecting…"), finished=ForwardMsg.FINISHED_SUCCESSFULLY),
        *run_of_a_script(("numbers", "has ended"), finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY),
        *run_of_a_script(finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY),
    ):
        person._take(message)
    assert sorted(person.alerts) == ["has ended", "read-only"]


async def streaming(url: str, query: str = "") -> Visitor:
    person = visitor(url, query)
    await person.open()
    await person.start()
    assert not person.refused
    await person.wait_for(lambda: len(person.ages) > 5, 60)
    return person


async def counts(person: Visitor, repetitions: int) -> None:
    await person.wait_for(lambda: person.count >= repetitions, 90)


async def full_house(url: str) -> None:
    first, second = await streaming(url), await streaming(url)
    third = visitor(url)
    await third.open()
    assert third.refused == "This server is busy with 2 sessions. Try again when somebody has finished."
    assert not third._component, "no video is offered"
    refused = time.monotonic()
    await second.wait_for(lambda: second.ages[-1][0] > refused + 1, 30)  # the others go on
    await first.stop()
    await third.wait_for(lambda: third._component and not third.refused, 60)  # it looks again by itself
    await third.start()
    await third.wait_for(lambda: len(third.ages) > 5, 60)
    await counts(third, 1)
    for each in (first, second, third):
        await each.close()


def test_the_one_too_many_is_refused_in_words_and_let_in_when_somebody_stops(small_server):
    asyncio.run(full_house(small_server))


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


def test_a_reloaded_page_goes_on_counting_from_where_it_was(small_server):
    asyncio.run(reload(small_server))


async def short_cut(url: str) -> None:
    person = await streaming(url)
    await counts(person, 1)
    mend = person.cut()
    await asyncio.sleep(5)
    mend()
    back, count = time.monotonic(), person.count
    await person.wait_for(lambda: person.ages[-1][0] > back + 1, 60)
    await counts(person, count + 1)
    assert person.peer.connectionState == "connected"
    await person.close()


def test_five_seconds_without_a_network_end_nothing(small_server):
    asyncio.run(short_cut(small_server))


def held(process: psutil.Process) -> tuple[int, int]:
    """Threads and descriptors."""
    return process.num_threads(), process.num_fds()


async def counting(url: str) -> Visitor:
    person = await streaming(url)
    await counts(person, 1)
    return person


async def leave(person: Visitor) -> None:
    await person.stop()
    await person.close()


async def unplug(person: Visitor) -> None:
    assert person.track
    person.track.unplugged = True
    await person.wait_for(lambda: any("stalled" in alert for alert in person.alerts), 30)
    await person.wait_for(lambda: any("has ended" in alert for alert in person.alerts), 60)
    await leave(person)


async def comings_and_goings(url: str) -> None:
    process = process_of(url)
    await leave(await counting(url))
    await asyncio.sleep(3)
    before = held(process)  # some threads are made once
    await leave(await counting(url))
    await (await counting(url)).close()  # the tab, without STOP
    await asyncio.sleep(3)
    unplugged, cut = await asyncio.gather(counting(url), counting(url))
    mend, count = cut.cut(), cut.count
    await asyncio.gather(unplug(unplugged), asyncio.sleep(60))
    assert any("has ended" in alert for alert in cut.alerts), cut.alerts
    assert process.num_threads() <= before[0] + 2, "what they held is let go before the one that was cut off is back"
    mend()
    await cut.stop()
    await cut.start()
    await counts(cut, count + 1)
    await leave(cut)
    await asyncio.sleep(3)
    after = held(process)
    assert after[0] <= before[0] + 2
    # Streamlit keeps each page for two minutes in case it comes back, with an event loop, which is three descriptors.
    assert after[1] <= before[1] + 3 * 4


def test_however_a_stream_ends_threads_and_descriptors_are_let_go_and_counts_stay(small_server):
    asyncio.run(comings_and_goings(small_server))


async def hung(url: str) -> None:
    person = await streaming(url)
    await person.wait_for(lambda: any("stalled" in alert for alert in person.alerts), 60)
    await person.stop()
    await person.start()
    await counts(person, 1)
    await person.stop()
    await person.close()


def test_a_tracker_that_hangs_for_good_ends_neither_the_server_nor_the_visit(folder: Path, environment):
    with serve(Path(__file__).with_name("hanging_app.py"), folder / "hung.log", environment) as url:
        asyncio.run(hung(url))


async def interrupted(url: str) -> float:
    people = [await streaming(url) for _ in range(4)]
    process = process_of(url)
    os.kill(process.pid, signal.SIGINT)
    began = time.monotonic()
    await asyncio.to_thread(process.wait, 30)
    took = time.monotonic() - began
    for each in people:
        await each.close()
    return took


def test_ctrl_c_ends_a_server_with_four_live_sessions_within_five_seconds(folder: Path, environment):
    log = folder / "interrupted.log"
    with serve(ROOT / "streamlit_app.py", log, {**environment, "POSECOUNT_MAX_SESSIONS": "4"}) as url:
        assert asyncio.run(interrupted(url)) < 5
