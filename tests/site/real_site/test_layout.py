"""Nothing jumps while a page loads, and nothing sticks out of a phone."""

import functools
import http.server
import threading

import pytest

pytestmark = pytest.mark.slow

# Adds up how far things move, from the first moment on.
WATCH = """window.shifts = [];
window.observer = new PerformanceObserver(list => shifts.push(...list.getEntries()));
observer.observe({type: "layout-shift", buffered: true});"""
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# One screen further, and whether there is more: step by step, so that no single command
# has to last as long as a busy machine takes for a long page.
STEP = f"""(async () => {{
  scrollBy({{top: innerHeight, behavior: "instant"}});
  const {{bottom}} = document.documentElement.getBoundingClientRect();
  const near = image => Math.abs(image.getBoundingClientRect().top) < 2 * innerHeight;
  const shown = [...document.images].filter(image => image.offsetParent && near(image));
  await Promise.all(shown.map(image => image.decode()));
  await {FRAMES};
  return bottom > innerHeight + 1;
}})()"""
SHIFT = """shifts.push(...observer.takeRecords());
shifts.reduce((sum, shift) => sum + shift.value, 0)"""
STILL = 0.01
DRAWN = "performance.getEntriesByName('first-contentful-paint').length > 0"
PAUSE = "new Promise(done => setTimeout(done, 100))"
# How wide the page itself is; what scrolls in a box of its own does not count.
WIDTH = "Math.max(document.scrollingElement.scrollWidth, innerWidth)"


def shift(tab):
    """Scroll to the end, so that figures load, and return how far things moved."""
    tab.run(f"{WATCH}; 0")
    while tab.run(STEP):
        pass
    return tab.run(SHIFT)


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_nothing_moves_on_any_page_and_nothing_sticks_out(
    pages, address, open_page, width
):
    tab = open_page(f"{address}/index.html", width=width)
    faults = []
    for page in pages:
        tab.go(f"{address}/{page}")
        found = tab.run(WIDTH)
        if found != width:
            faults.append(f"{page} is {found} pixels wide")
        moved = shift(tab)
        if moved > STILL:
            faults.append(f"{page} moves by {moved:.3f}")
    assert faults == []


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_nothing_moves_when_the_rest_of_a_page_comes_late(
    pages, site, open_page, width
):
    """As on a slow line or a busy machine: piece by piece, and the scripts last."""
    faults = []
    with SlowSite(site) as slow:
        tab = open_page("about:blank", width=width)
        for page in pages:
            slow.hold()
            tab.begin(f"{slow.address}/{page}")
            tab.wait(DRAWN)
            for arrived in (".md-footer", "#__config"):
                slow.pieces.release()
                tab.wait(f"document.querySelector('{arrived}') !== null")
                tab.run(FRAMES)
            slow.scripts.set()
            tab.wait("document.readyState === 'complete'")
            tab.run(f"{WATCH}; {PAUSE}")
            moved = tab.run(SHIFT)
            if moved > STILL:
                faults.append(f"{page} moves by {moved:.3f}")
    assert faults == []


def test_half_a_formula_is_not_drawn(site, open_page):
    """It stands in the middle of its line, so that all of it would move."""
    visibility = "getComputedStyle(document.querySelector('.formula mo')).visibility"
    with SlowSite(site) as slow:
        slow.scripts.set()
        tab = open_page("about:blank", width=390)
        tab.begin(f"{slow.address}/guides/several-gpus.html")
        tab.wait("document.querySelector('.formula mo') !== null")
        assert tab.run(visibility) == "hidden"
        slow.pieces.release(2)
        tab.wait("document.readyState === 'complete'")
        assert tab.run(visibility) == "visible"


def test_a_figure_without_a_size_would_be_seen_to_move_the_page(
    serve, open_page, tmp_path
):
    (tmp_path / "late.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"/>'
    )
    (tmp_path / "index.html").write_text(
        "<!doctype html><img id='late' alt=''>"
        + "<p>A line of text that has to make room.</p>" * 20
        + "<script>setTimeout(() => late.src = 'late.svg', 300)</script>"
    )
    with serve(tmp_path) as address:
        tab = open_page(f"{address}/index.html")
        tab.wait("late.complete && late.naturalWidth > 0")
        assert shift(tab) > STILL


def test_a_page_that_is_wider_than_a_phone_would_be_seen(address, open_page):
    tab = open_page(f"{address}/index.html", width=390)
    tab.run("document.querySelector('h1').style.width = '500px'")
    assert tab.run(WIDTH) > 390


def test_a_figure_keeps_letters_that_can_be_read_on_a_phone(address, open_page):
    tab = open_page(f"{address}/lessons/01_linear_regression.html", width=390)
    figure = "document.querySelector('img.figure')"
    tab.wait(f"{figure}.parentElement.tabIndex === 0")
    width, frame = tab.run(f"[{figure}.width, {figure}.parentElement.clientWidth]")
    assert frame < 390
    assert width > 500


class SlowSite:
    """Serves a site: each page and the theme's script only as far as it is told to."""

    def __init__(self, folder):
        self.pieces, self.scripts = threading.Semaphore(0), threading.Event()
        self._handler = functools.partial(_Handler, self, directory=folder)

    def hold(self):
        """Send the next page's first piece only, and not the script."""
        self.scripts.clear()

    def __enter__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.scripts.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, slow, *arguments, **options):
        self.slow = slow
        super().__init__(*arguments, **options)

    def log_message(self, *_):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def copyfile(self, source, outputfile):
        if "/javascripts/bundle" in self.path:
            self.slow.scripts.wait(60)
        if self.path.endswith(".html"):
            first, *others = _pieces(source.read())
            outputfile.write(first)
            for piece in others:
                outputfile.flush()
                self.slow.pieces.acquire(timeout=60)
                outputfile.write(piece)
        else:
            super().copyfile(source, outputfile)


def _pieces(page):
    """Cut a page where more will have to find room, and inside its footer.

    That is before the buttons and the second column of the home page, in half of the
    first table, or else of the first formula.
    """
    footer = page.index(b'class="md-footer')
    half = _half(page, footer)
    end = page.find(b'md-footer__direction">')
    end = end if end > 0 else page.index(b'<div class="md-copyright')
    return page[:half], page[half:end], page[end:]


def _half(page, footer):
    buttons = page.find(b'<a class="md-button', 0, footer)
    if buttons > 0:
        return buttons
    for begin, end in (
        (b"<table>", b"</table>"),
        (b'<div class="formula"', b"</math>"),
    ):
        at = page.find(begin, 0, footer)
        if at > 0:
            return (at + page.index(end, at)) // 2
    return footer // 2
