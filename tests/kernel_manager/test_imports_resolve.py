"""An import name leads to the right distribution or to none, and never to a trap."""

from __future__ import annotations

import csv
import itertools
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from kernel_manager.imports.lookalikes import damerau, look_alike
from kernel_manager.imports.resolve import Evidence, Installed, Resolution, resolve
from kernel_manager.imports.stdlib import stdlib_of
from kernel_manager.imports.table import TABLES, curated, is_listed, pipreqs_mapping, ranked

DATA = Path(__file__).parents[1] / "data"
TRUTH = DATA / "import_truth.tsv"
FROM_MEMORY = DATA / "import_names.tsv"
"""What people who use these libraries know, set down without looking at any index or table."""
PYTHON = (3, 11)
LARGEST_TABLE_BYTES = 50_000


def truth() -> list[dict[str, str]]:
    with TRUTH.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def is_hard(row: dict[str, str]) -> bool:
    return canonicalize_name(row["import"]) != row["distribution"]


def is_dotted(row: dict[str, str]) -> bool:
    return "." in row["import"]


@pytest.mark.parametrize(
    ("is_counted", "floor"),
    [
        (lambda row: True, 0.97),
        (is_hard, 0.90),
        (is_dotted, 0.85),
        (lambda row: row["source"] in ("top", "namespace"), 0.97),
    ],
    ids=["all", "hard", "dotted", "from wheels"],
)
def test_names_lead_to_their_distributions(
    is_counted: Callable[[dict[str, str]], bool], floor: float
) -> None:
    rows = [row for row in truth() if is_counted(row)]
    wrong = [row["import"] for row in rows if answer(row) not in row["accept"].split("|")]
    assert 1 - len(wrong) / len(rows) >= floor, wrong


def test_a_wrong_answer_is_silence_and_not_another_package() -> None:
    assert [row["import"] for row in truth() if answer(row) not in (None, *row["accept"].split("|"))] == []


def test_names_that_people_know_lead_to_their_distributions_too() -> None:
    with FROM_MEMORY.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    answers = [(row["import"], answer(row), row["accept"].split("|")) for row in rows]
    assert [(name, found) for name, found, right in answers if found not in (None, *right)] == []
    silent = [name for name, found, _ in answers if found is None]
    assert len(silent) / len(rows) <= 0.03, silent


def answer(row: dict[str, str]) -> str | None:
    return resolve(row["import"], PYTHON).distribution


def test_every_answer_is_a_known_distribution() -> None:
    for row in truth():
        found = resolve(row["import"], PYTHON)
        assert found.distribution is None or is_listed(found.distribution)
        assert all(is_listed(other) for other in found.alternatives)


PRIVATE = (
    *("mycompany_utils", "acme_pipeline", "our_models", "src", "utils", "util"),
    *("config", "helpers", "helper", "common", "main", "app"),
    *("core", "models", "data", "settings", "tools", "scripts"),
    *("tests", "lib", "preprocessing", "data_loader", "my_module", "train_utils"),
    *("feature_engineering", "paths", "preamble", "python_file", "notebook_utils", "db_helpers"),
    *("churn_model", "plotting_functions", "lab3_solution", "kpi_report", "etl_jobs", "sales_2024"),
    *("projectx_core", "team_rocket_lib", "src2", "utils_v2", "model_def", "hw1_helpers"),
    *("contoso_auth", "exp_runner", "dataset_builder_acme", "string_utils", "build_utils", "common_util"),
    *("interactive", "certs", "wheels", "legal", "merge", "requirements", "v2", "DUMMY", "FAKE_NAME"),
)


@pytest.mark.parametrize("name", PRIVATE)
def test_what_people_call_their_own_modules_stays_unknown(name: str) -> None:
    found = resolve(name, PYTHON)
    assert (found.distribution, found.evidence, found.confidence) == (None, Evidence.UNKNOWN, 0.0)


def test_made_up_names_stay_unknown() -> None:
    owners = ("acmecorp", "ourteam", "projx", "labwork", "thesisrun")
    things = ("utils", "io", "db", "models", "api", "etl", "plots", "features", "client", "core")
    joined = [
        f"{owner}{link}{thing}" for owner, thing in itertools.product(owners, things) for link in ("", "_")
    ]
    assert [name for name in joined if resolve(name, PYTHON).distribution] == []


