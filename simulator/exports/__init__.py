"""A listener's history of many years, and Spotify's privacy exports of it, whose truth is known.

* `write_export`: a whole download, as a folder or `my_spotify_data.zip`, and the `Truth` of what it holds; for the demo and
  for `python -m simulator.exports`
* `listenings`: what was really heard, from a library, a seed and `Habits`; an iterator of any length
* `rows`, `extended_history`: the same as rows and as files of the extended history, in each of the `FORMS` since 2020
* `account_data`: the files of the account data
* `mixed_history`, `mix`: export and API each tell the same listening in its own way (`Api`), and which is which (`Mixed`, whose
  `judge` says what a rule of matching is worth)
* `know_all`: lets a simulator answer for every track of a history, also for those that the account has never had
* `retold`: another download of the same history, in other words
* `PERSONAL_MARKS`: texts that stand in exports as personal data only, so that none may ever be found in a database

Moments that come in and go out are aware; inside they are milliseconds since 1970, UTC. The exports' are UTC, as Spotify's are: the
listener's time zone (`Habits.time_zone`) decides when somebody listens, not what is written.
"""

from simulator.exports.account_data import account_data
from simulator.exports.export import Written, write_export
from simulator.exports.extended import FORMS, Form, extended_history, rows
from simulator.exports.habits import Habits
from simulator.exports.listening import Item, Listening, Truth
from simulator.exports.mixed import HARD, HARDEST, HONEST, Api, Mixed, Verdict, mix, mixed_history
from simulator.exports.personal import PERSONAL_MARKS
from simulator.exports.repertoire import add_to_catalogue, know_all
from simulator.exports.retold import retold
from simulator.exports.years import listenings

__all__ = [
    "FORMS",
    "HARD",
    "HARDEST",
    "HONEST",
    "PERSONAL_MARKS",
    "Api",
    "Form",
    "Habits",
    "Item",
    "Listening",
    "Mixed",
    "Truth",
    "Verdict",
    "Written",
    "account_data",
    "add_to_catalogue",
    "extended_history",
    "know_all",
    "listenings",
    "mix",
    "mixed_history",
    "retold",
    "rows",
    "write_export",
]
