"""How browser and server find a path to each other: STUN and TURN servers, and credentials that last a few hours."""

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
TURN_SECRET_VARIABLE = "POSECOUNT_TURN_SECRET"  # noqa: S105 - a variable's name  # nosec B105
"""Secret or environment variable: what the TURN server calls ``static-auth-secret``. Servers in `ICE_VARIABLE` that
have no credential get one derived from it."""
ICE_POLICY_VARIABLE = "POSECOUNT_ICE_POLICY"
"""Secret or environment variable: ``relay`` sends all video through TURN; otherwise it takes the shortest path."""

_HOUR = 3600
_HOURS = 4
"""The least a credential is valid: longer than a workout, and short enough that a stolen one is soon worthless."""


def ice_configuration(
    secrets: Mapping[str, Any], environment: Mapping[str, str], url: str | None, now: float
) -> dict[str, Any]:
    """The WebRTC configuration: what secrets or environment set, or else what suits the page's address.

    On this machine or in a private network no server is needed, so nothing waits for one. Elsewhere streamlit-webrtc
    chooses: TURN of Cloudflare, Twilio or Hugging Face where their credentials are set, else a public STUN server.

    Args:
        secrets, environment: where the variables above are looked up, in this order.
        url: of the page.
        now: seconds since 1970, from which credentials are valid for at least four hours.

    Raises:
        ValueError: if a setting is not as expected; the message says what to do, and repeats nothing of the setting.
    """

    def setting(name: str) -> Any:
        return secrets.get(name) or environment.get(name)

    policy = setting(ICE_POLICY_VARIABLE) or "all"
    if policy not in ("all", "relay"):
        raise ValueError(f"{ICE_POLICY_VARIABLE} is not as expected. Try: set it to relay or all, or delete it.")
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
            f"{ICE_VARIABLE} is not as expected ({type(error).__name__}). Try: set it to JSON such as "
            '[{"urls": ["turn:turn.example.org"], "username": "…", "credential": "…"}].'
        ) from None


def turn_credentials(secret: str, now: float) -> dict[str, str]:
    """A user name and credential for a TURN server that shares a secret with this server.

    After draft-uberti-behave-turn-rest-00: the name says when it expires, the credential is its HMAC-SHA1. Both
    stay the same for an hour, so that a rerun of the page does not change its stream's configuration.
    """
    expiry = (int(now) // _HOUR + _HOURS + 1) * _HOUR
    username = f"{expiry}:posecount"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return {"username": username, "credential": base64.b64encode(digest).decode()}


def is_private(url: str | None) -> bool:
    """Whether a page's address is on this machine or in a private network; an unknown one counts as private."""
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
