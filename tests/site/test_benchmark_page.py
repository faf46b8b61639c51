"""The page of the benchmarks: tables and figures from the JSON of one run."""

import json
import re

import pytest

from benchmarks import markdown
from site_builder import benchmark_page
from site_builder.build import _hand_written
from site_builder.errors import BuildError
from site_builder.figures import INKS, SENTINEL

ENTRY = {
    "row": "growth",
    "job": "T",
    "what": "a training step",
    "axis": "sequence length T",
    "x": [64, 128, 256],
    "seconds": [0.01, 0.022, 0.05],
    "theory": [1.0, 2.1, 4.4],
    "exponent": 1.161,
    "theory_exponent": 1.069,
}
SAID = (
    "A training step grew with sequence length T to the power 1.16; theory says 1.07."
)


@pytest.fixture
def found():
    return {
        "machine": {"processor": "P", "cores": 2, "memory_gib": 4, "system": "Linux"},
        "versions": {"python": "3.11.4"},
        "date": "2026-11-21",
        "comparisons": [],
        "values": [],
        "growth": [ENTRY],
        "left_out": [],
    }


def page_of(project):
    markers = (
        benchmark_page.TABLES_MARKER,
        benchmark_page.GROWTH_MARKER,
        benchmark_page.SETTING_MARKER,
    )
    page = "# Benchmarks\n\n" + "\n\n".join(markers)
    (project.docs / "benchmarks.md").write_text(page, "utf-8")
    plan = "parts: []\nweeks: []\n"
    (project.docs / "course_plan.yml").write_text(plan, "utf-8")
    files = _hand_written(project, [])
    return files["benchmarks.md"].decode(), files


def test_the_recorded_run_fills_the_page(project, found):
    path = project.docs / benchmark_page.FILE
    path.write_text(json.dumps(found), "utf-8")
    page, files = page_of(project)
    assert "<!--" not in page
    assert markdown.setting(found) in page
    assert SAID in page
    assert files["benchmarks.json"] == path.read_bytes()
    shown = re.findall(r"!\[(.*?)\]\((\S+\.svg)#only-(\w+)\)", page)
    assert shown == [
        (SAID, f"figures/benchmarks_T_{scheme}.svg", scheme) for scheme in INKS
    ]
    for _, name, scheme in shown:
        assert INKS[scheme] in files[name].decode()
        assert SENTINEL not in files[name].decode()


def test_figures_are_the_same_bytes_every_time(found):
    first = benchmark_page.figures(found)
    benchmark_page._drawn.cache_clear()
    assert benchmark_page.figures(found) == first
    assert len(first) == 2


def test_without_a_run_the_page_says_what_makes_one(project):
    page, files = page_of(project)
    assert page.count("No run has been recorded yet") == 3
    assert "`make bench JSON=docs/benchmarks.json`" in page
    assert not any(name.endswith("_light.svg") for name in files)


def test_a_damaged_file_stops_the_build_by_name(project, found):
    path = project.docs / benchmark_page.FILE
    del found["growth"]
    path.write_text(json.dumps(found), "utf-8")
    with pytest.raises(BuildError) as error:
        benchmark_page.read(project.docs)
    assert str(error.value) == (
        f"{path} lacks growth. What would do: make bench JSON=docs/benchmarks.json"
    )
