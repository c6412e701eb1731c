"""Two people log in through a real OpenID Connect provider. Neither can see, open or export the other's data."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from posecount.datasets.workspace import Workspace
from tests.dataset_folder import filled_store
from tests.e2e.driver import PATIENCE_S, answers, free_port, open_tab, serve, wait_for
from tests.e2e.test_visits import run
from tests.soak.visitor import look

pytestmark = pytest.mark.browser

PAGES = ("", "plans", "history", "video", "dataset", "review", "export")


@pytest.fixture(scope="module")
def home(folder: Path) -> Path:
    return folder / "login-home"


@contextmanager
def provider() -> Iterator[str]:
    """Run an OpenID Connect provider that believes anything; yield its issuer."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "oidc_provider_mock", "--port", str(port)])
    try:
        wait_for(lambda: answers(port), "the provider does not answer")
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def login_server(folder: Path, environment: dict[str, str], home: Path) -> Iterator[str]:
    """posecount with login, and the provider's issuer."""
    with provider() as issuer:
        port = free_port()
        secrets = folder / "secrets.toml"
        settings = {
            "redirect_uri": f"http://localhost:{port}/oauth2callback",
            "cookie_secret": "a secret of this test alone, 0123456789",
            "client_id": "posecount",
            "client_secret": "a secret between the two",
            "server_metadata_url": f"{issuer}/.well-known/openid-configuration",
        }
        secrets.write_text("[auth]\n" + "".join(f"{key} = {json.dumps(each)}\n" for key, each in settings.items()))
        options = [f"--secrets.files={secrets}"]
        with serve(
            folder / "login.log",
            {**environment, "POSECOUNT_HOME": str(home), "AUTHLIB_INSECURE_TRANSPORT": "1"},
            port=port,
            options=options,
        ):
            yield f"http://localhost:{port}"


def log_in(browser: Browser, url: str, subject: str) -> Page:
    page = open_tab(browser, f"{url}/dataset")
    page.get_by_role("button", name="Log in").click()
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.goto(f"{url}/dataset")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    return page


def datasets_of(page: Page) -> list[str]:
    """What the page's list of datasets offers."""
    page.get_by_role("combobox", name="Dataset").first.click()
    names = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return names


def test_neither_of_two_people_can_list_open_guess_or_export_what_is_the_others(
    login_server: str, home: Path, browser_without_camera: Browser
) -> None:
    for name in PAGES:
        shown = run(look(login_server, name))
        assert [each.button.label for each in shown if each.WhichOneof("type") == "button"] == ["Log in"], name
        assert {each.WhichOneof("type") for each in shown} <= {"heading", "markdown", "button", "html"}, name

    one = log_in(browser_without_camera, login_server, "one")
    one.get_by_role("button", name="New", exact=True).click()
    one.get_by_label("Name", exact=True).fill("secret-of-one")
    one.get_by_role("button", name="Save").click()
    expect(one.get_by_role("dialog")).to_have_count(0)
    (folder,) = (each.parent for each in home.rglob("secret-of-one"))
    filled_store(folder / "exported-by-one")
    one.goto(f"{login_server}/export")
    one.get_by_role("combobox", name="Dataset").first.click()
    one.get_by_role("option", name="exported-by-one").click()
    with one.expect_download() as download:
        one.get_by_role("button", name="Download exported-by-one.csv").click()
    assert download.value.path().read_bytes().count(b"\n") == 8

    two = log_in(browser_without_camera, login_server, "two")
    assert datasets_of(two) == ["Starter dataset (read-only)"]
    # By name: the other's datasets are in no list and do not open, and their names are free.
    two.get_by_role("button", name="New", exact=True).click()
    two.get_by_label("Name", exact=True).fill("secret-of-one")
    two.get_by_role("button", name="Save").click()
    expect(two.get_by_role("dialog")).to_have_count(0)
    assert len([*home.rglob("secret-of-one")]) == 2
    two.goto(f"{login_server}/export?dataset_name=exported-by-one&dataset=exported-by-one")
    two.get_by_role("combobox", name="Dataset").first.wait_for()
    assert sorted(datasets_of(two)) == ["Starter dataset (read-only)", "secret-of-one"]
    assert "exported-by-one" not in two.get_by_test_id("stMain").inner_text()
    # By address: the server sends no file of a workspace, whatever the path.
    inside = folder.relative_to(home) / "exported-by-one" / "squats_up.csv"
    for path in (inside, f"../{inside}", f"%2e%2e/{inside}", f"app/static/{inside}", f"media/{'0' * 56}.csv"):
        body = two.request.get(f"{login_server}/{path}")
        assert not body.ok or b"0.jpg" not in body.body()
        assert b"000.jpg" not in body.body()

    # After logging out, the data is gone from the browser.
    one.get_by_role("button", name="Log out").click()
    one.wait_for_url("**/end_session?**")  # the provider is told, too
    one.goto(f"{login_server}/dataset")
    one.get_by_role("button", name="Log in").wait_for()
    assert "exported-by-one" not in one.get_by_test_id("stMain").inner_text()


def test_a_cookie_that_was_not_signed_here_lets_nobody_in(login_server: str, browser_without_camera: Browser) -> None:
    context = browser_without_camera.new_context()
    forged = json.dumps({"origin": login_server, "is_logged_in": True, "iss": "x", "sub": "one"})
    context.add_cookies([{"name": "_streamlit_user", "value": forged.encode().hex(), "url": login_server}])
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE_S)
    page.goto(f"{login_server}/dataset")
    page.get_by_role("button", name="Log in").wait_for()
    with pytest.raises(urllib.error.HTTPError, match="40"):
        urllib.request.urlopen(f"{login_server}/media/{'0' * 56}.csv", timeout=10)


def test_folders_do_not_tell_who_they_belong_to(home: Path, login_server: str) -> None:
    assert Workspace(home).names() == ("starter",)
    assert all(each.name.isalnum() and len(each.name) == 64 for each in (home / ".people").iterdir())


def test_without_login_no_page_opens_under_a_name_that_another_site_has_pointed_here(
    server: str, browser_without_camera: Browser
) -> None:
    evil = server.replace("127.0.0.1", "evil.example")
    page = open_tab(browser_without_camera, evil)
    page.get_by_text("was opened under another name").wait_for()
    assert page.get_by_role("combobox").count() == 0
    assert page.get_by_role("button").filter(has_text="START").count() == 0
    for name in PAGES:
        shown = run(look(evil, name))
        assert any("was opened under another name" in each.alert.body for each in shown), name
        assert {each.WhichOneof("type") for each in shown} == {"alert", "html"}, name
    assert len({each.WhichOneof("type") for each in run(look(server))}) > 10, "under its own name it opens"
