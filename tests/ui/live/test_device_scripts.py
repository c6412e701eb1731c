"""The component's scripts agree with the library on what both know."""

import re
from pathlib import Path

from posecount.device import socket
from posecount.device.messages import VERSION
from posecount.device.pace import BACKLOG_S
from posecount.pose import CONNECTIONS, LANDMARK, LANDMARK_COUNT
from posecount.ui.server.files import SCRIPTS


def script(name: str) -> str:
    return (SCRIPTS / name).read_text()


def number(text: str, name: str) -> float:
    found = re.search(rf"\b{name} = ([\d.]+)", text)
    assert found, name
    return float(found[1])


def test_the_skeleton_has_the_same_bones_and_joints() -> None:
    overlay = script("overlay.js")
    bones = re.search(r"CONNECTIONS = \[(.*?)\n\];", overlay, re.DOTALL)
    joints = re.search(r"JOINTS = \[(.*?)\]", overlay)
    assert bones and joints
    assert [(int(a), int(b)) for a, b in re.findall(r"\[(\d+), (\d+)\]", bones[1])] == list(CONNECTIONS)
    drawn = {LANDMARK[f"{side}_{joint}"] for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")}
    drawn |= {LANDMARK[f"{side}_{joint}"] for side in ("left", "right") for joint in ("hip", "knee", "ankle")}
    assert {int(each) for each in joints[1].split(",")} == drawn


def test_the_protocol_s_numbers_are_the_same() -> None:
    protocol, way = script("protocol.js"), script("socket.js")
    assert (number(protocol, "VERSION"), number(protocol, "LANDMARKS")) == (VERSION, LANDMARK_COUNT)
    assert number(way, "KEPT_S") == BACKLOG_S
    assert (number(way, "STRANGER"), number(way, "REPLACED")) == (socket.STRANGER, socket.REPLACED)


def test_every_script_that_is_imported_is_there_and_every_word_that_is_said() -> None:
    words = set(re.findall(r"^  (\w+): ", script("words.js").partition("CAMERA_ERRORS")[0], re.MULTILINE))
    for file in SCRIPTS.glob("*.js"):
        text = file.read_text()
        for imported in re.findall(r'from "\./([\w.]+)"', text):
            assert (SCRIPTS / imported).is_file(), f"{imported} in {file.name}"
        said = set(re.findall(r"WORDS\.(\w+)", text)) | set(re.findall(r'problem\("(\w+)"\)', text))
        assert said <= words, file.name


def test_no_script_comes_from_elsewhere() -> None:
    assert not [file for file in Path(SCRIPTS).glob("*.js") if re.search(r"https?://(?!\S* pages)", file.read_text())]
