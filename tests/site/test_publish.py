"""Versions lie side by side, are listed from new to old, and are never mixed."""

import json

import pytest

from site_builder import publish as module
from site_builder.project import Project
from site_builder.publish import main, publish


@pytest.fixture
def site(tmp_path):
    """Return a folder with a site of two files."""
    (tmp_path / "site" / "lessons").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_text("home")
    (tmp_path / "site" / "lessons" / "01.ipynb").write_text("{}")
    return tmp_path / "site"


@pytest.fixture
def branch(tmp_path):
    """Return the empty checkout of a branch."""
    (tmp_path / "branch").mkdir()
    return tmp_path / "branch"


def test_versions_are_listed_from_new_to_old_as_mike_lists_them(site, branch):
    for version in ("0.9", "0.10", "latest", "1.0"):
        versions = publish(site, branch, version)
    assert versions == ["latest", "1.0", "0.10", "0.9"]
    listed = json.loads((branch / "versions.json").read_text())
    assert listed[:2] == [
        {"version": "latest", "title": "latest", "aliases": []},
        {"version": "1.0", "title": "1.0", "aliases": []},
    ]
    assert [entry["version"] for entry in listed] == versions


def test_the_front_door_leads_to_the_newest(site, branch):
    publish(site, branch, "0.1")
    assert 'content="0; url=0.1/index.html"' in (branch / "index.html").read_text()
    publish(site, branch, "latest")
    assert 'content="0; url=latest/index.html"' in (branch / "index.html").read_text()


def test_a_version_replaces_itself_and_no_other(site, branch):
    publish(site, branch, "0.1")
    publish(site, branch, "latest")
    (site / "lessons" / "01.ipynb").rename(site / "lessons" / "02.ipynb")
    publish(site, branch, "latest")
    assert (branch / "0.1" / "lessons" / "01.ipynb").is_file()
    assert [path.name for path in (branch / "latest" / "lessons").iterdir()] == [
        "02.ipynb"
    ]


@pytest.mark.parametrize("version", ["", "..", "v0.1", "0.1/x", "0.1rc1"])
def test_another_version_is_refused(site, branch, version):
    with pytest.raises(ValueError) as error:
        publish(site, branch, version)
    assert str(error.value) == (
        "publish: `version` must be 'latest' or numbers with dots. Received: "
        f"version={version!r}. What would do: '0.1'."
    )
    assert list(branch.iterdir()) == []


def test_a_site_that_was_not_built_is_named(tmp_path, branch, monkeypatch, capsys):
    monkeypatch.setattr(module, "REPOSITORY_ROOT", tmp_path)
    monkeypatch.setattr(module, "SITE_VERSION", "0.1")
    assert main([str(branch)]) == 1
    assert capsys.readouterr().err == (
        f"{Project(tmp_path).site} holds no site. "
        "What would do: SITE_VERSION=0.1 make site\n"
    )
