"""The site as a reader gets it, built from the real pages, the real package and one
throw-away lesson.
"""

import json
import os
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from site_builder.__main__ import main
from site_builder.check_links import broken_links
from site_builder.project import REPOSITORY_ROOT, Project
from site_builder.tree import read_folder

pytestmark = pytest.mark.slow

LESSON = r'''# ---
# title: Prices
# part: I. Beginnings
# minutes: 1
# difficulty: 1
# prerequisites: []
# objectives:
#   - Read a table with $\lVert x \rVert_2$.
# ---

# %% [markdown]
# # Prices
#
# $$
# \hat y = \sum_{i=1}^{D} w_i x_i + b
# $$

# %% tags=["setup"]
from fmkeras import data, plots
from fmkeras.course import expect

# %%
x, y = data.load_apartments()
print("1 of 4\r3 of 4\r4 of 4")
y

# %% alt="Loss [in $] *falls*, step_by_step, from `4` to 1"
plots.learning_curves({"loss": [4.0, 2.0, 1.0]})

# %% [markdown]
# ### Exercise 1: Double
#
# <details><summary>Hint</summary>
#
# Add $x$ to itself.
#
# </details>

# %% exercise="double"
def double(x):
    """Return 2x."""
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION

# %% check="double"
expect(double(y[0]), 2 * y[0], call=f"double({y[0]})")
print("Exercise 1: right.")
'''

QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--virtual-time-budget=8000",
    "--dump-dom",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return the `Project`, built."""
    project = Project(tmp_path_factory.mktemp("site") / "project")
    for name in ("docs", "fmkeras", "site_builder/templates"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY_ROOT / name, project.root / name, ignore=ignored)
    shutil.copy(REPOSITORY_ROOT / "mkdocs.yml", project.config)
    project.tutorials.mkdir()
    (project.tutorials / "01_prices.py").write_text(LESSON, "utf-8")
    assert build(project) == 0
    return project


def build(project):
    here = os.getcwd()
    try:
        return main(["build", "--root", str(project.root)])
    finally:
        os.chdir(here)


def read(project, page):
    return (project.site / page).read_text("utf-8")


def test_a_second_build_runs_nothing_and_makes_the_same_bytes(
    project, tmp_path, capsys
):
    moved = Project(tmp_path / "elsewhere")
    shutil.copytree(project.root, moved.root)
    shutil.rmtree(moved.site)
    start = time.process_time()  # what a busy machine adds is not the build's
    assert build(moved) == 0
    assert time.process_time() - start < 15
    printed = capsys.readouterr().out
    assert "All lessons are in the cache: none runs." in printed
    assert f"Open {moved.site / 'index.html'}" in printed
    assert read_folder(moved.site) == read_folder(project.site)


def test_every_link_leads_somewhere_and_no_page_is_heavy(project):
    assert broken_links(project.site) == []
    pages = list(project.site.rglob("*.html"))
    assert len(pages) > 12
    for page in pages:
        assert page.stat().st_size < 500_000, page


def test_the_lesson_shows_what_it_printed_and_drew(project):
    page = read(project, "lessons/01_prices.html")
    assert '<code style="--lines: 2">4 of 4\n' in page
    assert "3 of 4\n" not in page
    assert "array([10000.,  9000.,  9000., 12000.], dtype=float32)" in page
    assert page.count("<math ") == 3
    assert 'src="figures/01_prices_1_light.svg#only-light"' in page
    assert 'alt="Loss [in $] *falls*, step_by_step, from `4` to 1"' in page
    link = '<a class="autorefs autorefs-internal" href="../api/data.html#fmkeras.data'
    assert f'{link}.load_apartments">' in page
    for name in ("01_prices.py", "01_prices.ipynb", "01_prices_student.ipynb"):
        assert f'download="{name}"' in page
        assert (project.site / "lessons" / name).is_file()


def images_of(page):
    images = []

    class Images(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "img":
                images.append(dict(attributes))

    Images().feed(page.read_text("utf-8"))
    return images


def figures_of(page):
    return [image for image in images_of(page) if image["src"].startswith("figures/")]


def test_figures_have_words_and_sizes(project):
    pages = list(project.site.rglob("*.html"))
    record = json.loads((project.docs / "benchmarks.json").read_text("utf-8"))
    # Each figure is there for light and for dark.
    assert {page.name: len(figures_of(page)) for page in pages if figures_of(page)} == {
        "01_prices.html": 2,
        "benchmarks.html": 2 * len(record["growth"]),
    }
    for page in pages:
        for image in images_of(page):
            assert "alt" in image
        for image in figures_of(page):
            assert image["alt"]
            assert int(image["width"]) <= 700
            assert image["height"]
            assert image["loading"] == "lazy"


def test_the_reference_shows_formulas_examples_and_what_is_returned(project):
    page = read(project, "api/models.html")
    assert "<math " in page
    assert "&gt;&gt;&gt;" in page
    assert "<blockquote>" not in page
    sources = r'<details class="mkdocstrings-source">.*?</details>'
    shown = re.sub(sources, "", page, flags=re.DOTALL)
    assert "$" not in re.sub("<[^>]*>", "", shown)
    returned = shown[shown.index("Returns:") :]
    assert "<li>" not in returned[: returned.index("Raises:")]


def test_what_a_layer_is_called_with_is_listed_like_its_arguments(project):
    page = read(project, "api/layers.html")
    assert '<span class="doc-section-title">Call arguments:</span>' in page
    assert "<b><code>query_positions</code></b>" in page
    assert "call-arguments" not in page


def test_previous_and_next_stay_within_a_part(project):
    def beside(page):
        return re.findall(
            r'<link rel="(prev|next)" href="([^"]*)"', read(project, page)
        )

    assert beside("lessons/01_prices.html") == []
    assert beside("lessons/index.html") == []
    assert beside("api/index.html") == [("next", "course.html")]
    assert ("prev", "notation.html") in beside("other-notations.html")


def test_the_home_page_leads_to_the_lesson(project):
    page = read(project, "index.html")
    link = '<a class="name" href="lessons/01_prices.html">'
    assert f'{link}<span class="number">01</span> Prices</a>' in page
    assert "course map -->" not in page


def test_the_search_index_knows_lessons_and_names_but_no_formulas(project):
    index = json.loads(read(project, "search/search_index.json"))
    places = {entry["location"] for entry in index["docs"]}
    assert "lessons/01_prices.html" in places
    assert "api/data.html#fmkeras.data.load_apartments" in places
    assert not any("<math" in entry["text"] for entry in index["docs"])


def test_the_font_has_just_what_the_formulas_need(project):
    from fontTools.ttLib import TTFont

    font = TTFont(project.site / "assets" / "fonts" / "stix-two-math.woff")
    glyphs = font.getBestCmap()
    assert "MATH" in font
    assert {ord("∑"), 0x1D465, 0x221A, 0x210E} <= set(glyphs)  # ∑, slanted x, √, ℎ
    assert len(glyphs) < 1000


def requests_of(chromium, url, scratch):
    """Return every address that Chromium asked for on behalf of a page."""
    log = scratch / "net.json"
    flags = [f"--user-data-dir={scratch / 'profile'}", f"--log-net-log={log}"]
    subprocess.run(
        [chromium, *QUIET, *flags, url], capture_output=True, timeout=120, check=True
    )
    events = json.loads(log.read_text())["events"]
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    asked = set()
    for event in events:
        details = event.get("params", {})
        if "url" in details and str(details.get("initiator")).startswith(origin):
            asked.add(details["url"])
    return asked


@pytest.mark.parametrize("page", ["index.html", "lessons/01_prices.html"])
def test_no_page_asks_for_anything_outside_the_site(
    project, chromium, serve, tmp_path, page
):
    with serve(project.site) as origin:
        asked = requests_of(chromium, f"{origin}/{page}", tmp_path)
    inside = {url for url in asked if url.startswith(f"{origin}/")}
    assert any(url.endswith("/site.css") for url in inside)
    assert any(url.endswith(".js") for url in inside)
    web = {
        url for url in asked if urlsplit(url).scheme in ("http", "https", "ws", "wss")
    }
    assert web == inside


def test_a_request_to_the_outside_would_be_seen(chromium, serve, tmp_path):
    """The test above can fail: this page does what none of ours may."""
    page = '<link rel="stylesheet" href="https://fonts.example.org/x.css">'
    (tmp_path / "index.html").write_text(page)
    with serve(tmp_path) as origin:
        asked = requests_of(chromium, f"{origin}/index.html", tmp_path)
    assert "https://fonts.example.org/x.css" in asked
