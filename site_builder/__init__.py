"""Makes the site: lessons executed and rendered, API pages, one plain Markdown tree.

The tree under `.cache/site_docs/` is plain Markdown and assets; MkDocs is only
pointed at it. `python -m site_builder build` does everything.
"""
