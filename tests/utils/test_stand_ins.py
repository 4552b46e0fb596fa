"""Modules that are loaded when they are first asked for something."""

import subprocess
import sys

from utils import ROOT


def said_by(code):
    """What a Python of its own prints, which has loaded nothing yet."""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return ended.stdout.split()


BEGIN = "import sys; from utils.stand_ins import stand_ins\n"


def test_a_module_is_loaded_by_the_first_who_asks_it_for_something():
    code = BEGIN + (
        "with stand_ins({'inspect': {}}):\n"
        "    import dataclasses\n"
        "print('inspect' in sys.modules)\n"
        "print(dataclasses.make_dataclass('One', ['number']).__doc__)\n"  # is written by inspect
        "print('inspect' in sys.modules)"
    )
    loaded, *written, loaded_then = said_by(code)
    assert (loaded, loaded_then) == ("False", "True")
    assert "".join(written).startswith("One(number")


def test_what_is_asked_while_it_is_imported_loads_it_too():
    code = (
        BEGIN
        + "with stand_ins({'fractions': {}}):\n    from fractions import Fraction\nprint(Fraction(1, 2))"
    )
    assert said_by(code) == ["1/2"]


def test_what_is_given_loads_nothing():
    code = BEGIN + (
        "with stand_ins({'fractions': {'Fraction': int}}):\n    from fractions import Fraction\n"
        "print(Fraction('3'), 'fractions' in sys.modules)\nfrom fractions import Fraction\nprint(Fraction('1/2'))"
    )
    assert said_by(code) == ["3", "False", "1/2"]


def test_what_is_loaded_already_stays():
    code = BEGIN + (
        "import json\nwith stand_ins({'json': {'loads': None}}):\n    from json import loads\nprint(loads('[5]')[0])"
    )
    assert said_by(code) == ["5"]


def test_who_wants_the_real_ones_of_requests_and_spotipy_gets_them():
    code = (
        "import utils.spotify.client, requests\n"
        "from importlib.metadata import version\nimport charset_normalizer, idna, spotipy.oauth2\n"
        "response = requests.Response()\nresponse._content = 'größer'.encode('utf-16')\n"
        "print(version('requests') == requests.__version__, response.apparent_encoding, idna.encode('ü.de').decode(), "
        "spotipy.oauth2.SpotifyOAuth.__name__)"
    )
    assert said_by(code) == ["True", "UTF-16", "xn--tda.de", "SpotifyOAuth"]
