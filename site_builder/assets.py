"""The assets that no one wrote by hand: from npm packages, into the tree."""

from site_builder.maths_font import FONT
from site_builder.node_packages import node_modules

TEMML_STYLE = "temml/dist/Temml-Local.css"
FROM_NODE_PACKAGES = {
    FONT: "@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff",
    "assets/fonts/LICENSE-stix-two-math.txt": "@fontsource/stix-two-math/LICENSE",
    "assets/temml.css": TEMML_STYLE,
    "assets/Temml.woff2": "temml/dist/Temml.woff2",
    "assets/javascripts/iframe-worker.js": "iframe-worker/shim/index.js",
}


def fetched_assets():
    """Read the assets that come through npm.

    Returns:
        Dictionary from a path below the tree to bytes.

    Raises:
        BuildError: If they cannot be fetched.
    """
    modules = node_modules()
    return {
        name: (modules / source).read_bytes()
        for name, source in FROM_NODE_PACKAGES.items()
    }
