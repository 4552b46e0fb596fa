"""The sixteen types in words of our own: eight by what is always known, each with or without the beaten path."""

NAMES = {  # familiarity or exploration, timelessness or newness, loyalty or variety
    "FTL": ("The Keeper", "A few artists, songs of long ago, and those again and again."),
    "FTV": ("The Librarian", "Few artists, and of them everything, down to the oldest shelf."),
    "FNL": ("The Regular", "The same artists, and whatever they have brought out last, on repeat."),
    "FNV": ("The Companion", "The same artists, each new song of theirs, and on to the next one."),
    "ETL": ("The Treasure Hunter", "Ever other artists, old songs, and each find is held on to."),
    "ETV": ("The Archaeologist", "Ever other artists, digging through the decades, hardly a song twice."),
    "ENL": ("The Scout", "First to a new artist, and the new song stays for weeks."),
    "ENV": ("The Wayfarer", "Ever other artists, always the newest, and never back the same way."),
}
PATHS = {"C": "on the beaten path", "U": "off the beaten path"}


def name_of(kind: str) -> str:
    """`The Scout, off the beaten path`; of a type whose fourth letter is not known, what is known."""
    path = PATHS.get(kind[3])
    return f"{NAMES[kind[:3]][0]}, {path}" if path else NAMES[kind[:3]][0]


def sentence_of(kind: str) -> str:
    """What it means."""
    return NAMES[kind[:3]][1]
