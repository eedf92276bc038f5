"""What we run of others': pinned with hashes, under licences that we may pass on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")

# A licence is fine if every one of its parts is one of these, or if one alternative is.
FINE = re.compile(
    r"MIT(-0)?( License)?|(New |Modified |3-Clause )?BSD([- ]?[0-3][- ]Clause)?( License)?|ISC( License.*)?"
    r"|Apache([- ]?(License|Software License))?,?( Version)?[- ]?(2(\.0)?)?"
    r"|PSF(L|-2\.0)?|Python Software Foundation License|CNRI-Python"
    r"|Zlib|ZPL-2\.1|Public Domain|Unlicense|0BSD|HPND", re.I)  # fmt: skip
# What its package does not say in such words, or what needs a reason → the reason.
EXCEPTIONS = {
    "pysqlite3": "zlib licence, in its LICENSE file; its metadata say nothing",
    "pypdfium2": "BSD-3-Clause or Apache-2.0, with PDFium and its parts under BSD, MIT and alike",
    "certifi": "MPL-2.0: a list of certificates, used unchanged; its copyleft ends at its own files",
    "tqdm": "MPL-2.0 and MIT: the same",
}


def stated(found: Distribution) -> str:
    """The licence as the package states it: an SPDX expression, else its classifiers, else its text."""
    says = found.metadata
    classified = [line.rpartition(" :: ")[2] for line in says.get_all("Classifier", []) if line.startswith("License")]
    text: str = says.get("License", "").strip().partition("\n")[0]
    return says.get("License-Expression") or " AND ".join(classified) or text


def fine(licence: str) -> bool:
    """May we pass on what is under it?

    >>> fine("Apache-2.0 AND MIT"), fine("GPL-3.0 OR BSD-3-Clause"), fine("MIT AND GPL-2.0")
    (True, True, False)
    """
    return any(all(FINE.fullmatch(part.strip(" ()")) for part in either.split(" AND "))
               for either in licence.split(" OR "))  # fmt: skip


def runtime() -> Iterator[Distribution]:
    """Everything that an installation with all extras brings, as far as it is installed here."""
    extras = (line for extra in PROJECT["optional-dependencies"].values() for line in extra)
    yield from _closure([*PROJECT["dependencies"], *extras], set(), ("",))


def _closure(lines: Iterable[str], seen: set[tuple[str, str]], extras: tuple[str, ...]) -> Iterator[Distribution]:
    for requirement in map(Requirement, lines):
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        new = {(canonicalize_name(requirement.name), extra) for extra in ("", *requirement.extras)} - seen
        if not new:
            continue
        seen |= new
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:  # for another platform
            continue
        yield found
        yield from _closure(found.requires or (), seen, tuple(extra for _, extra in new))


RUNTIME = {canonicalize_name(found.metadata["Name"]): found for found in runtime()}


def test_the_whole_of_what_runs_is_looked_at() -> None:
    assert {"scrapy", "twisted", "lxml", "datasette", "pysqlite3", "cryptography"} <= RUNTIME.keys()


@pytest.mark.parametrize("name", sorted(RUNTIME))
def test_a_licence_that_we_may_pass_on(name: str) -> None:
    licence = stated(RUNTIME[name])
    assert fine(licence) or name in EXCEPTIONS, f"{name} is under {licence!r}"


@pytest.mark.parametrize("licence", ["AGPL-3.0", "GNU General Public License v3 (GPLv3)", "MIT AND GPL-2.0", "",
                                     "UNKNOWN", "Proprietary", "SSPL-1.0"])  # fmt: skip
def test_what_is_refused(licence: str) -> None:
    assert not fine(licence)


def test_every_exception_is_still_one() -> None:
    assert {name for name in EXCEPTIONS if name not in RUNTIME or fine(stated(RUNTIME[name]))} == set()


def test_everything_is_pinned_by_its_hash() -> None:
    """Each requirement names one version and hashes, and what is installed is that version."""
    hashes = r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
    entries = re.findall(rf"^(\S+?)==([^\s;]+)(?: ; [^\\\n]+)? \\\n{hashes}", LOCK, re.M)
    pinned = {canonicalize_name(name): version for name, version in entries}
    assert len(entries) == len(re.findall(r"^\S+", LOCK, re.M)) > 90
    installed = {name: found.version for name, found in RUNTIME.items() if name not in ("pip", "setuptools")}
    assert {name: version for name, version in installed.items() if pinned.get(name) != version} == {}


def test_only_the_hashed_lock_is_installed() -> None:
    made = (ROOT / "Makefile").read_text().splitlines()
    installs = [line for line in made if line.startswith("\t") and "pip install" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
