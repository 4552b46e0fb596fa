"""Selects the tracks of a definition from the database, with one SQL statement; also evaluates its filter in Python."""
