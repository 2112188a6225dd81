"""Rebuild `kernel_manager/imports/tables/ranked.xz`: which distribution an import name means.

    python deploy/import_table.py --claims PIGAR.sqlite3 --ranks RANKS.tsv

`--claims` is the database in pigar's wheel: who ships which top-level name. `--ranks` is a list of the most
downloaded distributions, tab-separated with a header: the first column is the name, the one whose title
begins with `rank` the place, and `summary` what it is for.

The file: two sections, the best known and the rest, divided by an empty line. A line is a distribution and
its import names: `pillow PIL`. Alone it is imported by its own name; `=` says so beside others, `-` that it
has no name of its own, and `?` marks a name for which another distribution is the better answer. Its first
character counts how many characters it shares with the line before ("0" none, "1" one, and on in ASCII).
"""

from __future__ import annotations

import argparse
import lzma
import re
import sqlite3
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

TABLES = Path(__file__).parents[1] / "kernel_manager" / "imports" / "tables"
TARGET = TABLES / "ranked.xz"
LARGEST_BYTES = 50_000

WELL_KNOWN = 5_000
"""Up to this place every distribution is listed; look-alikes are measured against these."""
KNOWN = 6_900
"""Up to this place a distribution of several words is listed if it is no tool; those of one word all are."""
FAMOUS = 1_200
"""Up to this place all names of a distribution are believed to be its own."""
NEAR = 1.4
"""A distribution named like its import wins over a better placed one when it is not further off than this."""
PART = re.compile(
    r"(core|base|skinny|slim|lite|essentials|addons|common|models|features|tabular|tracing|api|full)$"
)
"""Parts of one product: who imports the product means the whole of it."""

TOO_COMMON = 10
"""A name that so many unrelated distributions ship is a folder that slipped in."""
TOO_MANY_NAMES = 12
"""A distribution with so many top-level names is asked only for those that resemble its own."""
WORTH_NAMING = 20
"""Another claimant is an alternative unless its place is so many times worse."""
MOST_NAMES = 4

STUBS = re.compile(r"^(types|mypy-boto3|nvidia)-|-stubs?$|-cu1\d$")
"""Types for checkers, and libraries that are not Python's: nobody imports them in a cell."""
FAMILIES = re.compile(
    r"^(flake8|pytest|pylint|mkdocs|sphinx|colcon|tree-sitter|pyobjc|robotframework|openbb|dagster|oslo|edx|xblock"
    r"|reflex|vonage|alibabacloud|volcengine|aliyun|tencentcloud|odoo|pre-commit|setuptools|hatch|poetry|nbconvert"
    r"|cdk|aws-cdk|certbot|mypy|eslint|black|isort|pulumi|zope|plone|products|collective|trytond|ansible|salt"
    r"|django|djangorestframework|drf|adafruit|homeassistant|apache-airflow-providers|wagtail|netbox|flask|fastapi)-"
)
"""Plugins of tools; beyond the best known ones they are left out."""
FRAMEWORKS = frozenset({"collective", "flytekitplugins", "nvidia", "odoo", "openedx", "plone", "z3c"})
"""Namespaces that nobody imports in a notebook."""
FOR_NOTEBOOKS = re.compile(
    r"data|learn|neural|statist|plot|visuali|image|bio|genom|chem|physic|astro|geo|map|quantum|model"
    r"|time.?series|audio|signal|nlp|language|text|graph|network|math|optimi|simulat|financ|trad|scien|spatial|notebook|jupyter"
    r"|numer|matri|tensor|torch|gpu|cluster|regress|bayes|probab|stat|film|video|speech|music|pdf|excel|csv|spark"
    r"|sql|climate|weather|molec|protein|cell|neuro|robot|sensor|raspberry",
    re.IGNORECASE,
)
"""Subjects of notebooks: beyond the best known, distributions that speak of them are listed."""
FOR_TOOLS = re.compile(
    r"plug-?in|stubs?\b|type (annotations|hints)|\bcli\b|command.?line|linter|formatter|airflow|django|flask"
    r"|fastapi|starlette|home.?assistant|smart.?home|kubernetes|helm\b|devops|pytest|sphinx|mkdocs|pre-commit"
    r"|build backend|tox\b|openstack|jenkins|gitlab|changelog|versioning|packaging|virtualenv|docker|systemd"
    r"|daemon|middleware|[wa]sgi\b|celery|boilerplate|scaffold|theme|logg(ing|er)|oauth|saml|coverage"
    r"|unit test|grpc|protobuf|backport|deprecated|placeholder|dummy|internal|binar(y|ies)",
    re.IGNORECASE,
)
"""What speaks of these is a tool: beyond the best known ones those of several words are left out."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--claims", type=Path, required=True)
    parser.add_argument("--ranks", type=Path, required=True)
    chosen = parser.parse_args()
    curated = tomllib.loads((TABLES / "curated.toml").read_text("utf-8"))
    private = frozenset(curated["private"]["words"].split())
    places = read_ranks(chosen.ranks, frozenset(curated["namespaces"]))
    claims, commonness = read_claims(chosen.claims, frozenset(places))
    names, alternatives = decide(claims, commonness, places, private)
    text = write(places, claims, names, alternatives)
    packed = lzma.compress(text.encode(), format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)
    print(f"{len(places)} distributions, {len(names)} names, {len(text)} bytes, {len(packed)} packed")
    if len(packed) > LARGEST_BYTES:
        print(f"The table may have at most {LARGEST_BYTES} bytes; nothing was written.", file=sys.stderr)
        return 1
    TARGET.write_bytes(packed)
    return 0


def read_ranks(path: Path, roots: frozenset[str]) -> dict[str, int]:
    """Return the place by downloads of each distribution that is worth a line."""
    places: dict[str, int] = {}
    with path.open(encoding="utf-8") as lines:
        titles = next(lines).rstrip("\n").split("\t")
        rank = next(index for index, title in enumerate(titles) if title.startswith("rank"))
        summary = titles.index("summary")
        for line in lines:
            row = line.rstrip("\n").split("\t")
            name = canonical(row[0])
            if row[rank].isdigit() and is_listed(name, int(row[rank]), row[summary], roots):
                places[name] = int(row[rank])
    return places


def is_listed(name: str, place: int, summary: str, roots: frozenset[str]) -> bool:
    if STUBS.search(name):
        return False
    if place <= WELL_KNOWN or is_portion(name, roots):
        return True
    if FAMILIES.search(name):
        return False
    if "-" not in name or FOR_NOTEBOOKS.search(summary):
        return True
    return place <= KNOWN and not FOR_TOOLS.search(summary)


def is_portion(name: str, roots: frozenset[str]) -> bool:
    """Tell whether a distribution is found by its dotted name, as `google-cloud-retail` is."""
    return any(name.startswith(f"{canonical(root)}-") for root in roots - FRAMEWORKS)


def read_claims(path: Path, listed: frozenset[str]) -> tuple[dict[str, set[str]], Counter[str]]:
    """Return each listed distribution's top-level names, and how many distributions at all ship a name."""
    claims: dict[str, set[str]] = defaultdict(set)
    commonness: Counter[str] = Counter()
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for distribution, name in database.execute(
        "select d.name, t.name from top_level_module_names t join distributions d on d.id = t.distribution_id"
    ):
        commonness[name] += 1
        top = name.partition(".")[0]
        if top.isidentifier() and top.isascii() and canonical(distribution) in listed:
            claims[canonical(distribution)].add(top)
    database.close()
    return claims, commonness


