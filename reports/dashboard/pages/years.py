"""Years: all calendar years of the record, each with its totals and its covers; and the page of each."""

from collections.abc import Mapping, Sequence
from functools import partial

from reports.dashboard.page import Page
from reports.dashboard.pages import year
from reports.dashboard.pages.year_record import plays_of_years, read_record
from reports.dashboard.ranges import address_of
from reports.dashboard.scope import Source

STRIP = 8  # covers in the row of a year


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    if not source.scope.plays:
        return {"opened": None, "years": []}
    record = source.once(read_record)
    years = [{**year.summary(source, record, each), "file": file_of(each)} for each in record.years]
    opened = opened_year(source, record.years)
    return {
        "opened": next(each for each in years if each["year"] == opened),
        "years": years,
        "most": max(each["heard_ms"] for each in years) or 1,
        "strip": STRIP,
        "covers": source.covers,
        "address_of": address_of,
    }


def opened_year(source: Source, years: Sequence[int]) -> int:
    """The running year; in January the last one that is complete. Where it has no plays, the newest before it."""
    today = source.scope.today
    wanted = today.year - (today.month == 1)
    return next((each for each in years if each <= wanted), years[0])


def file_of(number: int) -> str:
    """The address of a year's page."""
    return f"year-{number}.html"


def family(source: Source) -> Sequence[Page]:
    """A page for each calendar year with plays."""
    return [_page(each) for each in plays_of_years(source)]


def _page(number: int) -> Page:
    read_year = partial(year.read, year=number)
    name = str(number)
    return Page(
        f"year-{number}",
        name,
        name,
        read_year,
        template="year",
        under="years",
        tells_time=True,
        public="years",
    )


PAGE = Page("years", "Years", "Years", read, tells_time=True)
