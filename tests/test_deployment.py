"""What deploy/ holds: valid by the published schemas, of one mind with the code, and without a way around the login."""

import asyncio
import http.client
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import closing
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import aioice
import kubernetes_validate
import psutil
import pytest
import yaml

import posecount
from posecount.datasets.workspace import HOME_VARIABLE
from posecount.live.webrtc.ice import ICE_POLICY_VARIABLE, ICE_VARIABLE, TURN_SECRET_VARIABLE, turn_credentials
from posecount.tracking.model import CACHE_VARIABLE, MODEL_VARIABLE
from posecount.ui.access import LOGIN_VARIABLE
from tests.conftest import ROOT
from tests.e2e.driver import absent, answers, free_port, wait_for
from tests.e2e.test_replicas_in_browser import proxy

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
NGINX = (DEPLOY / "nginx.conf.template").read_text()
SECRET = "a-secret-for-this-test-alone"
METRICS = ("/_stcore/metrics", "/_stcore/metrics?a=b", "/_stcore/metrics/", "/_stcore/metrics%0A", "/_stcore%2Fmetrics")
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


def images() -> dict[str, list[str]]:
    """Each file's images."""
    pods = [each["spec"]["template"]["spec"] for each in RESOURCES if each["kind"] == "Deployment"]
    return {
        "Containerfile": re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE),
        "compose.yaml": [each["image"] for each in compose()["services"].values()],
        "kubernetes.yaml": [each["image"] for pod in pods for each in pod["containers"]],
    }


def test_every_image_has_an_exact_version_and_posecount_s_own_is_this_one() -> None:
    for file, names in images().items():
        assert names
        for name in names:
            image, _, version = name.partition("@")[0].rpartition(":")
            exact = r"\d+\.\d+" if image.endswith("/postgres") else r"\d+\.\d+\.\d+"
            assert re.match(exact, version), f"{name} in {file}"
            if image.endswith("posecount"):
                assert version == posecount.__version__
            else:
                assert image.startswith("docker.io/"), "make digests looks for these"
    assert set(re.findall(r"posecount:(\d\S*)", CONTAINERFILE)) == {posecount.__version__}


