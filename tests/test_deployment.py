"""What deploy/ holds: valid by the published schemas, of one mind with the code, and without a way around the login."""

import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import kubernetes_validate
import pytest
import yaml

from posecount.datasets.workspace import HOME_VARIABLE
from posecount.live.ice import ICE_POLICY_VARIABLE, ICE_VARIABLE, TURN_SECRET_VARIABLE
from posecount.tracking.model import CACHE_VARIABLE, MODEL_VARIABLE
from posecount.ui.access import LOGIN_VARIABLE
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
NGINX = (DEPLOY / "nginx.conf.template").read_text()
RESOURCES = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


def resource(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = (each for each in RESOURCES if (each["kind"], each["metadata"]["name"]) == (kind, name))
    return found


def container(name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = resource("Deployment", name)["spec"]["template"]["spec"]["containers"]
    return found


def test_the_compose_file_is_valid_by_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    command.append(str(DEPLOY / "compose.yaml"))
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("each", RESOURCES, ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_the_kubernetes_manifests_are_valid_by_its_schema(each: dict[str, Any]) -> None:
    kubernetes_validate.validate(each, "1.33", strict=True)


def test_the_schema_check_sees_a_misspelt_field() -> None:
    wrong = json.loads(json.dumps(resource("Service", "app")))
    wrong["spec"]["sesionAffinity"] = "ClientIP"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.33", strict=True)


def test_no_image_opens_a_page_before_login_is_set_up() -> None:
    settings = dict(re.findall(r"(\w+)=(\S+)", CONTAINERFILE))
    assert settings[LOGIN_VARIABLE] == "required" and settings[HOME_VARIABLE] == "/data"
    assert re.search(r"^USER 10001$", CONTAINERFILE, re.MULTILINE)
    assert LOGIN_VARIABLE not in compose()["x-replica"]["environment"]
    assert LOGIN_VARIABLE not in {each["name"] for each in container("app")["env"]}


def test_the_image_copies_what_is_there_and_the_build_is_sent_no_more() -> None:
    copied = re.findall(r"^COPY (\S+)", CONTAINERFILE, re.MULTILINE)
    assert {"posecount", "pages", "samples", "streamlit_app.py", "requirements.txt", "packages.txt"} < set(copied)
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sent == set(copied) and all((ROOT / each).exists() for each in copied)
    assert (ROOT / ".dockerignore").read_text() == (ROOT / ".containerignore").read_text()


def test_the_cache_is_writable_where_the_root_is_read_only_and_the_image_has_its_own_models() -> None:
    settings = dict(re.findall(rf"({CACHE_VARIABLE}|{MODEL_VARIABLE})=(\S+)", CONTAINERFILE.partition("USER ")[0]))
    # The build puts the models where the server looks for them.
    assert settings[CACHE_VARIABLE] == settings[MODEL_VARIABLE]
    settings |= dict(re.findall(rf"({CACHE_VARIABLE}|{HOME_VARIABLE}|HOME)=(\S+)", CONTAINERFILE.partition("USER ")[2]))
    replica, pod = compose()["x-replica"], container("app")
    assert replica["read_only"] and pod["securityContext"]["readOnlyRootFilesystem"]
    in_compose = [each.split(":")[1] for each in replica["volumes"]]
    in_compose += [each.partition(":")[0] for each in replica["tmpfs"]]
    in_pods = [each["mountPath"] for each in pod["volumeMounts"] if not each.get("readOnly")]
    for writable in (in_compose, in_pods):
        for variable in (CACHE_VARIABLE, HOME_VARIABLE, "HOME"):
            assert any(PurePosixPath(settings[variable]).is_relative_to(each) for each in writable), variable
        # Nothing is mounted over the models.
        assert not any(PurePosixPath(settings[MODEL_VARIABLE]).is_relative_to(each) for each in writable)
    overridden = {*replica["environment"], *(each["name"] for each in pod["env"])}
    assert not overridden & {CACHE_VARIABLE, MODEL_VARIABLE, HOME_VARIABLE}


def test_replicas_share_their_secrets_and_send_video_through_the_relay() -> None:
    names = {"STREAMLIT_SERVER_COOKIE_SECRET", ICE_VARIABLE, ICE_POLICY_VARIABLE, TURN_SECRET_VARIABLE}
    environment = compose()["x-replica"]["environment"]
    assert names <= set(environment) and environment[ICE_POLICY_VARIABLE] == "relay"
    pods = {each["name"]: each.get("value") for each in container("app")["env"]}
    assert names <= set(pods) and pods[ICE_POLICY_VARIABLE] == "relay"
    for servers in (environment[ICE_VARIABLE].replace("${POSECOUNT_NAME}", "turn.example.org"), pods[ICE_VARIABLE]):
        transports = [url.rpartition("=")[2] for url in json.loads(servers)[0]["urls"]]
        assert transports == ["udp", "tcp"]  # the first is what aioice takes; the second is for who has no UDP


def test_the_proxy_knows_every_replica_and_the_relay_may_reach_no_more() -> None:
    services = compose()["services"]
    replicas = {
        each["networks"]["inside"]["ipv4_address"] for name, each in services.items() if name.startswith("app-")
    }
    assert len(replicas) == 2
    assert set(re.findall(r"server ([\d.]+):8501", services["proxy"]["environment"]["POSECOUNT_REPLICAS"])) == replicas
    allowed = [each.partition("=")[2] for each in services["turn"]["command"] if each.startswith("--allowed-peer-ip")]
    assert set(allowed) == replicas
    denied = re.findall(r"^denied-peer-ip=([\d.]+)-", (DEPLOY / "turnserver.conf").read_text(), re.MULTILINE)
    assert {"10.0.0.0", "127.0.0.0", "169.254.0.0", "172.16.0.0", "192.168.0.0"} <= set(denied)


def test_the_proxy_template_is_filled_in_completely() -> None:
    wanted = set(re.findall(r"\$\{(\w+)\}", NGINX))
    assert wanted == set(compose()["services"]["proxy"]["environment"])


def test_proxy_and_server_agree_on_how_large_an_upload_may_be() -> None:
    largest = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]["maxUploadSize"]
    proxy = re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert proxy is not None
    for room in (
        proxy[1],
        resource("Ingress", "app")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"][:-1],
    ):
        assert largest < int(room) <= largest + 20


def test_streamlit_serves_this_machine_alone_unless_told_otherwise_and_guards_its_sessions() -> None:
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]
    assert server["address"] == "localhost"
    assert server["enableXsrfProtection"] and server["enableCORS"] and not server["enableStaticServing"]
    assert "STREAMLIT_SERVER_ADDRESS=0.0.0.0" in CONTAINERFILE


def test_the_scaler_follows_live_sessions() -> None:
    (metric,) = resource("HorizontalPodAutoscaler", "app")["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] == "active_sessions"
    assert resource("HorizontalPodAutoscaler", "app")["spec"]["scaleTargetRef"]["name"] == "app"
