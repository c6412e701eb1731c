"""Who may see what: providers, unreadable secrets, and workspaces that no dataset name leads into."""

import ast
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from posecount.datasets.workspace import Workspace
from posecount.errors import PosecountError
from posecount.ui import access
from posecount.ui.access import AccessError, check_host, login_providers
from tests.conftest import ROOT

PAGES = sorted((ROOT / "pages").glob("*.py"))
PROVIDER = {"client_id": "posecount", "client_secret": "secret", "server_metadata_url": "https://login.example.org"}


@pytest.mark.parametrize(
    ("secrets", "providers"),
    [
        ({}, ()),
        ({"auth": {"cookie_secret": "x", **PROVIDER}}, (None,)),
        ({"auth": {"cookie_secret": "x", "google": PROVIDER, "okta": PROVIDER}}, ("google", "okta")),
    ],
)
def test_login_is_required_where_a_provider_is_configured(
    secrets: dict[str, Any], providers: tuple[str | None, ...]
) -> None:
    assert login_providers(secrets, {}) == providers


@pytest.mark.parametrize(
    ("secrets", "environment"),
    [
        ({"auth": {}}, {}),
        ({"auth": {"cookie_secret": "x", "google": {}}}, {}),
        ({"auth": "yes"}, {}),
        ({}, {"POSECOUNT_LOGIN": "required"}),
    ],
)
def test_no_page_opens_if_login_is_required_or_partly_set_up_and_has_no_provider(
    secrets: dict[str, Any], environment: dict[str, str]
) -> None:
    with pytest.raises(AccessError, match="Try: ask"):
        login_providers(secrets, environment)


def test_no_page_opens_if_the_secrets_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secrets.toml"
    monkeypatch.setattr(st, "get_option", lambda name: [str(file)] if name == "secrets.files" else None)

    class NoSecrets:
        def to_dict(self) -> dict[str, Any]:
            raise StreamlitSecretNotFoundError("no secrets")  # for a missing file and for a damaged one

    monkeypatch.setattr(st, "secrets", NoSecrets())
    assert access.secrets() == {}
    file.write_text("[auth\n")
    with pytest.raises(AccessError, match="no page opens"):
        access.secrets()


def test_each_person_has_a_workspace_that_no_dataset_name_of_another_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSECOUNT_HOME", str(tmp_path))
    issuer = "https://login.example.org"
    one, other = (Workspace.of_person(issuer, subject) for subject in ("../one", "other"))
    assert one.root == Workspace.of_person(issuer, "../one").root
    assert len({one.root, other.root, Workspace.of_person("https://elsewhere.example.org", "other").root}) == 3
    assert Workspace.of_person("a", "b|c").root != Workspace.of_person("a|b", "c").root
    for each in (one, other):
        assert each.root.parent.parent == tmp_path and "one" not in each.root.name and each.root.name.isalnum()
    one.create("mine")
    assert "mine" not in other.names() and "mine" not in Workspace().names()
    for name in (f"../{one.root.name}/mine", str(one.root / "mine"), f".people/{one.root.name}/mine", ".people"):
        for place in (other, Workspace()):
            with pytest.raises(PosecountError):
                place.folder(name)
    with pytest.raises(PosecountError):
        Workspace().rename(".people", "theirs")


def calls(path: Path) -> list[str]:
    """Names of the functions that a module calls."""
    return [
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_checks_access_before_it_shows_anything(page: Path) -> None:
    statements = [
        ast.unparse(each.value)
        for each in ast.parse(page.read_text()).body
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)
    ]
    assert statements[0] == "enter()"


def test_pages_and_widgets_open_workspaces_through_access_only() -> None:
    modules = [*PAGES, *(ROOT / "posecount" / "ui").rglob("*.py")]
    opening = {module.stem for module in modules if "Workspace" in calls(module)}
    # The writer of a history is kept by root and person of a workspace that `access` has opened, and opens it again.
    assert opening == {"access", "keeping"}


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "::1"])
@pytest.mark.parametrize("host", ["localhost:8501", "LOCALHOST", "127.0.0.1:8501", "[::1]:8501", "me.localhost", None])
def test_a_server_for_its_own_machine_opens_under_names_of_that_machine(host: str | None, address: str) -> None:
    check_host(host, address)


@pytest.mark.parametrize(
    "host",
    ["evil.example:8501", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.7:8501", "[", "a b", ":1"],
)
def test_a_server_for_its_own_machine_refuses_other_names_with_a_message(host: str) -> None:
    with pytest.raises(AccessError, match=r"Try: open http://localhost.*--server\.allowedHosts"):
        check_host(host, "localhost")


def test_a_server_for_others_or_with_allowed_names_leaves_the_check_to_streamlit() -> None:
    check_host("count.example.org", "0.0.0.0")
    check_host("count.example.org", None)
    check_host("count.example.org", "localhost", ["count.example.org"])
