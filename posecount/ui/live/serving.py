"""What all pages of one server share: the places for live sessions, the counts of people who come back, the log."""

from __future__ import annotations

import logging
import weakref
from functools import partial
from pathlib import Path

import streamlit as st

from posecount.live.resume import KeptSessions
from posecount.live.server.calibration import measured_capacity
from posecount.live.server.capacity import Capacity
from posecount.live.server.metrics import Report, log_reports
from posecount.live.server.metrics import logger as metrics_logger
from posecount.live.session import LiveSession
from posecount.live.state import LiveSettings
from posecount.ui.access import workspace
from posecount.ui.server.garbage import collect_once_a_minute
from posecount.ui.server.routes import TICKETS, login_of

_ADDRESS = "resume"
"""The parameter of the page's address that leads back to its counts after a reload."""
_PAGE, _SESSION = "live_page", "live_session"


class _Page:
    """Lives as long as Streamlit keeps a browser's session.

    Attributes:
        token: leads back to the counts after a reload.
        socket: the token of the page's socket.
    """

    def __init__(self, token: str) -> None:
        self.token = token
        self.socket = ""
        weakref.finalize(self, kept_sessions().leave, token)

    def renew_socket(self, session: LiveSession) -> None:
        TICKETS.withdraw(self.socket)
        self.socket = TICKETS.issue(session, login_of(st.context.cookies))
        weakref.finalize(self, TICKETS.withdraw, self.socket)


def current_session() -> LiveSession | None:
    """This browser's session, if it has one yet."""
    session: LiveSession | None = st.session_state.get(_SESSION)
    if session:
        _show_token(st.session_state[_PAGE].token)  # other pages take it out of the address
    return session


def begin_session(settings: LiveSettings) -> LiveSession:
    """Begin a session for this browser, which adds to what it had counted if the page was reloaded.

    Raises:
        PosecountError: if the server's settings are wrong; fit to show.
    """
    capacity = server_capacity(settings.model)
    owner = str(workspace().root)  # another person who is given the address must not see these counts
    former = kept_sessions().find(st.query_params.get(_ADDRESS), owner)
    resumed = former.snapshot if former else None
    if former:
        former.end()  # the reloaded page's stream would hold its place for seconds, and this one may need it
    session = st.session_state[_SESSION] = LiveSession(settings, capacity=capacity, resumed=resumed)
    page = st.session_state[_PAGE] = _Page(kept_sessions().keep(session, owner))
    page.renew_socket(session)
    _show_token(page.token)
    return session


def socket_token() -> str:
    """The token with which this page opens its socket."""
    token: str = st.session_state[_PAGE].socket
    return token


def renew_socket() -> None:
    """Issue another token, as the page's socket was refused: the login has changed, or there are too many pages."""
    st.session_state[_PAGE].renew_socket(st.session_state[_SESSION])


def server_capacity(model: Path) -> Capacity:
    """The places of this server, measured once.

    Raises:
        PosecountError: if the server's settings are wrong; fit to show.
    """
    return _capacity(model)


@st.cache_resource(show_spinner="Measuring how many people this machine can serve…")
def _capacity(_model: Path) -> Capacity:
    capacity = measured_capacity(_model)
    metrics_logger.setLevel(logging.INFO)
    if not metrics_logger.hasHandlers():  # Streamlit shows its own log only
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        metrics_logger.addHandler(handler)
        metrics_logger.propagate = False  # a library such as fit_tool may give the root logger a handler later
    log_reports(partial(_take_report, weakref.ref(capacity)))
    return capacity


def _take_report(reference: weakref.ref[Capacity]) -> Report | None:
    """A report on the capacity; None once the cache is cleared. No finalizer tells: those must take no lock."""
    collect_once_a_minute()  # pages that have ended
    if capacity := reference():
        capacity.release_unused()
        return capacity.take_report()
    return None


@st.cache_resource(show_spinner=False)
def kept_sessions() -> KeptSessions:
    """The sessions of this server that people can come back to."""
    return KeptSessions()


def _show_token(token: str) -> None:
    if st.query_params.get(_ADDRESS) != token:
        st.query_params[_ADDRESS] = token
