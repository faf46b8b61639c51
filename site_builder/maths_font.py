"""Cuts the maths font down to the characters that the site's formulas use."""

import html
import re

FONT = "assets/fonts/stix-two-math.woff"

# The slanted letters that a one-letter identifier is drawn in: where each run of
# plain letters starts, how many there are, and where the slanted run starts.
SLANTED = [
    ("A", 26, 0x1D434),
    ("a", 26, 0x1D44E),
    ("Α", 25, 0x1D6E2),
    ("α", 25, 0x1D6FC),
]
SLANTED_SYMBOLS = dict(zip("∂ϵϑϰϕϱϖ", range(0x1D715, 0x1D71C), strict=True))
SLANTED_H = "\u210e"  # the one letter that lies elsewhere
NEVER_WRITTEN = "\u221a\u00a0"  # drawn by <msqrt>, not found in the text


def subset_font(site):
    """Replace the site's maths font by one with only the characters it needs.

    Args:
        site: Path of the finished site.
    """
    from fontTools import subset

    path = site / FONT
    options = subset.Options(flavor="woff", layout_features=["*"], notdef_outline=True)
    font = subset.load_font(str(path), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters_of(site))))
    subsetter.subset(font)
    font["head"].modified = font["head"].created
    subset.save_font(font, str(path), options)


def characters_of(site):
    """Collect every character that a formula of the site shows.

    Args:
        site: Path of the finished site.

    Returns:
        Set of characters.
    """
    found = set(map(chr, range(0x20, 0x7F))) | set(NEVER_WRITTEN)
    for page in site.rglob("*.html"):
        for formula in re.findall(
            r"<math.*?</math>", page.read_text("utf-8"), re.DOTALL
        ):
            found |= set(html.unescape(re.sub(r"<[^>]*>", "", formula)))
    return found | {_slanted(character) for character in found}


def _slanted(character):
    for first, count, slanted in SLANTED:
        position = ord(character) - ord(first)
        if 0 <= position < count:
            return SLANTED_H if character == "h" else chr(slanted + position)
    return chr(SLANTED_SYMBOLS.get(character, ord(character)))
