"""The program that draws the charts in a browser: Vega, Vega-Lite and vega-embed in one file, from the package vl-convert.

Made once for a version of the package. Its making takes a second, in which this process would hear of no signal: so it is made in
another one, which writes it to standard output, while the pages are made. vega-embed is told to use the expression
interpreter of the bundle, so that the pages need no `eval`.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from reports.dashboard.files import SiteFolder
from utils import ROOT

_SNIPPET = "window.vegaEmbed = vegaEmbed;"


@contextmanager
def bundle_for(site: SiteFolder) -> Iterator[str]:
    """Let the site have it, at the latest when the block ends; yields its address within the site. CalledProcessError where it cannot be made."""
    name = f"assets/vega-{version('vl-convert-python')}.js"
    if site.keep(name):
        yield name
        return
    command = [sys.executable, "-c", "from reports.dashboard.bundle import write_bundle; write_bundle()"]
    # Of its own session, so that Ctrl-C on a terminal reaches it through this process alone.
    with subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as maker:
        try:
            yield name
            content, said = maker.communicate()
        except BaseException:
            maker.kill()
            raise
    if maker.returncode:
        raise subprocess.CalledProcessError(maker.returncode, command, stderr=said.decode(errors="replace"))
    site.put(name, content)


def write_bundle() -> None:
    """Make it, and write it to standard output."""
    import vl_convert

    sys.stdout.buffer.write(vl_convert.javascript_bundle(_SNIPPET).encode())
