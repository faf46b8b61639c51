"""What GitHub runs is what stands in the Makefile, with few rights and no surprise."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def read(name):
    text = (ROOT / ".github" / "workflows" / name).read_text("utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)  # else `on` becomes True


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def step_named(name, start):
    return next(
        step for step in steps(read(name)) if step.get("name", "").startswith(start)
    )


def test_there_are_three():
    names = [path.name for path in FILES]
    assert names == ["links.yml", "publish.yml", "tests.yml"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_workflow_has_a_name_an_occasion_rights_and_a_time_limit(path):
    workflow = read(path.name)
    assert set(workflow) <= {"name", "on", "permissions", "concurrency", "jobs"}
    assert workflow["name"]
    assert workflow["on"]
    rights = {"contents": "write" if path.stem == "publish" else "read"}
    assert workflow["permissions"] == rights
    for job in workflow["jobs"].values():
        assert int(job["timeout-minutes"]) <= 60
        assert "permissions" not in job
    assert "secrets." not in path.read_text("utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_action_is_pinned_to_a_major_version(path):
    used = [step["uses"] for step in steps(read(path.name)) if "uses" in step]
    assert "actions/checkout@v5" in used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", action), action


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_target_and_script_that_is_called_exists(path):
    commands = "\n".join(step.get("run", "") for step in steps(read(path.name)))
    makefile = MAKEFILE.replace("$(READY)", ".venv/.ready")
    for target in re.findall(r"\bmake (\S+)", commands):
        assert re.search(rf"^{re.escape(target)}:", makefile, re.M), target
    for script in re.findall(r"^\.ci/\S+", commands, re.M):
        assert os.access(ROOT / script, os.X_OK), script
    for module in re.findall(r"-m (site_builder\S*)", commands):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module
    assert commands or path.stem == "links"


def test_every_python_that_the_project_promises_is_tested():
    jobs = read("tests.yml")["jobs"]
    tested = {*jobs["test"]["strategy"]["matrix"]["python"]}
    for step in jobs["everything"]["steps"]:
        tested |= {step.get("with", {}).get("python-version")} - {None}
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert tested == set(re.findall(r"Python :: (3\.\d+)", project))


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("branch", "main", "latest"),
        ("tag", "v0.1.2", "0.1"),
        ("tag", "v2.10.0", "2.10"),
    ],
)
def test_the_version_follows_from_branch_or_tag(tmp_path, kind, name, expected):
    surroundings = tmp_path / "environment"
    bash(
        step_named("publish.yml", "Choose the version")["run"],
        tmp_path,
        GITHUB_REF_TYPE=kind,
        GITHUB_REF_NAME=name,
        GITHUB_ENV=str(surroundings),
    )
    assert surroundings.read_text() == f"SITE_VERSION={expected}\n"


def test_the_cache_is_named_after_what_its_outputs_depend_on():
    cache = step_named("publish.yml", "Fetch the outputs")["with"]
    assert cache["path"] == ".cache/lessons"
    for pattern in re.findall(r"'([^']+)'", cache["key"]):
        assert list(ROOT.glob(pattern)), pattern
    versions = "${{ steps.installed.outputs.versions }}"
    assert cache["key"].startswith(f"lessons-{versions}-")
    assert cache["restore-keys"] == f"lessons-{versions}-\n"


def test_a_dead_link_to_another_site_blocks_nothing():
    (checker,) = [s for s in steps(read("links.yml")) if "lychee" in s["uses"]]
    assert checker["with"]["fail"] == "false"
    assert {"push", "pull_request"}.isdisjoint(read("links.yml")["on"])
    for pattern in re.findall(r"'\./([^']+)'", checker["with"]["args"]):
        assert list(ROOT.glob(pattern)), pattern


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_each_version_lands_in_a_folder_of_its_own_of_the_branch(tmp_path):
    origin, work = tmp_path / "origin.git", tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--bare", str(origin))
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(work))
    git(work, "remote", "add", "origin", str(origin))
    shutil.copytree(ROOT / "site_builder", work / "site_builder")
    (work / ".gitignore").write_text("/.cache/\n/.venv/\n/site/\n")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message=All")
    (work / ".venv" / "bin").mkdir(parents=True)
    python = work / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    script = step_named("publish.yml", "Put the site")["run"]
    for version, text in [("latest", "old"), ("0.1", "first"), ("latest", "new")]:
        (work / "site").mkdir(exist_ok=True)
        (work / "site" / "index.html").write_text(text)
        bash(script, work, SITE_VERSION=version, GITHUB_SHA="abc")
        git(work, "worktree", "remove", "--force", ".cache/gh-pages")
        git(work, "branch", "--delete", "--force", "gh-pages")
    listed = git(origin, "ls-tree", "-r", "--name-only", "gh-pages").split()
    assert listed == [
        ".nojekyll",
        "0.1/index.html",
        "index.html",
        "latest/index.html",
        "versions.json",
    ]
    assert git(origin, "show", "gh-pages:latest/index.html") == "new"
    assert git(origin, "show", "gh-pages:0.1/index.html") == "first"


def bash(script, folder, **surroundings):
    """Run a step as GitHub does."""
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **surroundings},
        check=True,
        capture_output=True,
        text=True,
    )


def git(folder, *arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(
        ["git", *who, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
