"""Who may send landmarks: the page of one live session, with a token that cannot be guessed."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from posecount.device.pace import DevicePace
from posecount.live.session import LiveSession

MOST = 2000
"""The most tickets of a server: each belongs to a page that is open, or was a moment ago."""

_BYTES = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


class Connection(Protocol):
    """A socket that uses a ticket."""

    def replace(self) -> None:
        """End it: the same page has opened another one."""
        ...


@dataclass(slots=True, eq=False)
class Ticket:
    """What a token opens.

    Attributes:
        session: counts what the device sends.
        login: whose it is, in whatever way cookies tell; empty without a login.
        pace: of the device's frames, over all its connections.
        connection: the one that is open; there is one at a time.
    """

    session: LiveSession
    login: str
    pace: DevicePace = field(default_factory=DevicePace)
    connection: Connection | None = None


class Tickets:
    """The tickets of one server. Every method may be called from any thread; none takes a lock.

    Args:
        make_pace: one for each ticket.
    """

    def __init__(self, make_pace: Callable[[], DevicePace] = DevicePace) -> None:
        self._make_pace = make_pace
        self._all: dict[str, Ticket] = {}

    def __len__(self) -> int:
        return len(self._all)

    def issue(self, session: LiveSession, login: str = "") -> str:
        """A new token, good for this session and login until `withdraw`; beyond `MOST`, the oldest is withdrawn."""
        token = secrets.token_urlsafe(_BYTES)
        self._all[token] = Ticket(session, login, self._make_pace())
        while len(self._all) > MOST:
            self.withdraw(next(iter(self._all), ""))
        return token

    def find(self, token: str, login: str = "") -> Ticket | None:
        """The ticket of a token that a browser sends; None if it is unknown, withdrawn, or of another login."""
        ticket = self._all.get(token) if _TOKEN.fullmatch(token) else None
        return ticket if ticket and hmac.compare_digest(ticket.login, login) else None

    def withdraw(self, token: str) -> None:
        """End a ticket and its connection; one that is unknown may be withdrawn too.

        The garbage collector calls it, on a thread that may be anywhere.
        """
        ticket = self._all.pop(token, None)
        if ticket and ticket.connection:
            ticket.connection.replace()
