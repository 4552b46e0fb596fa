"""What is wrong with a DATABASE_URL, by its name, and what to do; no part of a password in it."""

import pytest
from psycopg2.extensions import parse_dsn

from utils.database.connection_string import origin_of_another, parsed
from utils.errors import DatabaseSettingsError

GOOD = "postgresql://me:hunter22@db.example/mirror"
FAULTS = {
    # copied with what stands around it
    f"psql '{GOOD}'": ("has text before postgresql:// (psql, a quote)", "nothing around it"),
    f"psql {GOOD}": ("has text before postgresql:// (psql)", "nothing around it"),
    f"DATABASE_URL={GOOD}": ("has text before postgresql:// (DATABASE_URL=)", "nothing around it"),
    f"export DATABASE_URL='{GOOD}'": ("(export, DATABASE_URL=, a quote)", "nothing around it"),
    f"PGPASSWORD=hunter22 psql {GOOD}": ("has text before postgresql:// (psql)", "nothing around it"),
    f"hunter22 {GOOD}": ("has text before postgresql:// (it is not shown)", "nothing around it"),
    f"'{GOOD}'": ("(a quote)", "nothing around it"),
    f'"{GOOD}"': ("(a quote)", "nothing around it"),
    f"“{GOOD}”": ("(a quote)", "nothing around it"),
    f"<{GOOD}>": ("has text before postgresql://", "nothing around it"),
    f"{GOOD}'": ("ends with a quote", "Leave it out"),
    f"{GOOD};": ("ends with a quote, a semicolon", "Leave it out"),
    f"{GOOD}”": ("ends with a quote", "Leave it out"),
    f"{GOOD},": ("ends with a quote, a semicolon, a comma", "Leave it out"),
    f"{GOOD}{GOOD}": ("holds more than one address", "Take one"),
    f"{GOOD}\n{GOOD}": ("holds more than one address", "Take one"),
    GOOD.replace("db.ex", "db.\u200bex"): ("a character in it that cannot be seen", "anew"),
    f"{GOOD} -c 'SELECT 1'": ("has a blank or a line break in it", "in one piece"),
    GOOD.replace("mirror", "mir\nror"): ("has a blank or a line break in it", "in one piece"),
    GOOD.replace("hunter22", "hunt er22"): ("has a blank or a line break in it", "%20"),
    # of other programs
    GOOD.replace("postgresql", "postgresql+psycopg2"): ("names a driver (postgresql+psycopg2://)", "alone"),
    GOOD.replace("postgresql", "postgres+asyncpg"): ("names a driver (postgres+asyncpg://)", "alone"),
    GOOD.replace("postgresql", "PostgreSQL"): ("begins with capital letters", "small letters"),
    GOOD.replace("postgresql", "http"): ("begins with http://", "postgresql://user:password@host"),
    GOOD.replace("postgresql", "mysql"): ("begins with mysql://", "postgresql://user:password@host"),
    "https://console.example/app?x=1": (
        "the address of a page, not of a database",
        "postgresql://user:password@host",
    ),
    "postgresql://me:hunter22@https://abc.example/mirror": (
        "the address of a page where the host stands",
        "a name",
    ),
    f"jdbc:{GOOD}": ("is a string of JDBC", "user and password before the host"),
    "jdbc:postgresql://db.example/mirror?user=me&password=hunter22": (
        "is a string of JDBC",
        "DATABASE_URL=postgresql",
    ),
    "Host=db.example;Username=me;Password=hunter22;Database=mirror": (
        "is a string of .NET",
        "DATABASE_URL=postgresql",
    ),
    "Server=db.example;Port=5432;User Id=me;Password=hunter22;": (
        "is a string of .NET",
        "DATABASE_URL=postgresql",
    ),
    "User Id=me; Password=hunter22; Server=db.example": ("is a string of .NET", "DATABASE_URL=postgresql"),
    "pgsql:host=db.example;dbname=mirror;password=hunter22": (
        "is a string of PHP",
        "DATABASE_URL=postgresql",
    ),
    "PGPASSWORD=hunter22 psql -h db.example -U me mirror": (
        "is a command, not an address",
        "DB_HOST, DB_NAME",
    ),
    "$ psql -h db.example -p 5432 -d mirror -U me": ("is a command, not an address", "DB_HOST, DB_NAME"),
    'psql "host=db.example password=hunter22"': ("is a command, not an address", "DB_HOST, DB_NAME"),
    GOOD.replace("postgresql://", ""): ("lacks postgresql:// at its begin", "before the rest"),
    GOOD.replace("://", ":/"): ("begins with postgresql, but not", "two slashes"),
    "hunter22": ("does not begin with postgresql://", "postgresql://user:password@host"),
    "PGPASSWORD=hunter22 pg_dump -h db.example -U me mirror": (
        "is a command, not an address",
        "DB_HOST, DB_NAME",
    ),
    "prisma+postgres://accelerate.example/?api_key=hunter22": ("of Prisma's proxy", "postgresql://"),
    "$DATABASE_URL": ("the name of a variable", "DATABASE_URL=postgresql"),
    "${{ secrets.DATABASE_URL }}": ("the name of a variable", "DATABASE_URL=postgresql"),
    'env("DATABASE_URL")': ("the name of a variable", "DATABASE_URL=postgresql"),
    "********": ("was copied as stars", "DATABASE_URL=postgresql"),
    "me:hunter22@db.example:5432/mirror": ("lacks postgresql://", "DATABASE_URL=postgresql"),
    GOOD.replace("://", "//"): ("begins with postgresql, but not", "two slashes"),
    GOOD.replace("://", ":"): ("begins with postgresql, but not", "two slashes"),
    GOOD.replace("postgresql", "postgre"): (
        "postgre:// (did you mean postgresql?)",
        "DATABASE_URL=postgresql",
    ),
    GOOD.replace("db.example", "abcdefghijklmnopqrst.supabase.co"): ("the host of Supabase's API", "pooler"),
    # not divided as they should be: the host, which messages name, would hold the password
    "host=db.example,user=me,password=hunter22 dbname=mirror": ("not divided as", "DATABASE_URL=postgresql"),
    "dbname=mirror host=db.example;password=hunter22": ("not divided as", "DATABASE_URL=postgresql"),
    "host=db.example dbname=mirror&password=hunter22": ("not divided as", "DATABASE_URL=postgresql"),
    f"{GOOD}&password=hunter22": ("not divided as", "DATABASE_URL=postgresql"),
    f"{GOOD}/hunter22": ("a / in the name of the database", "alone"),
    GOOD.replace("db.example", "db.example,5432"): ("a host that can be none", "behind a colon"),
    GOOD.replace("db.example", "db.example\\:5432"): ("a host that can be none", "behind a colon"),
    f"{GOOD})": ("ends with a quote, a semicolon", "Leave it out"),
    # parameters of other programs
    f"{GOOD}?pgbouncer=true": ("does not know: pgbouncer", "Leave it out"),
    f"{GOOD}?sslmode=require&pgbouncer=true&connection_limit=1": (
        "does not know: pgbouncer, connection_limit",
        "Leave it out",
    ),
    f"{GOOD}?hunter22@x": ("has a parameter without a value", "Leave it out"),
    f"{GOOD}?sslmode": ("has a parameter without a value", "Leave it out"),
    f"{GOOD}?sslmode=on": ("has an sslmode that is none", "verify-full"),
    "postgresql://me:p/w?hunter22=x@h/mirror": ("PostgreSQL does not know.", "percent-encoded"),
    "postgresql://me:hun?ter22=x": ("has a parameter that PostgreSQL does not know.", "Leave it out"),
    "host=db.example password=p hunter22=x": (
        "has a parameter that PostgreSQL does not know.",
        "Leave it out",
    ),
    # left to be filled in
    GOOD.replace("hunter22", "[YOUR-PASSWORD]"): ("to be filled in, in brackets: the password", "without"),
    GOOD.replace("hunter22", "[hunter22]"): ("to be filled in, in brackets: the password", "without"),
    GOOD.replace("hunter22", "<password>"): ("to be filled in, in brackets: the password", "without"),
    GOOD.replace("hunter22", "${PASSWORD}"): ("to be filled in, in brackets: the password", "without"),
    "postgresql://[user]:[password]@[neon_hostname]/[dbname]": ("in brackets: the user", "without"),
    GOOD.replace("db.example", "[neon_hostname]"): ("in brackets: the host", "without"),
    GOOD.replace("mirror", "<dbname>"): ("in brackets: the database", "without"),
    GOOD.replace("hunter22", "hun[YOUR-PASSWORD]"): ("in brackets: the password", "without"),
    GOOD.replace("hunter22", "%5BYOUR-PASSWORD%5D"): ("in brackets: the password", "without"),
    GOOD.replace("hunter22", "YOUR-PASSWORD"): ("left to be filled in: the password", "the real one"),
    GOOD.replace("hunter22", "your_password_here"): ("left to be filled in: the password", "the real one"),
    GOOD.replace("hunter22", "PASSWORD"): ("left to be filled in: the password", "the real one"),
    GOOD.replace("hunter22", "xxxxxxxx"): ("left to be filled in: the password", "the real one"),
    GOOD.replace("hunter22", "$PGPASSWORD"): ("left to be filled in: the password", "the real one"),
    GOOD.replace("hunter22", "..."): ("left to be filled in: the password", "the real one"),
    GOOD.replace("me:", "postgres.[YOUR-PROJECT-REF]:"): ("in brackets: the user", "without"),
    GOOD.replace("me:", "USER:"): ("left to be filled in: the user", "the real one"),
    GOOD.replace("db.example", "HOST"): ("left to be filled in: the host", "the real one"),
    GOOD.replace("db.example", "HOST:PORT"): ("left to be filled in: the host", "the real one"),
    GOOD.replace("db.example", "db.[ref].supabase.co"): ("in brackets: the host", "without"),
    GOOD.replace("db.example", "<host>"): ("in brackets: the host", "without"),
    GOOD.replace("db.example", "your-project.example"): ("left to be filled in: the host", "the real one"),
    GOOD.replace("db.example", "ep-xxxx-xxxx.neon.tech"): ("left to be filled in: the host", "the real one"),
    GOOD.replace("db.example", "ep-….neon.tech"): ("left to be filled in: the host", "the real one"),
    GOOD.replace("mirror", "DBNAME"): ("left to be filled in: the database", "the real one"),
    "host=db.example user=me password=YOUR-PASSWORD dbname=mirror": (
        "filled in: the password",
        "the real one",
    ),
    # characters that a URL gives another meaning
    GOOD.replace("hunter22", "hunt@er22"): ("has an @ where none can be", "%40"),
    GOOD.replace("hunter22", "hunt/er22"): ("has an @ where none can be", "%2F"),
    GOOD.replace("hunter22", "hunt%er22"): ("has a % that encodes nothing", "%25"),
    GOOD.replace("db.example", "[::1"): ("has a [ that is never closed", "percent-encoded"),
    GOOD.replace("db.example", "db.example:http"): ("has a port that is no port number", "host:port"),
    GOOD.replace("db.example", "db.example:65536"): ("has a port that is no port number", "host:port"),
    GOOD.replace("/mirror", ""): ("names no database", "behind the host"),
    GOOD.replace("mirror", ""): ("names no database", "behind the host"),
    GOOD.replace("mirror", "?sslmode=require"): ("names no database", "behind the host"),
    "host=db.example user=me password=hunter22": ("names no database", "behind the host"),
    "postgresql:///mirror": ("names no host", "postgresql://user:password@host"),
}