@given(st.text(string.ascii_letters + string.digits + "_.-@/ é\u0430", max_size=40))
def test_any_text_is_answered_from_the_lists_or_not_at_all(name: str) -> None:
    found = resolve(name, PYTHON)
    assert found.distribution is None or is_listed(found.distribution)
    assert (found.distribution is None) == (found.evidence in (Evidence.UNKNOWN, Evidence.STDLIB))


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("google.cloud.bigquery", "google-cloud-bigquery"),
        ("google.cloud.secretmanager_v1", "google-cloud-secret-manager"),
        ("google.protobuf.message", "protobuf"),
        ("google.auth.transport", "google-auth"),
        ("azure.storage.filedatalake", "azure-storage-file-datalake"),
        ("azure.identity.aio", "azure-identity"),
        ("opentelemetry.sdk.trace", "opentelemetry-sdk"),
        ("opentelemetry.trace", "opentelemetry-api"),
        ("airflow.providers.cncf.kubernetes", "apache-airflow-providers-cncf-kubernetes"),
        ("airflow.operators.python", "apache-airflow"),
        ("google.cloud.retail_v2", "google-cloud-retail"),
        ("dbt.adapters.snowflake", "dbt-snowflake"),
        ("trame.widgets.vtk", "trame-vtk"),
        ("trame.app", "trame"),
        ("mpl_toolkits.basemap", "basemap"),
        ("mpl_toolkits.mplot3d", "matplotlib"),
        ("snowflake.sqlalchemy", "snowflake-sqlalchemy"),
        ("ruamel.yaml.comments", "ruamel-yaml"),
    ],
)
def test_a_portion_of_a_namespace_is_told_from_its_neighbours(name: str, distribution: str) -> None:
    assert resolve(name, PYTHON).distribution == distribution


@pytest.mark.parametrize(
    "name", ["google", "azure", "google.nothing", "google.cloud.nothing", "azure.nothing", "zope.x"]
)
def test_a_namespace_alone_names_no_distribution(name: str) -> None:
    assert resolve(name, PYTHON).distribution is None


@pytest.mark.parametrize(
    ("name", "distribution"),
    [("mlflow.tracking", "mlflow"), ("keras.applications", "keras"), ("torch.utils.data", "torch")],
)
def test_a_submodule_belongs_to_its_package_even_where_a_distribution_has_its_name(
    name: str, distribution: str
) -> None:
    assert resolve(name, PYTHON).distribution == distribution


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("tltk", "nltk"),
        ("reqeusts", "requests"),
        ("numpi", "numpy"),
        ("tensorlfow", "tensorflow"),
        ("scikit_learn", "scikit-learn"),
        ("Pandas", "pandas"),
        ("opencv", "opencv-python"),
        ("opencv2", "opencv-python"),
        ("pytroch", "torch"),
        ("beautifulsoup", "beautifulsoup4"),
        ("\u0440\u0430ndas", "pandas"),
    ],
)
def test_a_look_alike_is_named_and_not_offered(name: str, meant: str) -> None:
    found = resolve(name, PYTHON)
    assert (found.distribution, found.looks_like) == (None, meant)


def test_a_word_that_people_use_themselves_is_no_slip_of_another() -> None:
    assert look_alike("utils") is None
    assert look_alike("settings") is None


@given(st.text("abcd", max_size=6), st.text("abcd", max_size=6))
def test_the_distance_is_the_same_both_ways(one: str, other: str) -> None:
    assert damerau(one, other) == damerau(other, one)
    assert (damerau(one, other) == 0) == (one == other)


def test_a_swap_of_neighbours_is_one_slip() -> None:
    assert damerau("reqeusts", "requests") == 1


@pytest.mark.parametrize(
    "name",
    [
        "IPython",
        "IPython.display",
        "ipykernel",
        "google.colab",
        "google.colab.auth",
        "nb_core_news_sm",
        "en_core_web_sm",
        "dbutils",
        "js",
    ],
)
def test_what_belongs_to_the_notebook_or_to_no_index_is_never_offered(name: str) -> None:
    assert not resolve(name, PYTHON).is_offered


