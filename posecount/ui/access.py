"""Who may see what: one person on this machine or, with `[auth]` in the secrets, each person their own datasets.

Login is Streamlit's: OpenID Connect, with a signed cookie. Each person that the provider identifies gets a workspace;
its folder comes from issuer and subject, a pair that OpenID Connect never gives to a second person.
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
from posecount.ui.markdown import plain
from posecount.ui.navigation import navigate_if_bypassed

LOGIN_VARIABLE = "POSECOUNT_LOGIN"
"""If it is ``required``, no page opens without `[auth]`: a secret that is not mounted must not open a server to all."""


class AccessError(PosecountError):
    """Login is required and the person is not logged in, or login is not set up correctly."""


def enter() -> None:
    """Call first on every page: shows the login, and ends the page's run, unless this person may use the page."""
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
    except PosecountError as error:
        st.error(plain(str(error)))
        st.stop()
    st.title("posecount", anchor=False)
    st.write("Log in to count repetitions and to teach your own exercises. Only you can see your datasets.")
    for provider in providers:
        label = f"Log in with {provider}" if provider else "Log in"
        st.button(label, type="primary", icon=":material/login:", on_click=st.login, args=(provider,))
    st.stop()


def check_host(host: str | None, address: str | None, allowed: Sequence[str] = ()) -> None:
    """Check that a server for this machine only is opened under a name of this machine.

    Any site can point its own name at this machine (DNS rebinding). The browser then takes the server's pages for that
    site's, which can read them. With a login the site gains nothing: the cookie belongs to the true name.

    Args:
        host: the name and port that the browser used.
        address: the address that the server listens on.
        allowed: the names that the administrator has set; Streamlit itself enforces them.

    Raises:
        AccessError: if the browser used another name.
    """
    if host and address and not allowed and _is_this_machine(address) and not _is_this_machine(_name(host)):
        raise AccessError(
            "This server is for its own machine only, but was opened under another name. Try: open http://localhost "
            "with the port in the address. If the server is behind a proxy, start it with --server.allowedHosts and "
            "the name."
        )


def is_for_one_person() -> bool:
    """Whether only people at this machine can open the pages, and need no login for that."""
    address = st.get_option("server.address")
    return bool(address) and _is_this_machine(address) and not login_providers(secrets(), os.environ)


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
    """The workspace of the person at this browser; pages and widgets open no other.

    Raises:
        AccessError: if login is required and the person is not logged in.
        DatasetError: if its folder cannot be used.
    """
    if not login_providers(secrets(), os.environ):
        return Workspace()
    if not st.user.get("is_logged_in"):
        raise AccessError("You are not logged in. Try: reload the page and log in.")
    issuer, subject = st.user.get("iss"), st.user.get("sub")
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject):
        raise AccessError(
            "The login service did not say who you are (no issuer or subject). Try: ask the administrator to check "
            "that the service supports OpenID Connect with the scope openid."
        )
    return Workspace.of_person(issuer, subject)


def login_providers(secrets: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str | None, ...]:
    """The login providers, None for the one without a name; empty if no login is set up.

    Raises:
        AccessError: if login is required, or partly set up in the secrets, and there is no provider.
    """
    auth = secrets.get("auth")
    if auth is None and environment.get(LOGIN_VARIABLE) != "required":
        return ()
    sections: dict[str | None, Any] = {None: auth, **(auth if isinstance(auth, Mapping) else {})}
    providers = tuple(name for name, each in sections.items() if isinstance(each, Mapping) and each.get("client_id"))
    if not providers:
        raise AccessError(
            "Login is required here, but it is not set up. Try: ask the administrator to fill in [auth] in "
            ".streamlit/secrets.toml (see docs/deployment.md)."
        )
    return providers


def secrets() -> Mapping[str, Any]:
    """Streamlit's secrets; empty if there is no secrets file.

    Raises:
        AccessError: if the file cannot be read: it may be what keeps strangers out of this server.
    """
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError as error:
        if any(Path(file).exists() for file in st.get_option("secrets.files")):
            raise AccessError(
                "The secrets file cannot be read, so no page opens. Try: ask the administrator to correct "
                ".streamlit/secrets.toml; the log says what is wrong with it."
            ) from error
        return {}