def digests(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run `make digests` on a copy of deploy/, with a program in the place of docker."""
    shutil.copytree(DEPLOY, folder / "deploy", dirs_exist_ok=True)
    shutil.copy(ROOT / "Makefile", folder)
    docker = folder / "docker"
    docker.write_text("#!/bin/sh\n" + program)
    docker.chmod(0o755)
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    make = ["make", "--no-print-directory", "digests"]
    return subprocess.run(make, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_digests_pin_every_public_image_where_the_registry_answers(tmp_path: Path) -> None:
    for each in ("a", "b"):
        ran = digests(tmp_path, f"echo sha256:{each * 64}\n")
        assert ran.returncode == 0, ran.stderr
        pinned = "".join((tmp_path / "deploy" / file).read_text() for file in images())
        public = {name for names in images().values() for name in names if name.startswith("docker.io/")}
        for image in public:
            assert set(re.findall(rf"{re.escape(image)}(\S*)", pinned)) == {f"@sha256:{each * 64}"}
        yaml.safe_load((tmp_path / "deploy" / "compose.yaml").read_text())


@pytest.mark.parametrize("program", ["exit 1\n", "echo\n", 'case "$*" in *nginx*) exit 1;; esac; echo sha256:%064d\n'])
def test_no_digest_is_invented_where_the_registry_does_not_answer(tmp_path: Path, program: str) -> None:
    ran = digests(tmp_path, program)
    assert ran.returncode != 0 and "NOT PINNED" in ran.stdout
    for file in images():
        assert (tmp_path / "deploy" / file).read_text() == (DEPLOY / file).read_text()


def test_coturn_has_the_capability_that_its_program_needs_to_start_and_no_other() -> None:
    turn = compose()["services"]["turn"]
    assert (turn["cap_drop"], turn["cap_add"]) == (["ALL"], ["NET_BIND_SERVICE"])
    assert container("turn")["securityContext"]["capabilities"] == {
        "drop": ["ALL"],
        "add": ["NET_BIND_SERVICE"],
    }


def test_no_secret_is_on_a_command_line() -> None:
    for each in compose()["services"].values():
        assert not re.search("secret|KEY|PASSWORD", json.dumps([each.get("command"), each.get("entrypoint")]), re.I)
    for name in ("app", "turn"):
        line = [*container(name).get("command", []), *container(name).get("args", [])]
        assert not re.search("secret|key|password", json.dumps(line), re.IGNORECASE)
    assert "POSECOUNT_TURN_SECRET" in compose()["services"]["turn"]["environment"]
    assert "POSECOUNT_TURN_SECRET" in {each["name"] for each in container("turn")["env"]}


def test_coturn_has_its_configuration_and_a_place_in_memory_for_the_secret() -> None:
    turn = compose()["services"]["turn"]
    assert turn["entrypoint"] == container("turn")["command"] == ["sh", "/etc/coturn/posecount/turnserver.sh"]
    for file in ("turnserver.sh", "turnserver.conf"):
        assert f"./{file}:/etc/coturn/posecount/{file}:ro" in turn["volumes"]
        assert f"--from-file=deploy/{file}" in (DEPLOY / "kubernetes.yaml").read_text()
    assert "/tmp" in turn["tmpfs"]
    mounts = {each["mountPath"]: each["name"] for each in container("turn")["volumeMounts"]}
    volumes = {each["name"]: each for each in resource("Deployment", "turn")["spec"]["template"]["spec"]["volumes"]}
    assert volumes[mounts["/tmp"]]["emptyDir"]["medium"] == "Memory"
    assert volumes[mounts["/etc/coturn/posecount"]]["configMap"] == {"name": "turn"}


def test_coturn_takes_the_secret_and_no_other_process_can_read_it(tmp_path: Path) -> None:
    if shutil.which("turnserver") is None:
        absent("coturn is not installed: on Debian, apt-get install coturn")
    port = free_port()
    line = ["sh", str(DEPLOY / "turnserver.sh"), "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"]
    line += [f"--listening-port={port}", "--log-file=stdout", f"--pidfile={tmp_path / 'pid'}"]
    environment = os.environ | {TURN_SECRET_VARIABLE: SECRET, "TMPDIR": str(tmp_path)}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(line, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=tmp_path)
    try:
        wait_for(lambda: answers(port), "coturn does not answer")
        server = psutil.Process(process.pid)
        assert server.name() == "turnserver"  # it takes signals itself
        assert SECRET not in " ".join(server.cmdline()) and SECRET not in server.environ().values()
        assert (tmp_path / "turnserver.conf").stat().st_mode & 0o077 == 0

        async def relayed_with(secret: str) -> None:
            credentials = turn_credentials(secret, time.time())
            transport, _ = await aioice.turn.create_turn_endpoint(
                asyncio.DatagramProtocol,
                server_addr=("127.0.0.1", port),
                username=credentials["username"],
                password=credentials["credential"],
            )
            transport.close()

        asyncio.run(relayed_with(SECRET))
        with pytest.raises(aioice.stun.TransactionFailed):
            asyncio.run(relayed_with("another secret"))
    finally:
        process.terminate()
        process.wait(20)


def test_coturn_does_not_start_without_a_secret(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), TURN_SECRET_VARIABLE: ""}
    line = ["sh", str(DEPLOY / "turnserver.sh")]
    ran = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert ran.returncode != 0 and TURN_SECRET_VARIABLE in ran.stderr


def test_the_ingress_sends_no_spelling_of_the_metrics_to_a_pod() -> None:
    (rule,) = resource("Ingress", "app")["spec"]["rules"]
    paths = {each["path"]: each for each in rule["http"]["paths"]}
    assert set(paths) == {"/", "/_stcore/metrics"}
    refused = paths["/_stcore/metrics"]
    # Exact and Prefix match whole elements of a path; Streamlit also answers where a newline follows.
    assert refused["pathType"] == "ImplementationSpecific"
    assert all(unquote(each).startswith(refused["path"]) for each in METRICS)
    assert "selector" not in resource("Service", refused["backend"]["service"]["name"])["spec"]


def test_the_proxy_refuses_every_spelling_of_the_metrics_and_nothing_else(tmp_path: Path) -> None:
    class Replica(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Replica) as replica:
        threading.Thread(target=replica.serve_forever, daemon=True).start()
        with proxy(tmp_path, [replica.server_port]) as url:

            def status(path: str) -> int:
                unchecked = ssl._create_unverified_context()
                with closing(
                    http.client.HTTPSConnection(urlsplit(url).netloc, context=unchecked, timeout=10)
                ) as client:
                    client.request("GET", path, headers={"Connection": "close"})
                    with client.getresponse() as response:
                        return response.status

            assert {each: status(each) for each in METRICS} == dict.fromkeys(METRICS, 404)
            assert status("/") == status("/_stcore/health") == status("/metrics") == 200
        replica.shutdown()


@pytest.mark.parametrize("name", ["app", "turn"])
def test_a_pod_answers_until_the_endpoints_are_gone_and_then_has_time_to_end(name: str) -> None:
    program, seconds = container(name)["lifecycle"]["preStop"]["exec"]["command"]
    assert program == "sleep" and int(seconds) >= 10
    assert (
        resource("Deployment", name)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= int(seconds) + 30
    )


def admitted(name: str, direction: str, peer: dict[str, Any], protocol: str, port: int) -> bool:
    """Whether the network policy of these pods lets traffic through: each rule's peers and ports, by the API's rules.

    Args:
        peer: a namespaceSelector or podSelector as in the policy, or an ipBlock's address as {"ip": …}.
    """
    ports = {each["name"]: each["containerPort"] for each in container(name)["ports"]}

    def is_peer(rule: dict[str, Any]) -> bool:
        if "ipBlock" not in rule or "ip" not in peer:
            return bool(rule == peer)
        address, block = ip_address(peer["ip"]), rule["ipBlock"]
        return address in ip_network(block["cidr"]) and not any(address in ip_network(each) for each in block["except"])

    def is_port(rule: dict[str, Any]) -> bool:
        wanted = rule.get("port", port)
        return bool(rule["protocol"] == protocol and ports.get(wanted, wanted) == port)

    policy = resource("NetworkPolicy", name)["spec"]
    side = {"ingress": "from", "egress": "to"}[direction]
    return any(
        (side not in rule or any(map(is_peer, rule[side]))) and any(map(is_port, rule["ports"]))
        for rule in policy[direction]
    )


def pods(app: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": app}}}


def namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


OUTSIDE = {"ip": "203.0.113.7"}
INSIDE = {"ip": "10.96.0.1"}
METADATA = {"ip": "169.254.169.254"}


@pytest.mark.parametrize("name", ["app", "turn"])
def test_network_policies_select_the_pods_that_run_in_both_directions(name: str) -> None:
    policy = resource("NetworkPolicy", name)["spec"]
    assert policy["podSelector"] == resource("Deployment", name)["spec"]["selector"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize(
    ("name", "direction", "peer", "protocol", "port"),
    [
        ("app", "ingress", namespace("ingress-nginx"), "TCP", 8501),
        ("app", "ingress", namespace("monitoring"), "TCP", 8501),
        ("app", "ingress", pods("turn"), "UDP", 51234),
        ("app", "egress", namespace("kube-system"), "UDP", 53),
        ("app", "egress", OUTSIDE, "UDP", 3478),
        ("app", "egress", pods("turn"), "TCP", 3478),
        ("app", "egress", pods("turn"), "UDP", 51234),
        ("app", "egress", OUTSIDE, "TCP", 443),
        ("app", "egress", INSIDE, "TCP", 5432),
        ("turn", "ingress", OUTSIDE, "UDP", 3478),
        ("turn", "ingress", OUTSIDE, "TCP", 3478),
        ("turn", "ingress", pods("posecount"), "UDP", 51234),
        ("turn", "egress", pods("posecount"), "UDP", 51234),
    ],
)
def test_network_policies_let_through_what_posecount_needs(
    name: str, direction: str, peer: dict[str, Any], protocol: str, port: int
) -> None:
    assert admitted(name, direction, peer, protocol, port)


@pytest.mark.parametrize(
    ("name", "direction", "peer", "protocol", "port"),
    [
        ("app", "ingress", OUTSIDE, "TCP", 8501),
        ("app", "ingress", namespace("default"), "TCP", 8501),
        ("app", "ingress", pods("turn"), "TCP", 8501),
        ("app", "egress", INSIDE, "TCP", 443),
        ("app", "egress", METADATA, "TCP", 80),
        ("app", "egress", METADATA, "TCP", 443),
        ("app", "egress", OUTSIDE, "TCP", 25),
        ("turn", "ingress", OUTSIDE, "UDP", 51234),
        ("turn", "egress", pods("posecount"), "TCP", 8501),
        ("turn", "egress", INSIDE, "UDP", 53),
        ("turn", "egress", OUTSIDE, "TCP", 443),
    ],
)
def test_network_policies_let_nothing_else_through(
    name: str, direction: str, peer: dict[str, Any], protocol: str, port: int
) -> None:
    assert not admitted(name, direction, peer, protocol, port)
