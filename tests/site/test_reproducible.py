"""A cache serves whoever may trust it, and equal sources give equal bytes."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from fmkeras.course import find_lesson
from fmkeras.course.cells import read_cells
from site_builder.__main__ import main
from site_builder.cache_key import DISTRIBUTIONS, cache_key
from site_builder.project import REPOSITORY_ROOT, Project
from site_builder.reach import reached_modules
from site_builder.source import Package
from site_builder.tree import read_folder

ADDRESS = "https://github.com/someone/fmkeras"
IMPORTED_AS = {"sklearn": "scikit-learn"}
# They word, show and read, but no number and no figure comes from them.
WITHOUT_INFLUENCE = {"fmkeras", "rich", "IPython", "jupytext"}


@pytest.fixture
def package(tmp_path):
    """Return a copy of the real package, to edit."""
    ignored = shutil.ignore_patterns("__pycache__")
    source = Project(REPOSITORY_ROOT).package
    return shutil.copytree(source, tmp_path / "fmkeras", ignore=ignored)


def code_of(number):
    cells = read_cells(find_lesson(number).text())
    return [cell.source for cell in cells if cell.kind != "prose"]


def key_of(number, package):
    return cache_key(code_of(number), package, "1", {"python": "3"})


@pytest.mark.parametrize(
    ("module", "old", "new", "again"),
    [
        ("data/text.py", "\n\n\ndef ", "\n\nX = 1\n\n\ndef ", []),
        ("scratch/convolution.py", "\n\n\ndef ", "\n\nX = 1\n\n\ndef ", [8]),
        ("models/linear.py", "\n\n\ndef ", "\n\nX = 1\n\n\ndef ", [1, 4, 8]),
        ("models/linear.py", '    r"""', '    r"""Anew: ', []),
        ("models/linear.py", "\n\n\ndef ", "\n\n\n# Anew.\ndef ", []),
        ("cli.py", "\n\n\ndef ", "\n\nX = 1\n\n\ndef ", []),
    ],
)
def test_an_edit_of_the_package_runs_the_lessons_that_reach_it(
    package, edit, module, old, new, again
):
    before = {number: key_of(number, package) for number in (1, 4, 8)}
    edit(package / module, old, new)
    changed = [number for number in before if key_of(number, package) != before[number]]
    assert changed == again


@pytest.mark.parametrize("number", [1, 4, 8])
def test_no_lesson_rests_on_a_library_whose_version_the_key_lacks(number):
    package = Package(Project(REPOSITORY_ROOT).package)
    trees = [ast.parse(cell) for cell in code_of(number)]
    trees += [package.module(name).tree for name in reached_modules(trees, package)]
    imported = {name for tree in trees for name in top_level_imports(tree)}
    libraries = {IMPORTED_AS.get(name, name) for name in imported - WITHOUT_INFLUENCE}
    assert {"numpy", "keras"} <= libraries
    assert libraries <= set(DISTRIBUTIONS) | set(sys.stdlib_module_names)


def top_level_imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def build(project, **surroundings):
    return subprocess.run(
        [sys.executable, "-m", "site_builder", "build", "--root", str(project.root)],
        cwd=REPOSITORY_ROOT,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    ).stdout


@pytest.fixture
def noisy(project, edit):
    """Return the project with a lesson that draws, waits and meets a set."""
    edit(
        project.tutorials / "01_squares.py",
        "    print(square)\n",
        "    print(square)\n\n"
        '# %% alt="A line"\n'
        "import os, time\n"
        "import matplotlib.pyplot as plt\n"
        "time.sleep(float(os.environ.get('WAIT', 0)))\n"
        "figure, axes = plt.subplots()\n"
        "axes.plot([1, 2], label='line')\n"
        "axes.legend()\n"
        "figure\n\n"
        '# %% tags=["measured"]\n'
        "print(f'It is {time.time()}')\n",
    )
    return project


@pytest.mark.slow
def test_two_clean_builds_give_the_same_bytes(noisy, tmp_path):
    other = Project(tmp_path / "another" / "clone")
    shutil.copytree(noisy.root, other.root)
    first = {"PYTHONHASHSEED": "1", "TZ": "UTC", "WAIT": "0"}
    second = {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "WAIT": "2.5"}
    for project, surroundings in [(noisy, first), (other, second)]:
        printed = build(project, SOURCE_DATE_EPOCH="1700000000", **surroundings)
        assert "Lessons to run: 01" in printed
    seconds = [
        json.loads(path.read_text())["record"]["seconds"]
        for project in (noisy, other)
        for path in project.lesson_cache.iterdir()
    ]
    assert seconds[1] > seconds[0] + 1
    one, two = read_folder(noisy.site), read_folder(other.site)
    assert [name for name in one if one[name] != two.get(name)] == []
    assert set(one) == set(two)
    page = one["lessons/01_squares.html"].decode()
    assert "Runs in about 1 min on two cores." in page
    assert page.count("This cell measures time.") == 1
    assert "It is 1" not in page
    midnight = 1_700_000_000 // 86_400 * 86_400
    assert int.from_bytes(one["sitemap.xml.gz"][4:8], "little") == midnight


@pytest.mark.slow
def test_an_everyday_build_says_what_was_measured_and_its_cache_serves_another(
    project, tmp_path, monkeypatch
):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    build(project)
    page = (project.site / "lessons" / "01_squares.html").read_text()
    assert re.search(r"Ran in \d+ s on (one core|two cores) when this", page)
    clone = Project(tmp_path / "another" / "clone")
    ignored = shutil.ignore_patterns("site", ".cache")
    shutil.copytree(project.root, clone.root, ignore=ignored)
    shutil.copytree(project.lesson_cache, clone.lesson_cache)
    assert "All lessons are in the cache: none runs." in build(clone)
    assert read_folder(clone.site) == read_folder(project.site)


@pytest.fixture
def published(project, monkeypatch):
    """Return a project built as one of two versions, and its public repository."""
    monkeypatch.setattr("site_builder.project.REPOSITORY_URL", ADDRESS)
    monkeypatch.setattr("site_builder.project.SITE_VERSION", "0.1")
    monkeypatch.chdir(project.root)
    assert main(["build", "--root", str(project.root)]) == 0
    return project


@pytest.mark.slow
def test_links_to_the_repository_lead_to_what_is_published(published, tmp_path):
    from site_builder.publish import publish

    publish(published.site, tmp_path, "0.1")
    found = set()
    for page in published.site.rglob("*.html"):
        text = page.read_text("utf-8")
        found |= set(re.findall(r'href="(https://[^"]*someone[^"]*)"', text))
        settings = re.search(r'id="__config"[^>]*>(.*?)</script>', text)[1]
        assert json.loads(settings)["version"] == {"provider": "mike"}
    colab = "https://colab.research.google.com/github/someone/fmkeras/blob/gh-pages/"
    notebook = f"{colab}0.1/lessons/01_squares.ipynb"
    assert {ADDRESS, notebook} <= found
    published_at = f"{ADDRESS}/blob/", "https://someone.github.io/fmkeras/0.1/"
    others = found - {ADDRESS, notebook}  # sources, and each page's own address
    assert all(link.startswith(published_at) for link in others)
    path = urlsplit(notebook).path.partition("/blob/gh-pages/")[2]
    assert json.loads((tmp_path / path).read_text())["nbformat"] == 4


@pytest.mark.slow
def test_without_an_address_no_page_leads_to_a_repository(project, monkeypatch):
    monkeypatch.chdir(project.root)
    assert main(["build", "--root", str(project.root)]) == 0
    for page in project.site.rglob("*.html"):
        text = page.read_text("utf-8")
        for sign in ("colab.research", "md-source__repository", '"provider": "mike"'):
            assert sign not in text, (page, sign)