@pytest.mark.parametrize(
    ("name", "python", "evidence", "distribution"),
    [
        ("tomllib", (3, 11), Evidence.STDLIB, None),
        ("tomllib", (3, 10), Evidence.UNKNOWN, None),
        ("zoneinfo", (3, 8), Evidence.UNKNOWN, None),
        ("distutils", (3, 11), Evidence.STDLIB, None),
        ("distutils.core", (3, 12), Evidence.CURATED, "setuptools"),
        ("imp", (3, 11), Evidence.STDLIB, None),
        ("imp", (3, 12), Evidence.UNKNOWN, None),
        ("cgi", (3, 12), Evidence.STDLIB, None),
        ("cgi", (3, 13), Evidence.CURATED, "legacy-cgi"),
        ("annotationlib", (3, 14), Evidence.STDLIB, None),
        ("winreg", (3, 12), Evidence.STDLIB, None),
    ],
)
def test_the_standard_library_is_that_of_the_kernel(
    name: str, python: tuple[int, int], evidence: Evidence, distribution: str | None
) -> None:
    found = resolve(name, python)
    assert (found.evidence, found.distribution) == (evidence, distribution)


def test_every_version_has_the_modules_that_never_change() -> None:
    for minor in range(8, 15):
        assert {"os", "sys", "json", "asyncio", "typing", "__future__"} <= stdlib_of((3, minor))


def test_the_kernels_environment_is_believed_first() -> None:
    installed = Installed({"sklearn": ("sklearn-from-our-index",), "inhouse": ("acme-inhouse",), "loose": ()})
    assert resolve("sklearn.svm", PYTHON, installed).distribution == "sklearn-from-our-index"
    assert resolve("inhouse", PYTHON, installed).evidence is Evidence.INSTALLED
    assert resolve("loose", PYTHON, installed) == Resolution("loose", None, Evidence.INSTALLED, 1.0)


def test_an_installed_portion_does_not_stand_for_its_neighbours() -> None:
    installed = Installed(
        {"google": ("google-cloud-storage", "protobuf")},
        {"google.cloud.storage": "google-cloud-storage", "google.protobuf": "protobuf"},
    )
    assert resolve("google.cloud.storage", PYTHON, installed).evidence is Evidence.INSTALLED
    missing = resolve("google.cloud.bigquery", PYTHON, installed)
    assert (missing.distribution, missing.evidence) == ("google-cloud-bigquery", Evidence.NAMESPACE)


def test_of_several_builds_that_are_installed_the_usual_one_is_named() -> None:
    installed = Installed({"cv2": ("a-fork-of-cv", "opencv-python-headless")})
    assert resolve("cv2", PYTHON, installed).distribution == "opencv-python-headless"


def test_pipreqs_is_asked_last_and_only_for_what_is_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(pipreqs_mapping()) > 500
    mapping = {
        "odd_name": "numpy",
        "odder_name": "not-a-ranked-thing",
        "yaml": "numpy",
        "dummy": "sklearn",
        "utils": "numpy",
    }
    monkeypatch.setattr("kernel_manager.imports.resolve.pipreqs_mapping", lambda: mapping)
    assert resolve("odd_name", PYTHON).distribution == "numpy"
    assert resolve("odd_name", PYTHON).confidence < 0.7
    assert resolve("odder_name", PYTHON).distribution is None
    assert resolve("yaml", PYTHON).distribution == "pyyaml"
    assert resolve("utils", PYTHON).distribution is None
    assert resolve("dummy", PYTHON).distribution is None


def test_the_table_is_small_and_whole() -> None:
    assert len((TABLES / "ranked.xz").read_bytes()) <= LARGEST_TABLE_BYTES
    table = ranked()
    assert len(table.names) > 8_000
    assert {"numpy", "requests", "pyyaml"} <= table.well_known
    assert not set(table.names) & curated().private


def test_a_name_of_any_length_is_answered() -> None:
    found = resolve("a" * 100_000, PYTHON)
    assert (found.distribution, len(found.name)) == (None, 200)


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("pytorch", None),  # a dummy of that name is on the index
        ("pytorch3d", None),
        ("cv_bridge", None),
        ("maya.cmds", None),
        ("odc.stac", "odc-stac"),
        ("odc.never_heard_of", None),
        ("ecmwf.opendata", "ecmwf-opendata"),
        ("google.maps.routing_v2", "google-maps-routing"),
        ("mmseg.apis", "mmsegmentation"),
    ],
)
def test_a_part_is_not_its_neighbour_and_a_dummy_is_not_what_it_is_called(
    name: str, distribution: str | None
) -> None:
    found = resolve(name, PYTHON)
    assert (found.distribution if found.is_offered else None) == distribution
