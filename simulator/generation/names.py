"""Words for generated names, and the names that break programs."""

import random

# fmt: off
ADJECTIVES = (
    "Amber", "Borrowed", "Broken", "Careless", "Distant", "Early", "Electric", "Endless",
    "Faded", "Gentle", "Golden", "Hollow", "Hidden", "Last", "Late", "Little",
    "Lonely", "Midnight", "Northern", "Open", "Paper", "Pale", "Quiet", "Restless",
    "Second", "Silver", "Slow", "Southern", "Sudden", "Velvet", "Violet", "Warm",
    "Wild", "Winter", "Yellow",
)
NOUNS = (
    "Harbour", "Lantern", "Letter", "Mirror", "Morning", "Mountain", "Ocean", "Orchard",
    "Parade", "Photograph", "Radio", "Railway", "River", "Road", "Room", "Satellite",
    "Season", "Shadow", "Signal", "Station", "Stranger", "Street", "Summer", "Telephone",
    "Tide", "Train", "Valley", "Village", "Weather", "Window", "Garden", "Fever",
    "Bridge", "Engine", "Island",
)
FIRST = (
    "Ada", "Ben", "Cleo", "Dario", "Elif", "Femke", "Gil", "Hana",
    "Ivo", "Jula", "Kofi", "Lena", "Mads", "Nour", "Otis", "Petra",
    "Quin", "Rosa", "Sami", "Tove",
)
LAST = (
    "Abara", "Bakker", "Castell", "Dvorak", "Engel", "Fonseca", "Grau", "Holm",
    "Ito", "Jansen", "Kaya", "Lund", "Moreau", "Novak", "Okafor", "Park",
)
# fmt: on
ENDINGS = ("", "", "", "", "", " (Live)", " - Remastered 2011", " (feat. {artist})", " - Radio Edit", " II")
GENRES = (
    "indie pop",
    "shoegaze",
    "afrobeats",
    "dutch pop",
    "jazz fusion",
    "ambient",
    "techno",
    "trip hop",
    "folk rock",
    "bossa nova",
    "neo soul",
    "post-punk",
)
LABELS = ("Harbour Records", "Night Train", "Self-released", "Blue Window", "Orchard & Sons")
PLAYLISTS = (
    "Sunday Kitchen",
    "Running 170 bpm",
    "Focus",
    "Road trip",
    "Rainy days",
    "Party",
    "Old favourites",
    "Discoveries 2026",
    "Dinner",
    "Sleep",
    "Guitars",
    "Dutch",
)

# Each of these has broken a program somewhere: markup, quoting, scripts of other directions, marks that combine,
# control characters, and length.
AWKWARD = (
    "<script>alert(1)</script>",
    "Say \"Yes\" & 'No' <b>now</b>",
    "'; DROP TABLE tracks; --",
    "🌈🎸 Fiësta 🇳🇱 👩‍👩‍👧",
    "أغنية الصباح",
    "שיר של בוקר",
    "夜に駆ける 春の雨",
    "봄날의 기억",
    "เพลงรักยามเช้า",
    "प्रेम का गीत",
    "e\u0301te\u0301 a\u0308 n\u0303 Z\u0337\u0322a\u0334l\u0336g\u0337o",
    "nul\x00inside",
    "x" * 1000,
    "  spaced   out  ",
    "back\\slash %s %(name)s {name} $1",
    "tab\tand\nnewline",
    "\u202eright to left override\u202c",
    "=HYPERLINK(1,2)",
    "null",
    "\ufb01ne \uff26\uff35\uff2c\uff2c width",
)


def artist_name(rng: random.Random) -> str:
    """A band or a person."""
    kind = rng.random()
    if kind < 0.45:
        return f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    if kind < 0.8:
        return f"The {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}s"
    return f"{rng.choice(ADJECTIVES)}{rng.choice(NOUNS).lower()}"


def title(rng: random.Random, featuring: str = "") -> str:
    """Title of a track or an album."""
    words = rng.choice(
        (
            f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}",
            f"{rng.choice(NOUNS)} of {rng.choice(NOUNS)}s",
            f"{rng.choice(NOUNS)}",
            f"The {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}",
        )
    )
    ending = rng.choice(ENDINGS) if featuring else ""
    return words + ending.format(artist=featuring)
