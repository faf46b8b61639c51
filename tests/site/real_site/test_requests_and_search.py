"""No page of the real site asks for anything elsewhere, and its search works."""

import json
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.slow

TERMS = {
    "lenet5": "api/models.html",
    "load_digits": "api/data.html",
    "gradient_descent": "api/scratch.html",
    "set_seed": "api/runtime.html",
    "softmax": "lessons/04_softmax_regression.html",
    "cross-entropy": "lessons/04_softmax_regression.html",
    "normal equations": "lessons/01_linear_regression.html",
    "learning rate": "lessons/01_linear_regression.html",
    "convolution": "lessons/08_convolution_and_lenet5.html",
    "block_size": "other-notations.html",
}
FIELD = 'document.querySelector(".md-search__input")'
FOUND = '[...document.querySelectorAll("a.md-search-result__link")].map(a => a.href)'


def outside(tab, origin):
    return {
        url
        for url in tab.requests()
        if not url.startswith(origin) and urlsplit(url).scheme not in ("data", "blob")
    }


def search(tab, term):
    """Return the addresses that the search shows for a term, best first."""
    for text, condition in [("xyzzy", "== 0"), (term, "> 0")]:
        tab.run(f"{FIELD}.focus(), {FIELD}.select()")
        tab.type(text)
        shown = f'!{FIELD}.form.parentElement.innerText.includes("Type to start")'
        tab.wait(f"{shown} && {FOUND}.length {condition}")
    return tab.run(FOUND)


def test_no_page_asks_for_anything_outside_the_site(pages, address, open_page):
    tab = open_page(f"{address}/index.html")
    for page in pages:
        tab.go(f"{address}/{page}")
        assert outside(tab, address) == set(), page
    assert f"{address}/assets/stylesheets/site.css" in tab.requests()


def test_no_page_asks_for_anything_outside_the_site_as_a_file(site, pages, open_page):
    tab = open_page((site / "index.html").as_uri())
    for page in set(pages) - {"404.html"}:  # that one is only shown by a server
        tab.go((site / page).as_uri())
        assert outside(tab, site.as_uri()) == set(), page
    assert (site / "assets/stylesheets/site.css").as_uri() in tab.requests()


@pytest.mark.parametrize("where", ["page", "worker"])
def test_a_request_to_the_outside_would_be_seen(address, open_page, where):
    """The tests above can fail: this page does what none of ours may."""
    tab = open_page(f"{address}/index.html")
    ask = "fetch('https://example.org/').catch(() => 0)"
    if where == "worker":
        ask = f"new Worker(URL.createObjectURL(new Blob([{json.dumps(ask)}])))"
    tab.run(f"void {ask}")
    tab.wait_for(lambda: outside(tab, address) == {"https://example.org/"})


@pytest.mark.parametrize("served", [True, False], ids=["served", "as a file"])
def test_the_search_finds_terms_at_their_page_and_asks_nobody(
    site, address, open_page, served
):
    origin = address if served else site.as_uri()
    tab = open_page(f"{origin}/index.html")
    tab.run('document.querySelector("label[for=__search]").click()')
    for term, page in TERMS.items():
        addresses = [address.split("?")[0] for address in search(tab, term)]
        first = list(dict.fromkeys(addresses))[:3]
        assert f"{origin}/{page}" in first, term
    assert outside(tab, origin) == set()
    assert any("/search/search_index.js" in url for url in tab.requests())
