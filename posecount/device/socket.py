"""The WebSocket between one page and its live session: landmarks come in, counts go out.

It runs on the server's event loop, beside all pages, so what it calls takes a millisecond at most: a picture is decoded
on another thread.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from posecount.device.answers import Answers
from posecount.device.messages import LARGEST_MESSAGE, FrameError, decode_frame
from posecount.device.picture import decode_picture
from posecount.device.tickets import Ticket, Tickets
from posecount.device.training import act_of

MOST_DROPPED = 100
"""Frames that are dropped before a connection is closed: a camera that wavers loses one now and then."""
STRANGER, REPLACED, UNUSABLE = 4403, 4409, 4400
"""Why a socket is closed: the token is unknown, or its page has opened another socket, or too many frames were wrong.
The page's script knows these numbers (ui/live/device/socket.js)."""

_TOGETHER = 4
"""Messages that are taken in one go where so many wait: some milliseconds for which other pages wait."""
_HELD_BACK_S = 0.2
"""What is held back for the next frame goes without one after this: it may have been the last."""
_STOP = "stop"
"""The only text that a page sends: the camera is off, and the place is free."""

_logger = logging.getLogger(__name__)


class DeviceSocket:
    """Serves the sockets of all pages of a server, with `serve` as the endpoint of ``…/{token}``.

    Args:
        tickets: who may connect.
        login_of: tells from a browser's cookies whose they are, as when the ticket was issued.
        is_allowed: whether a page of this origin may connect to this host.
    """

    def __init__(
        self,
        tickets: Tickets,
        login_of: Callable[[Mapping[str, str]], str],
        is_allowed: Callable[[str | None, str | None], bool],
    ) -> None:
        self._tickets = tickets
        self._login_of = login_of
        self._is_allowed = is_allowed

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket to its end."""
        if not self._is_allowed(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close()  # before it is accepted: the browser sees 403
            return
        ticket = self._tickets.find(socket.path_params["token"], self._login_of(socket.cookies))
        await socket.accept()
        if ticket is None:
            await socket.close(STRANGER)
            return
        await _Connection(socket, ticket).serve()


class _Connection:
    """One open socket."""

    def __init__(self, socket: WebSocket, ticket: Ticket) -> None:
        self._socket, self._ticket = socket, ticket
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._changed = asyncio.Event()
        self._answers = Answers(ticket.session)
        self._dropped = 0
        self._is_taking = False  # a frame, which is answered right after it
        self._reminder: asyncio.TimerHandle | None = None
        self._ends: int | None = None  # the code with which it is to be closed

    async def serve(self) -> None:
        if former := self._ticket.connection:
            former.replace()
        self._ticket.connection = self
        self._ticket.pace.reconnect()
        listeners = self._ticket.session.listeners
        listeners.add(self._wake)
        self._changed.set()  # a page that is new here learns what there is
        answering = asyncio.create_task(self._answer())
        try:
            await self._receive()
        except WebSocketDisconnect:
            pass
        finally:
            listeners.remove(self._wake)
            answering.cancel()
            if self._reminder:
                self._reminder.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):  # it was closed while it sent
                await answering
            if self._ticket.connection is self:
                self._ticket.connection = None

    def replace(self) -> None:
        self._loop.call_soon_threadsafe(partial(self._end, REPLACED))

    def _wake(self) -> None:
        if threading.get_ident() == self._thread:  # no other thread has to be woken
            if not self._is_taking:
                self._changed.set()
            return
        with suppress(RuntimeError):  # the server has ended
            self._loop.call_soon_threadsafe(self._changed.set)

    def _remind(self) -> None:
        self._reminder = None
        if self._answers.holds_back:  # no other frame has come
            self._changed.set()

    def _end(self, code: int) -> None:
        self._ends = code
        self._changed.set()

    async def _answer(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._ends is not None:
                await self._socket.close(self._ends)
                return
            await self._tell()

    async def _tell(self) -> None:
        if answer := self._answers.next(self._ticket.pace.last):
            await self._socket.send_text(answer)
        elif self._answers.holds_back and not self._reminder:
            self._reminder = self._loop.call_later(_HELD_BACK_S, self._remind)

    async def _receive(self) -> None:
        received = 0
        while self._socket.client_state is WebSocketState.CONNECTED:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if self._ends is not None:
                continue  # until the browser has closed its side too
            data = message.get("bytes")
            if data is None:
                await self._command(message.get("text") or "")
            else:
                await self._take(data)
            received += 1
            if received % _TOGETHER == 0:
                await asyncio.sleep(0)  # a backlog must not hold up the other pages

    async def _command(self, words: str) -> None:
        if words == _STOP:
            self._answers.with_votes = False
            await asyncio.to_thread(self._ticket.session.end)  # a page may be changing it
        elif act := act_of(self._ticket.session, words):
            await asyncio.to_thread(act)
        else:
            self._drop("command")

    async def _take(self, data: bytes) -> None:
        ticket = self._ticket
        try:
            if len(data) > LARGEST_MESSAGE:
                raise FrameError("length")
            frame = decode_frame(data)
            ticket.pace.admit(frame.timestamp)
            image = await asyncio.to_thread(decode_picture, frame.picture) if frame.picture else None
        except FrameError as error:
            self._drop(error.fault)
            return
        self._answers.with_votes = self._is_taking = True
        try:
            taken = ticket.session.process_pose(frame.pose, frame.timestamp, image)
        finally:
            self._is_taking = False
        if not taken:
            self._drop("tracked by the server")
        elif self._ends is None and self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):  # who has left may have sent more before, such as "stop"
                await self._tell()  # here and not by another task, which would take another turn of the loop

    def _drop(self, fault: str) -> None:
        self._dropped += 1
        self._ticket.session.capacity.metrics.device_refused()
        if self._dropped >= MOST_DROPPED and self._ends is None:
            _logger.warning(
                "a device's connection is closed: %d frames were wrong, the last one: %s", self._dropped, fault
            )
            self._end(UNUSABLE)
