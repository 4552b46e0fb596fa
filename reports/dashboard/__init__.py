"""The static site: what each page says (`pages/`), how it is said (`words.py`, `charts.py`, `covers.py`), and the files (`files.py`)."""
