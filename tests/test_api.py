"""The public names of posecount: complete, typed as they behave, and loaded only when used."""

import ast
import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

import posecount
from tests.conftest import ROOT

HEAVY = {"cv2", "matplotlib", "mediapipe", "numpy", "streamlit"}
SOURCE = ast.parse((ROOT / "posecount" / "__init__.py").read_text())


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    program = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def typed_names() -> dict[str, str]:
    """What type checkers see: the names imported under TYPE_CHECKING, each with its module."""
    (block,) = (node for node in SOURCE.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert len(imports) == len(block.body)
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def test_all_lists_what_the_package_offers_and_the_package_offers_what_all_lists() -> None:
    assert posecount.__all__ == sorted(set(posecount.__all__))
    for name in posecount.__all__:
        getattr(posecount, name)
    own = {"TYPE_CHECKING", "Any", "import_module"}
    offered = {
        name
        for name, value in vars(posecount).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name not in own
    }
    assert offered == set(posecount.__all__)
    assert set(posecount.__all__) <= set(dir(posecount))


def test_type_checkers_find_each_name_where_it_is_loaded_from() -> None:
    typed = typed_names()
    assert sorted(typed) == posecount.__all__
    for name, module in typed.items():
        assert getattr(posecount, name) is getattr(import_module(module), name)


def test_no_public_name_is_also_a_module_which_would_replace_it_once_imported() -> None:
    modules = {each.name for each in pkgutil.iter_modules(posecount.__path__)}
    assert "counting" in modules and not modules & set(posecount.__all__)


@pytest.mark.parametrize("name", ["nothing", "os", "counting_"])
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(posecount, name)


@pytest.mark.parametrize("statement", ["import posecount", "import posecount.errors", "import posecount.shipped"])
def test_an_import_loads_nothing_heavy(statement: str) -> None:
    assert not modules_after(statement) & HEAVY


@pytest.mark.parametrize(
    "statement",
    [
        "from posecount import LandmarkSequence, PoseClassifier, PoseDataset, find_outliers, teach",
        "from posecount import RepetitionPipeline, embed, evaluate",
    ],
)
def test_counting_from_landmarks_needs_no_tracker_and_no_app(statement: str) -> None:
    loaded = modules_after(statement)
    assert "numpy" in loaded and "streamlit" not in loaded


def test_the_names_that_others_build_on_stay() -> None:
    stable = {"teach", "RepetitionPipeline", "PoseClassifier", "PoseDataset", "LandmarkSequence", "find_outliers"}
    assert stable <= set(posecount.__all__)
