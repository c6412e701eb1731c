"""How browser and server find each other: servers, credentials that expire, and secrets that no message repeats."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from posecount.live.webrtc.ice import (
    ICE_POLICY_VARIABLE,
    ICE_VARIABLE,
    TURN_SECRET_VARIABLE,
    ice_configuration,
    is_private,
    turn_credentials,
)

NOW = 1_800_000_000.0
TURN = '[{"urls": ["turn:turn.example.org"], "username": "me", "credential": "secret"}]'


@pytest.mark.parametrize(
    ("secrets", "environment", "url", "servers"),
    [
        ({}, {}, "http://localhost:8501", []),
        ({}, {}, None, []),
        ({}, {}, "http://192.168.1.5:8501", []),
        ({}, {}, "https://count.example.org", None),
        ({}, {ICE_VARIABLE: TURN}, "https://count.example.org", ["turn:turn.example.org"]),
        ({ICE_VARIABLE: TURN}, {ICE_VARIABLE: "[]"}, None, ["turn:turn.example.org"]),
        ({ICE_VARIABLE: [{"urls": "stun:s.example.org"}]}, {}, None, "stun:s.example.org"),
    ],
)
def test_ice_servers_come_from_secrets_then_environment_then_the_address(
    secrets: dict[str, Any], environment: dict[str, str], url: str | None, servers: Any
) -> None:
    configured = ice_configuration(secrets, environment, url, NOW)["iceServers"]
    assert (configured[0]["urls"] if configured else configured) == servers


@pytest.mark.parametrize("value", ["no json", '{"urls": "x"}', "[1]", '[{"username": "me"}]', "17"])
def test_ice_servers_of_another_form_are_refused_with_what_to_try(value: str) -> None:
    with pytest.raises(ValueError, match="Try: "):
        ice_configuration({}, {ICE_VARIABLE: value}, None, NOW)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://localhost:8501", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501", True),
        ("http://192.168.1.5:8501", True),
        ("http://gym.local", True),
        ("http://8.8.8.8", False),
        ("https://count.example.org", False),
        (None, True),
    ],
)
def test_private_addresses_are_told_from_public_ones(url: str | None, private: bool) -> None:
    assert is_private(url) is private


def test_credentials_are_derived_as_the_turn_rest_draft_has_it_and_expire_within_hours() -> None:
    credentials = turn_credentials("shared secret", NOW)
    expiry = int(credentials["username"].partition(":")[0])
    assert 4 * 3600 <= expiry - NOW <= 5 * 3600
    digest = hmac.digest(b"shared secret", credentials["username"].encode(), hashlib.sha1)
    assert base64.b64decode(credentials["credential"]) == digest


def test_credentials_stay_the_same_for_an_hour_and_then_change() -> None:
    start = NOW - NOW % 3600
    assert turn_credentials("s", start) == turn_credentials("s", start + 3599) != turn_credentials("s", start + 3600)


def test_only_turn_servers_without_a_credential_get_one_that_is_derived() -> None:
    servers: list[dict[str, Any]] = [
        {"urls": "stun:s.example.org"},
        {"urls": ["turn:t.example.org", "turn:t.example.org?transport=tcp"]},
        {"urls": "turns:u.example.org", "username": "me", "credential": "mine"},
    ]
    stun, derived, given = ice_configuration(
        {ICE_VARIABLE: servers, TURN_SECRET_VARIABLE: "shared secret"}, {}, None, NOW
    )["iceServers"]
    assert stun == servers[0] and given == servers[2]
    assert derived == {**servers[1], **turn_credentials("shared secret", NOW)}
    assert "shared secret" not in str((stun, derived, given))


def test_relaying_everything_is_asked_of_the_browser_or_refused_with_what_to_try() -> None:
    assert ice_configuration({}, {}, None, NOW) == {"iceServers": []}
    assert ice_configuration({}, {ICE_POLICY_VARIABLE: "relay"}, None, NOW)["iceTransportPolicy"] == "relay"
    with pytest.raises(ValueError, match=r"POSECOUNT_ICE_POLICY .* Try: "):
        ice_configuration({}, {ICE_POLICY_VARIABLE: "tunnel"}, None, NOW)


@pytest.mark.parametrize(
    "value", ["top secret", '["top secret"]', '{"top secret": 1}', '[{"top secret": "top secret"}]']
)
def test_an_error_repeats_nothing_of_what_is_set(value: str) -> None:
    with pytest.raises(ValueError, match="not as expected") as error:
        ice_configuration({}, {ICE_VARIABLE: value, TURN_SECRET_VARIABLE: "top secret"}, None, NOW)
    assert "top secret" not in str(error.value) and error.value.__cause__ is None