@pytest.mark.parametrize("url", FAULTS)
def test_a_fault_is_named_with_its_remedy(url):
    problem, remedy = FAULTS[url]
    with pytest.raises(DatabaseSettingsError) as caught:
        parsed(url)
    assert problem in str(caught.value)
    assert remedy in caught.value.remedy
    text = f"{caught.value} {caught.value.remedy}"
    assert text.startswith("DATABASE_URL ")
    assert "DATABASE_URL" in caught.value.remedy or "DB_HOST" in caught.value.remedy
    assert "\n" not in text
    assert not any(part in text for part in ("hunter22", "hun", "er22"))


@pytest.mark.parametrize(
    "url",
    [
        GOOD,
        GOOD.replace("postgresql", "postgres"),
        f"{GOOD}?sslmode=require&channel_binding=require",
        f"{GOOD}?options=endpoint%3Dabc&application_name=me@home",
        GOOD.replace("hunter22", "%5Bhunter22%5D"),
        GOOD.replace("hunter22", "$hunter#22{x}"),
        GOOD.replace("hunter22", "password"),
        GOOD.replace("hunter22", "%50ASSWORD"),  # where it is really so
        "host=db.example user=me password=[hunter22] dbname=mirror",
        GOOD.replace("hunter22", "xxl.[x]yourself"),
        GOOD.replace("db.example", "host-1.xxxxl.example"),
        GOOD.replace("me:", "user:"),
        GOOD.replace("mirror", "?dbname=mirror"),
        GOOD.replace("db.example", "[2001:db8::1]:5432"),
        GOOD.replace("db.example", "one.example:5432,two.example"),
        "host=db.example user=me password='a b://c' dbname=mirror",
        "service=mine",
        "hostaddr=127.0.0.1 dbname=mirror",
    ],
)
def test_what_is_right_is_taken_as_libpq_takes_it(url):
    assert parsed(url) == parse_dsn(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:****@ep-a.neon.tech/db", "with stars in place of the password"),
        ("postgresql://user:password@host/database", "is an example, not an address"),
    ],
)
def test_what_was_copied_too_early_is_told(url, said):
    with pytest.raises(DatabaseSettingsError, match=said):
        parsed(url)


OTHER = origin_of_another("TARGET_DATABASE_URL", "to copy to")


@pytest.mark.parametrize("url", FAULTS)
def test_a_fault_of_another_address_speaks_of_that_one_alone(url):
    with pytest.raises(DatabaseSettingsError) as caught:
        parsed(url, OTHER)
    said = f"{caught.value} {caught.value.remedy}".replace("(DATABASE_URL=)", "").replace(
        "export, DATABASE_URL=", ""
    )
    assert said.startswith("TARGET_DATABASE_URL ")
    assert "DATABASE_URL" not in said.replace("TARGET_DATABASE_URL", "")
    assert "DB_HOST" not in said
