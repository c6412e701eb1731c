"""A visitor of the Live page without a browser: speaks Streamlit's protocol, and streams a film through aiortc.

A browser costs as much processor time as the session that it opens. This goes through the same page, its fragments
included, for a small part of that.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from time import monotonic
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from posecount.pose import Image
from tests.soak.film import Film, film, read_number

_CLOCK = 90_000


class FilmTrack(MediaStreamTrack):
    """Plays a film over and over at its own pace; a late frame is not made up for."""

    kind = "video"

    def __init__(self, film: Film) -> None:
        super().__init__()
        self.film = film
        self.sent = 0
        self.sent_at: dict[int, float] = {}  # by number in the film
        self.unplugged = False
        self._started = 0.0

    @property
    def loops(self) -> int:
        """How often the film has been played to its end."""
        return self.sent // len(self.film.packets)

    async def recv(self) -> av.Packet[Any]:
        if self.readyState != "live":
            raise MediaStreamError
        if self.unplugged:
            await asyncio.Event().wait()  # forever: an unplugged camera sends nothing
        if not self.sent:
            self._started = monotonic()
        await asyncio.sleep(max(self._started + self.sent / self.film.frame_rate - monotonic(), 0))
        number = self.sent % len(self.film.packets)
        packet = av.Packet(self.film.packets[number])
        packet.pts = packet.dts = self.sent * _CLOCK // self.film.frame_rate
        packet.time_base = Fraction(1, _CLOCK)
        self.sent += 1
        self.sent_at[number] = monotonic()
        return packet


async def look(url: str, name: str = "", server: str = "127.0.0.1") -> list[Element]:
    """What a page shows to a new visitor.

    Args:
        url: of the app, as the visitor's browser knows it.
        name: of the page, as it stands in its address.
        server: the address that the name in `url` leads to.
    """
    where = connect(
        url.replace("http", "ws", 1) + "/_stcore/stream",
        host=server,
        port=urlsplit(url).port,
        origin=Origin(url),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        proxy=None,
    )
    async with asyncio.timeout(90), where as socket:
        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.context_info.url = name, f"{url}/{name}"
        await socket.send(asked.SerializeToString())
        shown: list[Element] = []
        async for data in socket:
            message = ForwardMsg.FromString(cast(bytes, data))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                shown.clear()
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                shown.append(message.delta.new_element)
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                break
        return shown


class _Void:
    """Where packets go when the network is cut."""

    def __init__(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def sendto(self, data: bytes, address: Any) -> None:
        pass

    def close(self) -> None:
        self._transport.close()


class Visitor:
    """One person's visit.

    Attributes:
        count: what the page's metric says.
        alerts: errors, warnings and notes that the page shows.
        refused: what the page said instead of offering a video, if it did.
        ages: seconds between the sending of a frame and its return, each with the time of return.
        query: what stands behind the page's address; leads back to the counts after a reload.
    """

    def __init__(self, url: str, clip: Path, metric: str, query: str = "") -> None:
        self.url, self.clip, self.metric, self.query = url, clip, metric, query
        self.count = 0
        self._said: dict[str, list[str]] = {}  # by fragment, in this run of the script; "" is what is in none
        self._shown: dict[str, list[str]] = {}  # the same, of what runs before have left on the page
        self._is_running = False
        self.ages: list[tuple[float, float]] = []
        self.peer: RTCPeerConnection | None = None
        self.track: FilmTrack | None = None
        self._socket: ClientConnection | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._reruns: dict[str, asyncio.Task[Any]] = {}
        self._component = self._page = self._get_ready = ""
        self._arguments: dict[str, Any] = {}
        self._value: dict[str, Any] = {"playing": False, "sdpOffer": "", "iceCandidates": {}}
        self._changed = asyncio.Condition()
        self._failure: Exception | None = None
        self.runs = 0
        self._replica = uuid4().hex

    async def _connect(self, path: str, **options: Any) -> ClientConnection:
        """Open a WebSocket, at the same replica each time where there is a proxy: its certificate is its own."""
        if self.url.startswith("https"):
            options["ssl"] = ssl._create_unverified_context()
        cookie = {"Cookie": f"posecount_replica={self._replica}"}
        address = self.url.replace("http", "ws", 1) + path
        return await connect(address, origin=Origin(self.url), additional_headers=cookie, max_size=None, **options)

    @property
    def alerts(self) -> list[str]:
        return [alert for alerts in self._shown.values() for alert in alerts]

    @property
    def refused(self) -> str | None:
        return next((alert for alert in self.alerts if "is busy with" in alert), None)

    async def open(self) -> None:
        """Open the page, and wait until it is there."""
        self._socket = await self._connect("/_stcore/stream", subprotocols=[Subprotocol("streamlit")])
        self._spawn(self._listen())
        await self._run_script()
        await self.wait_for(lambda: self.runs > 0, 90)

    async def start(self) -> None:
        """Press START, and wait for the connection; if the server is busy, only `refused` tells."""
        await self.wait_for(lambda: self._component or self.refused, 90)
        if self.refused:
            return
        video = self._arguments["media_stream_constraints"]["video"]
        ideal = (int(video[name]["ideal"]) for name in ("width", "height", "frameRate"))
        self.track = FilmTrack(await asyncio.to_thread(film, self.clip, *ideal))
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.on("track", lambda track: self._spawn(self._watch(track)))
        self.peer.addTrack(self.track)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        self._arguments.pop("sdp_answer_json", None)  # of a stream before
        offer = {"sdp": self.peer.localDescription.sdp, "type": self.peer.localDescription.type}
        await self._tell({"playing": False, "sdpOffer": offer, "iceCandidates": {}})
        await self.wait_for(lambda: self._arguments.get("sdp_answer_json") or self.refused, 90)
        if self.refused:
            await self.peer.close()
            return
        answer = json.loads(self._arguments["sdp_answer_json"])
        await self.peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
        await self._tell({"playing": True, "sdpOffer": "", "iceCandidates": {}})

    def cut(self) -> Callable[[], None]:
        """Cut the network: nothing goes out and nothing comes in, until what is returned is called."""
        assert self.peer
        (transceiver,) = self.peer.getTransceivers()
        connection = transceiver.sender.transport.transport._connection
        before = [(protocol, protocol.transport) for protocol in connection._protocols]
        for protocol, transport in before:
            protocol.transport = cast(asyncio.DatagramTransport, _Void(transport))
            protocol.datagram_received = lambda *_: None  # type: ignore[method-assign]

        def mend() -> None:
            for protocol, transport in before:
                protocol.transport = transport
                del protocol.datagram_received

        return mend

    async def stop(self) -> None:
        """Press STOP, and wait until the page shows that it has stopped."""
        assert self.peer
        await self.peer.close()
        before = self.runs
        await self._tell({"playing": False, "sdpOffer": "", "iceCandidates": {}})
        await self.wait_for(lambda: self.runs > before, 90)

    async def close(self) -> None:
        """Close the tab."""
        for task in (*self._tasks, *self._reruns.values()):
            task.cancel()
        if self.peer:
            with suppress(TimeoutError):  # without a network the other end never answers
                async with asyncio.timeout(5):
                    await self.peer.close()
        if self._socket:
            await self._socket.close()

    async def wait_for(self, condition: Any, seconds: float) -> None:
        """Wait until something holds, looked at whenever the page has changed."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: self._failure or condition())
        if self._failure:
            raise self._failure

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, value: dict[str, Any]) -> None:
        self._value = value
        await self._run_script()

    async def _run_script(self, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.fragment_id, state.is_auto_rerun = self.query, fragment, bool(fragment)
        state.page_script_hash, state.context_info.url = self._page, self.url
        if self._component:
            widget = state.widget_states.widgets.add()
            widget.id, widget.json_value = self._component, json.dumps(self._value)
        if self._get_ready:  # the film begins at once
            widget = state.widget_states.widgets.add()
            widget.id, widget.double_value = self._get_ready, 0.0
        assert self._socket
        await self._socket.send(message.SerializeToString())

    async def _listen(self) -> None:
        assert self._socket
        with suppress(ConnectionClosed):
            async for data in self._socket:
                message = ForwardMsg()
                message.ParseFromString(data)
                async with self._changed:
                    try:
                        self._take(message)
                    except Exception as error:  # noqa: BLE001 - `wait_for` raises it
                        self._failure = error
                    self._changed.notify_all()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._begin_run(message.metadata.run.fragment_ids)
        elif kind == "auto_rerun":
            again = message.auto_rerun
            if again.fragment_id not in self._reruns:
                task = asyncio.ensure_future(self._run_again(again.fragment_id, again.interval))
                self._reruns[again.fragment_id] = task
        elif kind == "script_finished":
            self._end_run(message.script_finished)
        elif kind == "navigation":
            self._page = message.navigation.page_script_hash  # otherwise the server would think the page was left
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta":
            said = self._said.setdefault(message.delta.fragment_id, [])
            if message.delta.WhichOneof("type") != "new_element":
                return
            element = message.delta.new_element
            if element.WhichOneof("type") == "component_instance":
                arguments = json.loads(element.component_instance.json_args)
                if arguments.get("component_key") == "camera_stream":
                    self._component, self._arguments = element.component_instance.id, arguments
            elif element.WhichOneof("type") == "number_input" and element.number_input.label == "Seconds to get ready":
                self._get_ready = element.number_input.id
            elif element.WhichOneof("type") == "metric" and element.metric.label == self.metric:
                self.count = int(element.metric.body)
            elif element.WhichOneof("type") == "alert":
                said.append(element.alert.body)

    def _begin_run(self, fragments: Sequence[str]) -> None:
        if fragments and self._is_running:
            # Streamlit drops the last messages of a run where a fragment asks to be run just as the run has ended.
            self._end_run(ForwardMsg.FINISHED_SUCCESSFULLY)
        self._said = {}
        self._is_running = not fragments
        if self._is_running:  # it announces again which fragments refresh, as a browser expects
            for task in self._reruns.values():
                task.cancel()
            self._reruns.clear()

    def _end_run(self, how: ForwardMsg.ScriptFinishedStatus.ValueType) -> None:
        if how == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.runs += 1
            self._shown = self._said
            self._is_running = False
        elif not self._is_running:
            # The other fragments of the page stay as they were. Streamlit says of a fragment's run that it finished
            # early where the next one begins before that was sent, although it is complete.
            self._shown = self._shown | self._said

    async def _run_again(self, fragment: str, interval: float) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(interval)
                await self._run_script(fragment)

    async def _watch(self, track: MediaStreamTrack) -> None:
        assert self.track
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, av.VideoFrame)
                luma = cast(Image, frame.to_ndarray()[: frame.height])  # of YUV, whose luma comes first
                now, number = monotonic(), read_number(luma)
                if number in self.track.sent_at:
                    self.ages.append((now, now - self.track.sent_at[number]))
