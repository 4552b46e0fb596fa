"""`./run backup` and `./run restore`: the whole database in one file, and back again."""
