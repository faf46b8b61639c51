"""axe-core finds no violation on any kind of page, in light and in dark."""

import pytest

from site_builder.node_packages import node_modules

pytestmark = pytest.mark.slow

# One of each kind that is generated; the pages written by hand are all audited.
KINDS = [
    "lessons/index.html",
    "lessons/01_linear_regression.html",
    "lessons/04_softmax_regression.html",
    "api/index.html",
    "api/models.html",
]
# What the page really shows: the theme's scheme, and how light its ground is.
SHOWN = """(() => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g);
  const ground = +r + +g + +b > 382 ? "light" : "dark";
  return [document.body.dataset.mdColorScheme, ground];
})()"""
AUDIT = """axe.run(document, {resultTypes: ["violations"]}).then(result =>
  result.violations.flatMap(violation => violation.nodes.map(node =>
    `${violation.id}: ${node.target} ${node.failureSummary}`)))"""


@pytest.fixture(scope="module")
def axe():
    folder = node_modules({"axe-core": "4.14.1"}, "node_axe")
    return (folder / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize(("scheme", "name"), [("light", "default"), ("dark", "slate")])
def test_no_violation(pages, address, open_page, axe, scheme, name):
    tab = open_page(f"{address}/index.html", scheme=scheme)
    faults = []
    by_hand = [page for page in pages if "/" not in page]
    assert "index.html" in by_hand
    for page in by_hand + KINDS:
        tab.go(f"{address}/{page}")
        assert tab.run(SHOWN) == [name, scheme], page
        tab.run(f"{axe}; 0")
        faults += [f"{page}: {fault}" for fault in tab.run(AUDIT)]
    assert faults == []


def test_a_violation_would_be_seen(address, open_page, axe):
    tab = open_page(f"{address}/index.html")
    tab.run("document.querySelector('article').append(new Image())")
    tab.run(f"{axe}; 0")
    assert any(fault.startswith("image-alt: ") for fault in tab.run(AUDIT))
