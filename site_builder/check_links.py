"""Finds links of a finished site that lead nowhere within it."""

from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

ORIGIN = "https://here.invalid"


def broken_links(site, folder="/"):
    """Follow every internal link of every page to its file and its anchor.

    Args:
        site: Path of the finished site.
        folder: String. The path that it will be shown at: where there is one, the
            page for what is not found names it in its links.

    Returns:
        List of strings, one for each link that leads nowhere.
    """
    pages = {
        path.relative_to(site).as_posix(): _read(path.read_text("utf-8"))
        for path in sorted(site.rglob("*.html"))
    }
    broken = []
    for name, page in pages.items():
        for link in page.links:
            target = urlsplit(urljoin(f"{ORIGIN}{folder}{name}", link))
            if f"{target.scheme}://{target.netloc}" != ORIGIN:
                continue
            path = unquote(target.path).removeprefix(folder) or "index.html"
            if not (site / path).is_file():
                broken.append(f"{name}: {link} leads to no file")
            elif path in pages and not pages[path].has(unquote(target.fragment)):
                broken.append(f"{name}: {link} leads to no anchor")
    return broken


@lru_cache(maxsize=1024)  # a preview meets most pages again
def _read(text):
    page = _Page()
    page.feed(text)
    return page


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.anchors = [], set()

    def has(self, anchor):
        return not anchor or anchor in self.anchors

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes.get("id"), attributes.get("name")}
        for name in ("href", "src"):
            if attributes.get(name):
                self.links.append(attributes[name])
