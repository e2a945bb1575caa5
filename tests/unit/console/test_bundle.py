"""The page's one file is what its sources say, small enough, and asks nobody but Airflow for anything."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

CONSOLE = Path(__file__).parents[3] / "include" / "leeway" / "console"
WEB, BUNDLE, MANIFEST = CONSOLE / "web", CONSOLE / "static" / "console.js", CONSOLE / "static" / "manifest.json"

SOURCES = ("manifest.ts", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts")
"""What the bundle is made of, besides everything in src: as web/manifest.ts has it."""
LIMIT = 400_000
NAMES_OF_XML = re.compile(r"http://www\.w3\.org/[\w/]+")
"""They look like addresses, but nobody asks there."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def source_digest() -> str:
    files = [WEB / name for name in SOURCES] + [path for path in (WEB / "src").rglob("*") if path.is_file()]
    names = sorted((path.relative_to(WEB).as_posix(), path) for path in files)
    return sha256("".join(f"{name} {sha256(path.read_bytes())}\n" for name, path in names).encode())


def test_the_bundle_was_built_from_these_sources() -> None:
    told = json.loads(MANIFEST.read_text())
    assert told["source"] == source_digest(), "the sources have changed since the build: run make web"
    assert told["bundle"] == sha256(BUNDLE.read_bytes()), "the bundle was changed by hand: run make web"


def test_the_bundle_is_small_enough() -> None:
    assert len(gzip.compress(BUNDLE.read_bytes(), 9)) <= LIMIT


def test_the_bundle_names_no_other_host() -> None:
    text = NAMES_OF_XML.sub("", BUNDLE.read_text())
    assert re.findall(r"\b(?:https?|wss?):/?/?[\w.-]+.{40}|[\"'`(]//[\w-]+\.[\w.-]+", text) == []


def test_airflow_finds_the_component_and_brings_react() -> None:
    text = BUNDLE.read_text()
    assert "globalThis.AirflowPlugin=" in text
    passed = re.search(r"\}\)\(([\w,]+)\);\s*$", text)
    assert passed is not None
    assert set(passed[1].split(",")) == {"React", "ReactJSXRuntime", "ReactRouterDOM"}


def test_every_package_of_the_build_is_locked_by_its_hash() -> None:
    locked = json.loads((WEB / "package-lock.json").read_text())["packages"]
    packages = {name: about for name, about in locked.items() if name}
    assert "node_modules/echarts" in packages
    assert [name for name, about in packages.items() if not about["integrity"].startswith("sha512-")] == []


def test_the_licences_of_what_is_in_the_bundle_come_with_it() -> None:
    text = (BUNDLE.parent / "licences.txt").read_text()
    assert all(f"== {name} " in text for name in ("echarts", "zrender", "tslib"))
