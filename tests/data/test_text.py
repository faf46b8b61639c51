"""Text: the reference without its repetitions, Shakespeare without surprises."""

import sys
from collections import Counter
from pydoc_data.topics import topics

import pytest

from fmkeras.data import DownloadError, load_text, text

VERSES = b"Now is the winter of our discontent\n" * 50


def in_words(paragraph):
    """A paragraph without its layout and without the line under a heading."""
    lines = [line for line in paragraph.splitlines() if set(line) - set("*=~-")]
    return " ".join(" ".join(lines).split())


def test_no_paragraph_occurs_twice():
    counts = Counter(map(in_words, load_text().split("\n\n")))
    assert counts.most_common(1)[0][1] == 1


def test_no_paragraph_of_any_topic_is_lost():
    kept = set(map(in_words, load_text().split("\n\n")))
    for topic in topics.values():
        assert set(map(in_words, topic.split("\n\n"))) - {""} <= kept


def test_the_topics_come_in_alphabetical_order():
    reference = load_text()
    assert reference.startswith(
        'The "assert" statement\n**********************\n\nAssert statements are a '
    )
    headings = ['The "assert" st', 'The "break" st', 'The "del" st', 'The "yield" st']
    places = [reference.index(heading) for heading in headings]
    assert places == sorted(places)


def test_it_is_a_string_of_about_370_000_characters():
    reference = load_text()
    assert type(reference) is str
    assert 360_000 < len(reference) < 450_000  # it grows with every Python
    if sys.version_info[:2] == (3, 11):
        assert len(reference) == pytest.approx(371_000, abs=5000)
    assert reference.endswith("\n")
    assert "\n\n\n" not in reference


def test_the_order_in_which_python_lists_its_topics_is_no_matter(monkeypatch):
    before = load_text("python_reference")
    backwards = dict(reversed(topics.items()))
    monkeypatch.setattr("pydoc_data.topics.topics", backwards)
    assert load_text() == before


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "datasets"


def test_shakespeare_is_fetched_once(server, remote_file, cache, monkeypatch):
    server.serve("/input.txt", VERSES)
    file = remote_file(server.url("/input.txt"), VERSES, "datasets/plays.txt")
    monkeypatch.setattr(text, "TINY_SHAKESPEARE", file)
    for _ in range(2):
        assert load_text("tiny_shakespeare") == VERSES.decode()
    assert server.requests == ["/input.txt"]
    assert (cache / "plays.txt").read_bytes() == VERSES


def test_without_a_network_the_reference_is_offered(cache, dead_host, monkeypatch):
    file = text.TINY_SHAKESPEARE._replace(url=f"http://{dead_host}/input.txt")
    monkeypatch.setattr(text, "TINY_SHAKESPEARE", file)
    with pytest.raises(DownloadError) as error:
        load_text("tiny_shakespeare")
    assert str(error.value) == (
        f"load_text: no connection to {dead_host} (Connection refused). "
        f"Wanted: http://{dead_host}/input.txt as {cache}/tiny_shakespeare.txt. "
        "What would do: another try with a working network, "
        'or load_text("python_reference"), which needs none.'
    )


def test_shakespeare_has_the_checksum_that_is_published():
    assert text.TINY_SHAKESPEARE.sha256 == (
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
    )


def test_offers_the_nearest_text():
    with pytest.raises(ValueError) as error:
        load_text("tinyshakespeare")
    assert str(error.value) == (
        "load_text: `name` must be one of 'python_reference', 'tiny_shakespeare'. "
        "Received: name='tinyshakespeare'. What would do: 'tiny_shakespeare'."
    )
