"""The packages that reports need beyond requirements.txt: what lacks is said before it is imported."""

from collections.abc import Mapping
from importlib.util import find_spec

from utils.errors import SettingsError

FIGURES = {"jinja2": "Jinja2", "PIL": "Pillow"}  # what every figure of the site is read with
SITE = {**FIGURES, "vl_convert": "vl-convert-python"}
OF_FILES = "-r requirements-images.txt -r requirements-site.txt"


def check_packages(what: str, packages: Mapping[str, str], start: str, files: str = OF_FILES) -> None:
    """Raise SettingsError where this Python lacks one. `packages`: names to install, by the names that are imported."""
    missing = [name for module, name in packages.items() if find_spec(module) is None]
    if missing:
        raise SettingsError(
            f"{what} needs packages that are not installed: {', '.join(missing)}.",
            f"Start it by {start}, or install them: python -m pip install {files}",
        )
