"""The program that draws the charts in a browser: Vega, Vega-Lite and vega-embed in one file, from the package vl-convert.

Made once for a version of the package; its making takes a second. vega-embed is told to use the expression interpreter of the bundle, so that
the pages need no `eval`.
"""

from importlib.metadata import version

import vl_convert

from reports.dashboard.files import SiteFolder

_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def put_bundle(site: SiteFolder) -> str:
    """Let the site have it; the address within the site."""
    name = f"assets/vega-{version('vl-convert-python')}.js"
    if not site.keep(name):
        site.put(name, vl_convert.javascript_bundle(_SNIPPET).encode())
    return name