def decide(
    claims: Mapping[str, set[str]],
    commonness: Counter[str],
    places: Mapping[str, int],
    private: frozenset[str],
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the distribution that each name means, and others that ship it.

    What has a name like its own is not asked for others unless it is famous: those are tests, tools, and
    copies of other people's code.
    """
    claimants: dict[str, list[str]] = defaultdict(list)
    for distribution, tops in claims.items():
        for name in tops:
            claimants[name].append(distribution)
    names, alternatives = {}, {}
    for name, all_of_them in claimants.items():
        if name in private or not is_public(name):
            continue
        worth = [
            distribution
            for distribution in sorted(all_of_them, key=places.__getitem__)
            if resemble(name, distribution)
            or (commonness[name] < TOO_COMMON and len(claims[distribution]) <= TOO_MANY_NAMES)
        ]
        if not worth:
            continue
        best = names[name] = the_best(name, worth, places)
        alternatives[name] = [
            other for other in worth if other != best and places[other] < WORTH_NAMING * places[best]
        ][:2]
    named_alike = {distribution for name, distribution in names.items() if resemble(name, distribution)}
    strays = {
        name
        for name, distribution in names.items()
        if places[distribution] > FAMOUS and distribution in named_alike and not resemble(name, distribution)
    }
    return {name: names[name] for name in names if name not in strays}, alternatives


def is_public(name: str) -> bool:
    return not name.startswith(("_", "test_")) and not name.endswith(("_tests", "_test", "__mypyc"))


def the_best(name: str, worth: list[str], places: Mapping[str, int]) -> str:
    own = canonical(name)
    first = worth[0]
    is_part = first.startswith(f"{own}-") and PART.search(first)
    if own in places and (is_part or (own in worth and places[own] <= NEAR * places[first])):
        return own
    return first


def resemble(name: str, distribution: str) -> bool:
    """Tell whether one name can be read in the other, as `serial` in `pyserial`."""
    short, long = squeezed(name), squeezed(distribution)
    if len(short) <= 2:
        return short == long or short in distribution.split("-")
    if short in long:
        return True
    stem = re.sub(r"^(py|python)|(py|python|\d+)$", "", long)
    if len(stem) >= 4 and stem in short:
        return True
    return bool(words(name) & words(distribution)) or (len(short) > 5 and short[:6] == long[:6])


def write(
    places: Mapping[str, int],
    claims: Mapping[str, set[str]],
    names: Mapping[str, str],
    alternatives: Mapping[str, list[str]],
) -> str:
    imports: dict[str, list[str]] = defaultdict(list)
    others: dict[str, list[str]] = defaultdict(list)
    for name, distribution in names.items():
        imports[distribution].append("=" if name == distribution.replace("-", "_") else name)
        for other in alternatives[name]:
            others[other].append(f"?{name}")
    best_known: list[str] = []
    rest: list[str] = []
    for distribution in places:
        own = sorted(
            imports[distribution], key=lambda name: (name != "=", not resemble(name, distribution), name)
        )
        is_elsewhere = any(is_public(name) for name in claims.get(distribution, ()))
        found = own[:MOST_NAMES] or (["-"] if is_elsewhere else [])
        found += sorted(others[distribution])
        line = distribution if found == ["="] else " ".join([distribution, *found])
        (best_known if places[distribution] <= WELL_KNOWN else rest).append(line)
    return "\n".join([*shortened(sorted(best_known)), "", *shortened(sorted(rest))])


def shortened(lines: Iterable[str]) -> list[str]:
    """Return the lines without what each shares with the one before it."""
    result, before = [], ""
    for line in lines:
        shared = 0
        while shared < min(len(line), len(before), 70) and line[shared] == before[shared]:
            shared += 1
        result.append(chr(ord("0") + shared) + line[shared:])
        before = line
    return result


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def squeezed(text: str) -> str:
    return re.sub(r"[-_.]", "", text).lower()


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
