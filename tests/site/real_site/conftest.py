"""The real site, built once for all workers, and a real browser to read it with."""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from site_builder.project import REPOSITORY_ROOT, Project

SECONDS = 60
FLAGS = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# Chromium reads commands from file 3 and writes answers to file 4.
BEGIN = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


@dataclass(frozen=True)
class Copy(Project):
    """A copy of the sources that shares the repository's cache of lessons."""

    @property
    def lesson_cache(self):
        """What `make site` uses too, so that no lesson runs twice."""
        return REPOSITORY_ROOT / ".cache" / "lessons"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Return the folder of the finished site; the first worker to ask builds it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    project = Copy(shared / "real_site")
    done, failed = shared / "real_site.done", shared / "real_site.failed"
    try:
        project.root.mkdir()
    except FileExistsError:
        _wait_for(lambda: done.exists() or failed.exists(), 900)
    else:
        try:
            _build(project)
            done.touch()
        except BaseException as error:
            failed.write_text(str(error), "utf-8")
            raise
    if failed.exists():
        pytest.fail(f"The site was not built: {failed.read_text('utf-8')}")
    return project.site


def _build(project):
    from site_builder.build import make_tree
    from site_builder.with_mkdocs import build_site

    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("docs", "fmkeras", "tutorials", "site_builder/templates"):
        shutil.copytree(REPOSITORY_ROOT / name, project.root / name, ignore=ignored)
    shutil.copy(REPOSITORY_ROOT / "mkdocs.yml", project.config)
    here = Path.cwd()
    os.chdir(project.root)
    try:
        build_site(project, make_tree(project, Console(quiet=True)), project.site)
    finally:
        os.chdir(here)


def _wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"The site was not there after {seconds} s.")
        time.sleep(0.2)


@pytest.fixture(scope="session")
def pages(site):
    """Return the paths of all pages, relative to the site."""
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    assert len(names) > 12
    return names


@pytest.fixture(scope="session")
def address(site, serve):
    """Return the address that the site is served at."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser(chromium, tmp_path_factory):
    """Return a running `Browser`."""
    browser = Browser(chromium, tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser):
    """Return a function that opens a fresh tab; every tab is closed after the test."""
    tabs = []

    def open_page(url, **options):
        tabs.append(Tab(browser, **options))
        tabs[-1].go(url)
        return tabs[-1]

    yield open_page
    for tab in tabs:
        tab.close()


class Browser:
    """Chromium, spoken to in its DevTools protocol through a pair of pipes."""

    def __init__(self, executable, profile):
        reads, self._out = os.pipe()
        self._in, writes = os.pipe()
        theirs = [_high(reads), _high(writes)]
        flags = [*FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", BEGIN, *map(str, theirs), executable, *flags],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for each in theirs:
            os.close(each)
        self._rest, self._last, self._answers = b"", 0, {}
        self.events = []

    def send(self, method, session=None, **parameters):
        """Send one command and return its result."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + SECONDS
        while number not in self._answers:
            self.listen(deadline - time.monotonic())
        answer = self._answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def listen(self, seconds):
        """Wait for something to arrive and sort it."""
        if not select.select([self._in], [], [], max(seconds, 0))[0]:
            raise TimeoutError("Chromium said nothing.")
        piece = os.read(self._in, 1 << 20)
        if not piece:
            raise RuntimeError("Chromium has ended.")
        *messages, self._rest = (self._rest + piece).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self.events.append(message)

    def close(self):
        """End Chromium."""
        try:
            self.send("Browser.close")
            self._process.wait(10)
        finally:
            self._process.kill()
            os.close(self._in)
            os.close(self._out)


class Tab:
    """One page in a browsing context of its own: no cookie, no stored choice."""

    def __init__(self, browser, scheme="light", width=1280, height=900):
        self._browser = browser
        self._context = browser.send("Target.createBrowserContext")["browserContextId"]
        target = browser.send(
            "Target.createTarget", url="about:blank", browserContextId=self._context
        )
        self._session = browser.send(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )["sessionId"]
        self._sessions = {self._session}
        for domain in ("Page", "Runtime", "Network"):
            self._send(f"{domain}.enable")
        self._send(
            "Target.setAutoAttach",
            autoAttach=True,
            waitForDebuggerOnStart=True,
            flatten=True,
        )
        self._scheme = [{"name": "prefers-color-scheme", "value": scheme}]
        self._send("Emulation.setEmulatedMedia", features=self._scheme)
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self._send("Emulation.setDeviceMetricsOverride", mobile=width < 600, **size)

    def go(self, url):
        """Open an address and wait until everything it asks for has come."""
        self.begin(url)
        self.wait("document.readyState === 'complete'")

    def begin(self, url):
        """Open an address and wait no longer than until it answers."""
        self._send("Page.navigate", url=url)
        self.wait(f"location.href === {json.dumps(url)}")

    def run(self, code):
        """Return the value of an expression of JavaScript, awaited."""
        result = self._send(
            "Runtime.evaluate",
            expression=code,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def wait(self, condition):
        """Wait until an expression of JavaScript is true and return its value."""
        return self.wait_for(lambda: self.run(condition), condition)

    def wait_for(self, condition, words="the condition"):
        """Wait until a function without arguments returns what is true."""
        deadline = time.monotonic() + SECONDS / 3
        while not (value := condition()):
            assert time.monotonic() < deadline, f"never came true: {words}"
            self.run("0")  # listen
            self._let_workers_run()
            time.sleep(0.02)
        return value

    def show_as_printed(self):
        """Lay the page out as for paper."""
        self._send("Emulation.setEmulatedMedia", media="print", features=self._scheme)

    def type(self, text):
        """Type into what has the focus."""
        self._send("Input.insertText", text=text)
        self._send("Input.dispatchKeyEvent", type="keyUp", key="Shift")

    def requests(self):
        """Return every address that the page and its workers have asked for."""
        self._let_workers_run()
        return {
            event["params"]["request"]["url"]
            for event in self._browser.events
            if event["method"] == "Network.requestWillBeSent"
            and event["sessionId"] in self._sessions
        }

    def _let_workers_run(self):
        """Listen to the workers that have begun, and let them go on."""
        for event in list(self._browser.events):
            if event["method"] != "Target.attachedToTarget":
                continue
            session = event["params"]["sessionId"]
            if event.get("sessionId") in self._sessions - {session}:
                self._browser.events.remove(event)
                self._sessions.add(session)
                with suppress(RuntimeError):  # it ends with the page that began it
                    self._browser.send("Network.enable", session)
                    self._browser.send("Runtime.runIfWaitingForDebugger", session)

    def close(self):
        """Close the page and forget what it did."""
        self._browser.send(
            "Target.disposeBrowserContext", browserContextId=self._context
        )
        self._browser.events.clear()

    def _send(self, method, **parameters):
        return self._browser.send(method, self._session, **parameters)


def _high(descriptor):
    """Move a descriptor out of the way of 3 and 4."""
    import fcntl

    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10)
    os.close(descriptor)
    return moved
