"""The files of the real site: valid HTML, links, figures, weight."""

import html
import json
import re
import subprocess
from html.parser import HTMLParser

import pytest

from site_builder.check_links import broken_links
from site_builder.node_packages import node_executable, node_modules

pytestmark = pytest.mark.slow

# Faults of the theme that no reader meets: the rule, and what stands in the sentence.
KNOWN_FAULTS = {
    "valid-autocomplete": '<input type="checkbox">',  # the switches of its drawers
    "attribute-allowed-values": '"tabindex" has invalid value ""',  # its navigation
}
SIZE_LIMIT = 500_000  # bytes, before compression
OUTPUT = re.compile(r'<div class="[^"]* output [^"]*">.*?<pre[^>]*>(.*?)</pre>', re.S)
WIDTH_LIMIT = 96  # characters that the box of an output shows on a desktop


def html_faults(folder):
    """Return every fault of the HTML below a folder: page, rule, sentence."""
    modules = node_modules({"html-validate": "9.7.1"}, "node_html_validate")
    settings, found = folder.parent / "settings.json", folder.parent / "found.json"
    settings.write_text('{"extends": ["html-validate:standard"], "root": true}')
    program = modules / "html-validate" / "bin" / "html-validate.mjs"
    options = ["--config", settings, "--formatter", "json"]
    files = sorted(folder.rglob("*.html"))
    assert files
    with found.open("w") as stdout:  # through a pipe it would be cut at 64 KiB
        done = subprocess.run(
            [node_executable(), program, *options, *files],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode in (0, 1), done.stderr
    return [
        (result["filePath"], message["ruleId"], message["message"])
        for result in json.loads(found.read_text("utf-8"))
        for message in result["messages"]
    ]


def test_html_is_valid_but_for_known_faults_of_the_theme(site):
    faults = html_faults(site)
    unknown = [
        (page, rule, sentence)
        for page, rule, sentence in faults
        if rule not in KNOWN_FAULTS or KNOWN_FAULTS[rule] not in sentence
    ]
    assert unknown == []
    assert {rule for _, rule, _ in faults} == set(KNOWN_FAULTS)  # none is out of date


def test_invalid_html_would_be_seen(tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><p><div>In a paragraph.</p>")
    assert html_faults(folder)


def test_every_link_and_anchor_leads_somewhere(site):
    assert broken_links(site) == []


def test_no_page_is_heavy(site, pages):
    sizes = {page: (site / page).stat().st_size for page in pages}
    assert {page: size for page, size in sizes.items() if size >= SIZE_LIMIT} == {}


def test_no_output_runs_out_of_its_box(site, pages):
    outputs = [
        (page, html.unescape(re.sub("<[^>]*>", "", output)))
        for page in pages
        for output in OUTPUT.findall((site / page).read_text("utf-8"))
    ]
    assert len(outputs) > 100
    lines = ((page, line) for page, text in outputs for line in text.splitlines())
    assert [(page, line) for page, line in lines if len(line) > WIDTH_LIMIT] == []


def test_every_figure_has_words_and_a_size(site, pages):
    images = []

    class Images(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "img":
                images.append((page, dict(attributes)))

    for page in pages:
        Images().feed((site / page).read_text("utf-8"))
    figures = [each for each in images if "figures/" in each[1]["src"]]
    assert len(figures) > 10
    for page, image in images:
        assert "alt" in image, (page, image)
    for page, image in figures:
        assert len(image["alt"].split()) > 3, (page, image)
        assert int(image["width"]) > 0, (page, image)
        assert int(image["height"]) > 0, (page, image)
