"""Who may see what: one person at this machine, or with `[auth]` in the secrets everybody their own datasets only.

Login is Streamlit's: OpenID Connect, with a signed cookie. Whoever the provider vouches for gets a workspace whose
folder is derived from issuer and subject, the pair that OpenID Connect promises never to give to somebody else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from posecount.datasets.workspace import Workspace
from posecount.errors import PosecountError
from posecount.ui.navigation import navigate_if_bypassed

LOGIN_VARIABLE = "POSECOUNT_LOGIN"
"""Set to ``required``, no page opens without `[auth]`: a secret that was not mounted must not open a server to all."""


class AccessError(PosecountError):
    """Nobody is logged in who would have to be, or login is not set up as it should be."""


def enter() -> None:
    """Call first on every page: goes on where this person may use it, else shows the login and ends the page's run."""
    navigate_if_bypassed()
    try:
        providers = login_providers(secrets(), os.environ)
        if not providers:
            check_host(
                st.context.headers.get("Host"), st.get_option("server.address"), st.get_option("server.allowedHosts")
            )
            return
        if st.user.get("is_logged_in"):
            workspace()
            with st.sidebar:
                st.button("Log out", icon=":material/logout:", on_click=st.logout, width="stretch")
            return
    except AccessError as error:
        st.error(str(error))
        st.stop()
    st.title("posecount", anchor=False)
    st.write("Log in to count, and to teach exercises of your own. Nobody else sees your datasets.")
    for provider in providers:
        words = f"Log in with {provider}" if provider else "Log in"
        st.button(words, type="primary", icon=":material/login:", on_click=st.login, args=(provider,))
    st.stop()


def check_host(host: str | None, address: str | None, allowed: Sequence[str] = ()) -> None:
    """See that a server for this machine alone is called by a name of this machine.

    Any site can point a name of its own at this machine (DNS rebinding); to a browser the server's pages are then that
    site's, which could read them. Where somebody logs in nothing is gained: the cookie belongs to the true name.

    Args:
        host: what the browser called it, name and port.
        address: what the server listens on.
        allowed: the names that whoever runs it has set, which Streamlit then keeps to.

    Raises:
        AccessError: if it was called by another name.
    """
    if host and address and not allowed and _is_this_machine(address) and not _is_this_machine(_name(host)):
        raise AccessError(
            "This server is for its own machine alone, but was opened under another name. Remedy: open "
            "http://localhost with the port in the address; or, if it stands behind a proxy, start it with "
            "--server.allowedHosts and the name."
        )


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_this_machine(name: str) -> bool:
    name = name.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def workspace() -> Workspace:
    """The workspace of the person whose browser this is; pages and widgets open no other.

    Raises:
        AccessError: if login is required and nobody is logged in.
    """
    if not login_providers(secrets(), os.environ):
        return Workspace()
    if not st.user.get("is_logged_in"):
        raise AccessError("Nobody is logged in. Remedy: reload the page and log in.")
    issuer, subject = st.user.get("iss"), st.user.get("sub")
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject):
        raise AccessError(
            "The login service does not say who you are (no issuer or subject). Remedy: whoever runs posecount checks "
            "that it speaks OpenID Connect, with the scope openid."
        )
    return Workspace.of_person(issuer, subject)


def login_providers(secrets: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str | None, ...]:
    """The providers that one can log in with, None being the one without a name; empty where no login is set up.

    Raises:
        AccessError: if login is required or begun in the secrets, and there is no provider.
    """
    auth = secrets.get("auth")
    if auth is None and environment.get(LOGIN_VARIABLE) != "required":
        return ()
    sections: dict[str | None, Any] = {None: auth, **(auth if isinstance(auth, Mapping) else {})}
    providers = tuple(name for name, each in sections.items() if isinstance(each, Mapping) and each.get("client_id"))
    if not providers:
        raise AccessError(
            "Login is required here, but it is not set up. Remedy: whoever runs posecount fills in [auth] in "
            ".streamlit/secrets.toml, see docs/deployment.md."
        )
    return providers


def secrets() -> Mapping[str, Any]:
    """Streamlit's secrets; empty where there is no file of them.

    Raises:
        AccessError: if there is one that cannot be read: it may be what closes this server to strangers.
    """
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError as error:
        if any(Path(file).exists() for file in st.get_option("secrets.files")):
            raise AccessError(
                "The secrets file cannot be read, so nobody is let in. Remedy: whoever runs posecount corrects "
                ".streamlit/secrets.toml; the log says what is wrong with it."
            ) from error
        return {}
