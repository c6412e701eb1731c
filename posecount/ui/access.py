"""Who may see what: one person at this machine, or with `[auth]` in the secrets everybody their own datasets only.

Login is Streamlit's: OpenID Connect, with a signed cookie. Whoever the provider vouches for gets a workspace whose
folder is derived from issuer and subject, the pair that OpenID Connect promises never to give to somebody else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from posecount.errors import PosecountError
from posecount.workspace import Workspace

LOGIN_VARIABLE = "POSECOUNT_LOGIN"
"""Set to ``required``, no page opens without `[auth]`: a secret that was not mounted must not open a server to all."""


class AccessError(PosecountError):
    """Nobody is logged in who would have to be, or login is not set up as it should be."""


def enter() -> None:
    """Call first on every page: goes on where this person may use it, else shows the login and ends the page's run."""
    try:
        providers = login_providers(secrets(), os.environ)
        if not providers:
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
