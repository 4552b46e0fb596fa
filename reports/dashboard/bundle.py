"""The program that draws the charts in a browser: Vega, Vega-Lite and vega-embed in one file, from the package vl-convert.

Made once for a version of the package. Its making takes a second, in which this process would hear of no signal: so it is made in
another one, which writes it to standard output. vega-embed is told to use the expression
interpreter of the bundle, so that the pages need no `eval`.
"""

import subprocess
import sys
from importlib.metadata import version

from reports.dashboard.files import SiteFolder
from utils import ROOT

_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def put_bundle(site: SiteFolder) -> str:
    """Let the site have it; the address within the site."""
    name = f"assets/vega-{version('vl-convert-python')}.js"
    if not site.keep(name):
        command = [sys.executable, "-c", "from reports.dashboard.bundle import write_bundle; write_bundle()"]
        made = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own module
        site.put(name, made.stdout)
    return name


def write_bundle() -> None:
    """Make it, and write it to standard output."""
    import vl_convert

    sys.stdout.buffer.write(vl_convert.javascript_bundle(_SNIPPET).encode())
