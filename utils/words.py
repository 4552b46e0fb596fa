"""Words for a person to read."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 day`, `2 days`; `many` is the plural where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
