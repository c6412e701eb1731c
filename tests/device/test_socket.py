"""The socket between page and session: who may use it, what comes in, what goes out."""

import asyncio
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from PIL import Image as Pillow
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets import ConnectionClosed, InvalidStatus, Origin
from websockets.sync.client import ClientConnection, connect

from posecount import PoseClassifier
from posecount.device.answers import Answers
from posecount.device.messages import DeviceFrame, decode_frame, encode_frame
from posecount.device.pace import DevicePace
from posecount.device.socket import MOST_DROPPED, REPLACED, STRANGER, UNUSABLE, DeviceSocket
from posecount.device.tickets import MOST, Tickets
from posecount.ingest.burst import PoseBurst
from posecount.live.server.capacity import Capacity
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from posecount.pose import Pose
from tests.e2e.driver import wait_for
from tests.live.scripted import DOWN, UP, Clock, ScriptedTracker, Streamer, dataset, picture

SIZE = (640, 480)
Connect = Callable[..., AbstractContextManager[ClientConnection]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tickets(clock: Clock) -> Tickets:
    return Tickets(lambda: DevicePace(clock))


@pytest.fixture
def session() -> LiveSession:
    settings = LiveSettings(Path("full.task"), PoseClassifier(dataset()), profile="colab")
    ScriptedTracker.made = []
    return LiveSession(settings, make_tracker=ScriptedTracker, capacity=Capacity(2, device_sessions=3))


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[DeviceSocket, str]]:
    """A server with the socket alone, and its address."""
    socket = DeviceSocket(
        Tickets(),
        login_of=lambda cookies: cookies.get("login", ""),
        is_allowed=lambda origin, host: origin == f"http://{host}",
    )
    app = Starlette(routes=[WebSocketRoute("/device/{token}", socket.serve)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="websockets-sansio", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started, "the server does not start")
    yield socket, f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def open_socket(served: tuple[DeviceSocket, str], tickets: Tickets, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Opens the socket of a token, from a page of the server's own origin."""
    socket, host = served
    monkeypatch.setattr(socket, "_tickets", tickets)

    def opened(token: str, origin: str | None = f"http://{host}", login: str = "") -> ClientConnection:
        headers = {"cookie": f"login={login}"} if login else {}
        address = f"ws://{host}/device/{token}"
        return connect(address, origin=Origin(origin) if origin else None, additional_headers=headers, proxy=None)

    return opened


def frame(timestamp: float, pose: Pose | None = None, picture: bytes | None = None) -> bytes:
    return encode_frame(DeviceFrame(timestamp, SIZE, pose, picture))


def squat(timestamp: float) -> bytes:
    """A squat takes two seconds."""
    landmarks = DOWN if timestamp % 2 >= 1 else UP
    return frame(timestamp, Pose(landmarks, np.ones(33, np.float32), SIZE))


class Page:
    """What a page knows: everything that it was told."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.known: dict[str, Any] = {}
        self.completed: list[dict[str, Any]] = []

    def hear(self, until: Callable[[dict[str, Any]], Any]) -> None:
        while not until(self.known):
            told = json.loads(self.socket.recv(60))
            self.completed += told.pop("completed", [])
            self.known |= told

    def send(self, seconds: float, start: float = 0.0, clock: Clock | None = None) -> None:
        for index in range(round(seconds * 15)):
            self.socket.send(squat(start + index / 15))
            if clock:
                clock.now += 1 / 15
        last = start + (round(seconds * 15) - 1) / 15
        self.hear(lambda known: known.get("at") == pytest.approx(last))


def code(socket: ClientConnection) -> int:
    """The code with which the server closes a socket."""
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            socket.recv(60)
    assert caught.value.rcvd
    return int(caught.value.rcvd.code)


def test_landmarks_are_counted_and_the_page_is_told_of_each_repetition(
    tickets: Tickets, session: LiveSession, open_socket: Connect, clock: Clock
) -> None:
    with open_socket(tickets.issue(session)) as socket:
        page = Page(socket)
        page.hear(lambda known: "exercises" in known)
        assert page.known["exercises"] == {"squats": {"label": "Squats", "target": "squats_down", "held": False}}
        page.send(8.5, clock=clock)
    assert page.known["counts"] == {"squats": 4} == dict(session.snapshot.counts)
    assert [each["number"] for each in page.completed] == [1, 2, 3, 4]
    assert {each["label"] for each in page.completed} == {"Squats"}
    assert page.known["charted"] == "squats"
    assert len(page.known["votes"]) == 2


def test_answers_take_less_than_4_kb_a_second(
    tickets: Tickets, session: LiveSession, open_socket: Connect, clock: Clock
) -> None:
    told = 0
    with open_socket(tickets.issue(session)) as socket:
        for index in range(60):
            socket.send(squat(index / 15))
            clock.now += 1 / 15
            if index:  # the first says what there is to count
                told += len(socket.recv(60)) + 4
    assert told / 4 <= 4000


def test_who_has_no_ticket_is_turned_away_and_so_is_another_login_and_another_site(
    tickets: Tickets, session: LiveSession, open_socket: Connect
) -> None:
    token = tickets.issue(session, login="ada")
    for wrong, login in (("x", "ada"), ("A" * 32, "ada"), (token, ""), (token, "eve")):
        with open_socket(wrong, login=login) as socket:
            assert code(socket) == STRANGER
    with open_socket(token, login="ada") as socket:
        assert "exercises" in json.loads(socket.recv(60))
    for origin in ("http://evil.example", None):
        with pytest.raises(InvalidStatus, match="403"), open_socket(token, origin, "ada"):
            pass
    tickets.withdraw(token)
    with open_socket(token, login="ada") as socket:
        assert code(socket) == STRANGER


def test_a_ticket_that_is_withdrawn_ends_its_connection_and_tickets_do_not_pile_up(
    tickets: Tickets, session: LiveSession, open_socket: Connect
) -> None:
    token = tickets.issue(session)
    with open_socket(token) as socket:
        socket.recv(60)
        tickets.withdraw(token)
        assert code(socket) == REPLACED
    tokens = [tickets.issue(session) for _ in range(MOST + 5)]
    assert len(tickets) == MOST
    assert len(set(tokens)) == MOST + 5
    assert tickets.find(tokens[-1]) and not tickets.find(tokens[0])


def test_the_page_has_one_connection_at_a_time(tickets: Tickets, session: LiveSession, open_socket: Connect) -> None:
    token = tickets.issue(session)
    with open_socket(token) as first:
        first.recv(60)
        with open_socket(token) as second:
            assert code(first) == REPLACED
            Page(second).send(1)
    assert session.snapshot.frames == 15


def test_what_is_wrong_is_dropped_and_counted_and_too_much_of_it_ends_the_connection(
    tickets: Tickets, session: LiveSession, open_socket: Connect
) -> None:
    with open_socket(tickets.issue(session)) as socket:
        page = Page(socket)
        page.send(1)
        for _ in range(MOST_DROPPED - 2):
            socket.send(b"nonsense")
        socket.send(squat(0.5))  # time runs back
        page.send(1, start=1.0)
        assert session.snapshot.frames == 30
        socket.send("nonsense")
        assert code(socket) == UNUSABLE
    assert session.capacity.take_report().device_refused == MOST_DROPPED


def test_a_connection_that_was_cut_loses_and_doubles_nothing(
    tickets: Tickets, session: LiveSession, open_socket: Connect, clock: Clock
) -> None:
    token = tickets.issue(session)
    with open_socket(token) as socket:
        Page(socket).send(3, clock=clock)
    clock.now += 5
    with open_socket(token) as socket:
        page = Page(socket)
        page.hear(lambda known: "at" in known)
        assert page.known["at"] == pytest.approx(44 / 15), "the device knows what arrived"
        page.send(5.5, start=3.0)  # what it kept
    assert session.snapshot.counts == {"squats": 4}


def test_a_server_that_tracks_tells_the_page_of_counts_and_takes_no_landmarks(
    tickets: Tickets, session: LiveSession, open_socket: Connect
) -> None:
    with open_socket(tickets.issue(session)) as socket:
        page = Page(socket)
        page.hear(lambda known: "counts" in known)
        for index in range(4 * 30):
            session.process(picture(), index / 30)
        page.hear(lambda known: known["counts"] == {"squats": 1})
        assert [each["number"] for each in page.completed] == [1]
        assert "votes" not in page.known, "it draws nothing"
        socket.send(squat(1.0))
        wait_for(lambda: session.capacity.take_report().device_refused == 1, "the frame is not dropped")
        session.end()
        socket.send(squat(5.0))
        page.hear(lambda known: known["at"] == 5.0)


def test_what_changes_with_every_frame_is_told_with_every_second_one_but_a_count_at_once(session: LiveSession) -> None:
    answers = Answers(session)
    answers.with_votes = True
    told: list[dict[str, Any]] = []  # empty where nothing is told
    for index in range(4 * 30):
        session.process_pose(decode_frame(squat(index / 30)).pose, index / 30)
        answer = answers.next(index / 30)
        told.append(json.loads(answer) if answer else {})
    counting = [index for index, each in enumerate(told) if "counts" in each]
    assert told[counting[-1]] == told[counting[-1]] | {"counts": {"squats": 1}, "at": counting[-1] / 30}
    assert [len(each["completed"]) for each in told if "completed" in each] == [1]
    assert 0.4 < sum(not each for each in told) / len(told) <= 0.5
    assert all(a or b for a, b in pairwise(told)), "never two in a row"
    assert answers.holds_back == (not told[-1])


def test_stop_gives_the_place_up_and_the_counts_stay(
    tickets: Tickets, session: LiveSession, open_socket: Connect, clock: Clock
) -> None:
    with open_socket(tickets.issue(session)) as socket:
        page = Page(socket)
        page.send(4.5, clock=clock)
        assert session.capacity.on_devices == 1
        socket.send("stop")
        wait_for(lambda: session.snapshot.ended, "the stream does not end")
        assert session.capacity.on_devices == 0
        page.send(4.5, start=6.0, clock=clock)
    assert session.snapshot.counts == {"squats": 4}


def test_a_server_full_of_devices_says_so(tickets: Tickets, session: LiveSession, open_socket: Connect) -> None:
    for _ in range(3):
        session.capacity.enter(Streamer(), "device")
    with open_socket(tickets.issue(session)) as socket:
        page = Page(socket)
        socket.send(squat(0.0))
        page.hear(lambda known: known.get("refused"))
    assert "busy with 3 sessions" in page.known["error"]


def jpeg(side: int = 320, **options: Any) -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", (side, side)).save(file, "JPEG", **options)
    return file.getvalue()


def test_a_picture_is_asked_for_only_with_the_frame_that_is_chosen(
    tickets: Tickets, session: LiveSession, open_socket: Connect
) -> None:
    burst = PoseBurst(count=1, delay=1.0)
    with open_socket(tickets.issue(session)) as socket:
        page = Page(socket)
        page.send(1)
        assert page.known["picture"] == 0
        session.record(burst)
        page.send(1, start=1.0)
        page.hear(lambda known: known["picture"] == 640)
        assert page.known["notice"] == "1"
        pose = Pose(UP, np.ones(33, np.float32), SIZE)
        for bad in (b"no picture", jpeg(2000), jpeg(progressive=True)):
            socket.send(frame(2.0, pose, bad))
            assert not burst.taken
        socket.send(frame(2.2, pose, jpeg()))
        page.hear(lambda known: known["picture"] == 0)
    ((kept, image),) = burst.taken
    assert (kept.landmarks == pytest.approx(UP)) and image.startswith(b"\xff\xd8")


def test_what_a_page_has_sent_before_it_leaves_is_taken_in(tickets: Tickets, session: LiveSession) -> None:
    waits: asyncio.Queue[Any] = asyncio.Queue()
    for message in (
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "bytes": frame(index / 15)} for index in range(6)),
        {"type": "websocket.receive", "text": "stop"},
        {"type": "websocket.disconnect", "code": 1001},
    ):
        waits.put_nowait(message)

    async def send(message: Any) -> None:
        if message["type"] == "websocket.send":
            raise OSError

    scope = {"type": "websocket", "path": "/", "headers": [], "path_params": {"token": tickets.issue(session)}}
    asyncio.run(DeviceSocket(tickets, lambda _: "", lambda _, __: True).serve(WebSocket(scope, waits.get, send)))
    assert (session.snapshot.frames, session.snapshot.ended) == (6, True)
