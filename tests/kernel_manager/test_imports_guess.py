"""The guessed requirements are what notebooks and files import, with reasons, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kernel_manager.imports.cells import read_cell, read_source
from kernel_manager.imports.guess import Guess, Place, Source, guess
from kernel_manager.imports.project import own_modules
from kernel_manager.imports.requirements import declarations
from kernel_manager.imports.resolve import Evidence, Installed
from kernel_manager.imports.unused import unused

NOTEBOOKS = json.loads((Path(__file__).parents[1] / "data" / "notebooks.json").read_text("utf-8"))
PYTHON = (3, 11)
SAME = {"opencv-python-headless": "opencv-python", "opencv-contrib-python": "opencv-python"}


def guess_of(item: dict[str, Any]) -> Guess:
    is_notebook = "ipynb" in item["kind"]
    read = read_cell if is_notebook else read_source
    file = item["source"].rpartition("/")[2].rpartition(" ")[2]
    sources = [Source(file, read(text), number=number) for number, text in enumerate(item["cells"], 1)]
    return guess(sources, own_modules([]), PYTHON)


def of(*cells: str, files: tuple[str, ...] = (), file: str = "n.ipynb", **more: Any) -> Guess:
    sources = [Source(file, read_cell(text), number=number) for number, text in enumerate(cells, 1)]
    return guess(sources, own_modules(files), PYTHON, **more)


def test_whole_notebooks_are_right() -> None:
    wrong = [
        item["id"]
        for item in NOTEBOOKS
        if sorted(SAME.get(line, line) for line in guess_of(item).lines) != item["requirements"]
    ]
    assert len(NOTEBOOKS) - len(wrong) >= 17, wrong


@pytest.mark.parametrize("item", NOTEBOOKS, ids=lambda item: item["id"])
def test_nothing_is_guessed_that_a_notebook_does_not_need(item: dict[str, Any]) -> None:
    found = guess_of(item)
    assert {SAME.get(line, line) for line in found.lines} <= set(item["requirements"])
    offered = {name for need in (*found.needs, *found.optional) for name in need.imports}
    assert not offered & {*item["local_modules"], *item["optional_imports"]}


def test_a_need_says_where_it_comes_from() -> None:
    found = of("import numpy", "x = 1\nfrom numpy import linalg\nimport os")
    [need] = found.needs
    assert (need.distribution, need.imports, need.evidence) == ("numpy", ("numpy",), Evidence.RANKED)
    assert need.places == (Place("n.ipynb", None, 1, 1), Place("n.ipynb", None, 2, 2))


def test_the_projects_own_modules_are_not_proposed() -> None:
    found = of(
        "import umap, torch, helpers, deep", files=("umap.py", "helpers/__init__.py", "deep/er/module.py")
    )
    assert found.lines == ("torch",)
    assert found.local == ("deep", "helpers", "umap")


def test_without_the_file_that_hid_it_a_package_is_proposed_again() -> None:
    assert of("import umap").lines == ("umap-learn",)


@pytest.mark.parametrize(
    ("files", "file", "is_own"),
    [
        (("yaml.py",), "n.ipynb", True),
        (("sub/yaml.py",), "sub/n.ipynb", True),
        (("yaml.py",), "sub/n.ipynb", True),
        (("src/yaml/__init__.py",), "n.ipynb", True),
        (("other/yaml.py",), "sub/n.ipynb", False),
        (("yaml/notes.txt",), "n.ipynb", False),
    ],
)
def test_a_module_is_found_beside_above_and_in_src(files: tuple[str, ...], file: str, is_own: bool) -> None:
    assert (of("import yaml", files=files, file=file).lines == ()) is is_own


def test_a_folder_on_the_path_is_looked_into() -> None:
    assert (
        of("sys.path.append('../lib')", "import yaml", files=("lib/yaml.py",), file="sub/n.ipynb").lines == ()
    )


def test_a_module_that_the_notebook_writes_is_its_own() -> None:
    assert of("%%writefile yaml.py\nx = 1", "import yaml").lines == ()


def test_a_file_named_like_a_package_hides_it_from_itself() -> None:
    source = Source("umap.py", read_source("import numpy, umap"))
    assert guess([source], own_modules([]), PYTHON).lines == ("numpy",)


def test_guarded_imports_are_optional_unless_another_cell_needs_them() -> None:
    guarded = "try:\n    import torch\nexcept ImportError:\n    torch = None"
    assert [need.line for need in of(guarded).optional] == ["torch"]
    assert of(guarded).lines == ()
    assert of(guarded, "import torch").lines == ("torch",)


def test_the_last_way_out_is_needed_where_nothing_that_was_tried_is_part_of_python() -> None:
    assert of("try:\n    import cupy as np\nexcept ImportError:\n    import numpy as np").lines == ("numpy",)
    assert of("try:\n    import tomllib\nexcept ImportError:\n    import tomli").lines == ()
    nested = (
        "try:\n    import ujson as json\nexcept ImportError:\n"
        "    try:\n        import simplejson as json\n    except ImportError:\n        import {last}"
    )
    assert of(nested.format(last="json")).lines == ()
    assert of(nested.format(last="orjson")).lines == ("orjson",)
    guarded = (
        "if find_spec('x'):\n    try:\n        import cupy\n    except ImportError:\n        import numpy"
    )
    assert of(guarded).lines == ()


def test_a_broken_cell_hides_no_other() -> None:
    assert of("import numpy\nx = (", "import pandas", "print 'two'").lines == ("numpy", "pandas")


def test_colab_models_and_the_notebook_itself_are_not_proposed() -> None:
    found = of("from google.colab import drive\nimport nb_core_news_sm", "import IPython.display, ipykernel")
    assert (found.needs, found.optional) == ((), ())
    assert {each.name: each.may_be_offered for each in found.unknown} == {
        "google.colab": False,
        "nb_core_news_sm": False,
    }


def test_unknown_imports_stand_apart_with_what_they_look_like() -> None:
    found = of("import tltk, acme_inhouse")
    assert found.needs == ()
    assert {each.name: each.looks_like for each in found.unknown} == {"acme_inhouse": None, "tltk": "nltk"}


def test_the_author_has_the_last_word_on_versions() -> None:
    installed = Installed({"pandas": ("pandas",)}, {}, {"pandas": "2.2.1", "numpy": "2.0.0"})
    found = of("!pip install 'pandas>=1,<3' scipy", "import pandas, numpy", installed=installed)
    assert found.lines == ("numpy~=2.0", "pandas>=1,<3", "scipy")


def test_the_author_decides_between_builds_of_a_module() -> None:
    assert of("!pip install opencv-python-headless", "import cv2").lines == ("opencv-python-headless",)


def test_an_authors_own_package_answers_its_import() -> None:
    found = of("%pip install acme-inhouse==2", "import acme_inhouse")
    assert found.lines == ("acme-inhouse==2",)
    assert found.unknown == ()


def test_what_install_lines_reach_for_is_listed_and_left_out() -> None:
    found = of("!pip install git+https://x.invalid/a.git reqeusts sklearn pip", "import sklearn")
    assert found.lines == ("scikit-learn",)
    assert [each.text for each in found.refused] == ["git+https://x.invalid/a.git", "reqeusts", "sklearn"]


@pytest.mark.parametrize(
    ("pin", "line"), [("~=", "numpy~=2.1"), ("==", "numpy==2.1.3"), (">=", "numpy>=2.1.3"), ("", "numpy")]
)
def test_known_versions_are_written_in_the_chosen_style(pin: str, line: str) -> None:
    installed = Installed({"numpy": ("numpy",)}, {}, {"numpy": "2.1.3"})
    assert of("import numpy", installed=installed, pin=pin).lines == (line,)


def test_what_only_the_kernel_has_is_no_secret_of_the_server() -> None:
    installed = Installed({"inhouse": ("acme-wheel",)}, {}, {"acme-wheel": "1.2.3"})
    assert of("import inhouse").lines == ()
    assert of("import inhouse", installed=installed).lines == ("acme-wheel~=1.2",)


def test_declared_packages_that_nothing_imports_are_pointed_out() -> None:
    used = ["numpy", "scikit-learn", "opencv-python-headless"]
    without_import = ["pyarrow", "pytest-cov", "acme-inhouse", "azure-identity"]
    text = "\n".join([*used, *without_import, "pandas>=2", "flask"])
    declared = declarations("requirements.txt", {"requirements.txt": text}.get).requirements
    idle = unused(declared, {"numpy", "sklearn.svm", "cv2"}, PYTHON)
    assert [each.text for each in idle] == ["pandas>=2", "flask"]


def test_what_an_environment_knows_of_its_modules_counts_as_use() -> None:
    text = "acme-wheel\nother-wheel\n"
    declared = declarations("requirements.txt", {"requirements.txt": text}.get).requirements
    installed = Installed({"acme": ("acme-wheel",), "other": ("other-wheel",)})
    assert [each.text for each in unused(declared, {"acme"}, PYTHON, installed)] == ["other-wheel"]
