"""Words for generated names, and the names that break programs."""

import random
from collections.abc import Iterator, Sequence
from itertools import count

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

# Artists of other scripts and directions, and of long names, by their rank among the made-up ones, each with titles of theirs. They are much
# heard, so that every page and report shows them; what breaks programs is above.
LONG_TITLE = "Nocturne No. 7 in C-sharp minor, Op. 31 “The Lighthouse Keeper's Third Daughter”: II. Adagio ma non troppo (Live at the Old Harbour)"
ABROAD = {
    1: (
        "The Borrowed Northern Harbour Philharmonic Orchestra and Friends of the Midnight Railway",
        (
            "Overture",
            LONG_TITLE,
            "Lanterns",
            "Letters That Were Never Sent to Anyone Who Would Have Answered Them",
            "Encore",
        ),
    ),
    2: ("להקת הגשר הישן", ("שיר לרכבת האחרונה", "חלון פתוח", "דרך אל הים", "מכתב מהצפון", "לילה לבן")),
    4: ("Северный вокзал", ("Последний поезд", "Открытое окно", "Белая ночь", "Письмо", "Дорога к морю")),
    6: (
        "فرقة ضوء القمر",
        ("ليل المدينة الطويل", "رسالة إلى البحر", "نافذة مفتوحة", "القطار الأخير (Radio Edit)", "صباح هادئ"),
    ),
    8: (
        "Donaudampfschifffahrtsgesellschaft",
        ("Nachtfahrt", "Schleusenwärterlieder", "Rückenwind", "Kapitänskajütengeflüster", "Heimathafen"),
    ),
    58: ("夜間飛行楽団", ("夜に咲く花", "海辺の手紙", "最終列車", "春の雨音", "窓をあけて")),
    10: (
        "Στάση Λιμάνι",
        ("Τελευταίο τρένο", "Ανοιχτό παράθυρο", "Γράμμα", "Άσπρη νύχτα", "Θάλασσα"),
    ),
    92: ("ฝนเดือนหก", ("หน้าต่างที่เปิดอยู่", "จดหมายถึงทะเล", "รถไฟเที่ยวสุดท้าย", "คืนสีขาว", "เช้าวันอาทิตย์")),
    16: ("گروه ایستگاه شب", ("پنجره باز", "آخرین قطار", "نامه‌ای به دریا", "شب سفید", "صبح آرام")),
    178: (
        "The Society for the Preservation of Slow Trains and of Late Evenings by the Sea",
        (
            "Timetable",
            "A Short Speech on the Occasion of the Opening of the Second Platform",
            "Delay",
            "Waiting Room",
            "Last Call",
        ),
    ),
    229: ("봄날의 라디오", ("마지막 기차", "열린 창문", "바다로 보낸 편지", "하얀 밤", "일요일 아침")),
}
PLAYLISTS_ABROAD = {
    4: "مطبخ يوم الجمعة",
    5: "Everything that we danced to in the kitchen between the first snow and the last train home",
    6: "雨の日の散歩",
}


def titles_abroad(titles: Sequence[str]) -> Iterator[str]:
    """The titles one after the other, and then again with a number: `Overture`, `Overture 2`."""
    yield from titles
    for number in count(2):
        yield from (f"{title} {number}" for title in titles)


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
