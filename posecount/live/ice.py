"""How browser and server find a way to each other: STUN and TURN servers, and credentials that last for hours only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

ICE_VARIABLE = "POSECOUNT_ICE_SERVERS"
"""Secret or environment variable: JSON such as
``[{"urls": ["turn:turn.example.org"], "username": "…", "credential": "…"}]``."""
TURN_SECRET_VARIABLE = "POSECOUNT_TURN_SECRET"  # noqa: S105  # nosec B105: a variable's name
"""Secret or environment variable: what the TURN server calls ``static-auth-secret``. Servers in `ICE_VARIABLE` that
have no credential get one derived from it."""
ICE_POLICY_VARIABLE = "POSECOUNT_ICE_POLICY"
"""Secret or environment variable: ``relay`` sends all video through TURN; else the shortest way is taken."""

_HOUR = 3600
_HOURS = 4
"""For which a credential is good at the least: longer than anybody trains, shorter than a stolen one is worth a day."""


def ice_configuration(
    secrets: Mapping[str, Any], environment: Mapping[str, str], url: str | None, now: float
) -> dict[str, Any]:
    """The WebRTC configuration: what is set in secrets or environment, else what suits the page's address.

    On this machine or in a private network no server is needed, and none is waited for. Elsewhere streamlit-webrtc
    chooses: TURN of Cloudflare, Twilio or Hugging Face where their credentials are set, else a public STUN server.

    Args:
        secrets, environment: where the variables above are looked for, in this order.
        url: the page's.
        now: seconds since 1970, from which credentials are good for four hours.

    Raises:
        ValueError: if what is set is not as expected, with the remedy; it repeats nothing of what is set.
    """

    def setting(name: str) -> Any:
        return secrets.get(name) or environment.get(name)

    policy = setting(ICE_POLICY_VARIABLE) or "all"
    if policy not in ("all", "relay"):
        raise ValueError(f"{ICE_POLICY_VARIABLE} is not as expected. Remedy: make it relay or all, or delete it.")
    configuration: dict[str, Any] = {} if policy == "all" else {"iceTransportPolicy": policy}
    configured = setting(ICE_VARIABLE)
    if not configured:
        return {"iceServers": [] if is_private(url) else None, **configuration}
    secret = setting(TURN_SECRET_VARIABLE)
    try:
        servers = json.loads(configured) if isinstance(configured, str) else configured
        return {"iceServers": [_server(server, secret, now) for server in servers], **configuration}
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(
            f"{ICE_VARIABLE} is not as expected ({type(error).__name__}). Remedy: make it JSON such as "
            '[{"urls": ["turn:turn.example.org"], "username": "…", "credential": "…"}].'
        ) from None


def turn_credentials(secret: str, now: float) -> dict[str, str]:
    """A user name and credential for a TURN server that shares a secret with this one.

    After draft-uberti-behave-turn-rest-00: the name is when it expires, the credential its HMAC-SHA1. Within an hour
    they stay the same, so that a page that runs again does not change its stream's configuration.
    """
    expiry = (int(now) // _HOUR + _HOURS + 1) * _HOUR
    username = f"{expiry}:posecount"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return {"username": username, "credential": base64.b64encode(digest).decode()}


def is_private(url: str | None) -> bool:
    """Whether a page's address is on this machine or in a private network; unknown counts as such."""
    host = urlsplit(url or "").hostname or "localhost"
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local")) or "." not in host


def _server(server: Mapping[str, Any], secret: Any, now: float) -> dict[str, Any]:
    urls = [server["urls"]] if isinstance(server["urls"], str) else list(server["urls"])
    relays = [url.startswith(("turn:", "turns:")) for url in urls]
    derived = turn_credentials(str(secret), now) if secret and any(relays) and "credential" not in server else {}
    return {**server, **derived, "urls": server["urls"]}
