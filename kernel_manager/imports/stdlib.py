"""Which top-level modules the standard library of a Python version has, from 3.8 on."""

from __future__ import annotations

import functools
import sys

PythonVersion = tuple[int, int]

FIRST_IN = {
    "graphlib": (3, 9),
    "zoneinfo": (3, 9),
    "tomllib": (3, 11),
    "annotationlib": (3, 14),
    "compression": (3, 14),
    "profiling": (3, 15),
}
GONE_FROM = {
    **dict.fromkeys(("dummy_threading", "_dummy_thread"), (3, 9)),
    **dict.fromkeys(("formatter", "parser", "symbol"), (3, 10)),
    "binhex": (3, 11),
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), (3, 12)),
    **dict.fromkeys(
        (
            *("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib"),
            *(
                "nis",
                "nntplib",
                "ossaudiodev",
                "pipes",
                "sndhdr",
                "spwd",
                "sunau",
                "telnetlib",
                "uu",
                "xdrlib",
            ),
        ),
        (3, 13),
    ),
}
ALWAYS = sys.stdlib_module_names.union(FIRST_IN, GONE_FROM, ("__main__", "__future__"))
"""The names of this interpreter's own library, and what others had or will have."""


@functools.cache
def stdlib_of(version: PythonVersion) -> frozenset[str]:
    """Return the top-level names that `import` finds in a bare Python of this version, on any system."""
    return frozenset(
        name for name in ALWAYS if FIRST_IN.get(name, (3, 0)) <= version < GONE_FROM.get(name, (4, 0))
    )


def own_version() -> PythonVersion:
    return sys.version_info[:2]
