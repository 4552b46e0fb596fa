"""Words for a person to read."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 day`, `2 days`; `many` is the plural where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def hours_text(seconds: float) -> str:
    """`50 minutes`, `3 h 10 m`, `12 days`: as exact as anybody wants to know it."""
    minutes = round(seconds / 60)
    if minutes < 60:
        return counted(minutes, "minute")
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} m".removesuffix(" 0 m")
    return counted(round(minutes / 1440), "day")
