"""Reading what others keep of a listener's plays, without a database: Spotify's exports, and other tools' files.

`found.find` says which files of the given paths are histories, and refuses what is none before anything is read;
`reading.read` yields the rows of one of them, each a `Listen` or an `Aside` (`rows.py`).
"""
