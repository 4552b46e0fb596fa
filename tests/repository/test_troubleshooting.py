"""docs/troubleshooting.md: whoever searches it for the words of a message finds them, and what it says to do can be done."""

import re
from functools import cache

import pytest

from tests.conftest import run_module
from tests.repository.messages import GAP, Message, messages, normal, pieces, texts
from utils import ROOT
from utils.job.app_settings import SETTINGS
from utils.job.scripts import jobs

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# The commands that are no file of their own in one of the rooms, as `./run` maps them.
DOORS = {
    "sync": "api_syncs.run_all",
    "login": "utils.login",
    "setup-github": "utils.github",
    "dashboard": "reports.build_dashboard",
    "import": "db.import_streaming_history",
    "playlists": "playlists",
    "db": "db",
    "status": "reports.sync_status",
}
ENDS_A_RUN = {
    "JobError",
    "SettingsError",
    "ListError",
    "TransientError",
    "DatabaseError",
    "DatabaseSettingsError",
    "DatabaseUnavailableError",
    "SchemaError",
    "GitHubError",
    "GhError",
}
NO_SCRIPT = {"demo", "setup", "…", "SCRIPT", "JOB", "alone"}


def rows() -> list[list[str]]:
    """The cells of each row of the tables that begin with `message`."""
    found = []
    for table in re.findall(
        r"^\| message \| cause \| remedy \|\n\| --- .*\n((?:\|.*\n)+)", PAGE, re.MULTILINE
    ):
        found += [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()
        ]
    return found


def quotes() -> list[str]:
    return [quote for row in rows() for quote in row[0].split("<br>")]


def test_every_row_has_words_of_a_message_a_cause_and_a_remedy() -> None:
    assert len(rows()) > 100
    for row in rows():
        assert len(row) == 3, row
        assert all(row), row


def test_every_message_is_found_by_its_words() -> None:
    """The first six words of the longest fixed part of its first sentence; where fewer than two stand in a row, nobody can search for it."""
    assert len(messages()) > 700
    shown = "\n".join(piece for quote in quotes() for piece in pieces(quote))
    missing = {
        f"{message.place}: {message.text}"
        for message in messages()
        if message.key and not re.search(rf"(?<!\S){re.escape(message.key)}", shown)
    }
    assert missing == set(), "docs/troubleshooting.md lacks the words of these messages"


def test_no_row_quotes_what_nothing_says_any_more() -> None:
    whole = "\n".join(texts())
    gone = [
        quote
        for quote in quotes()
        if not pieces(quote) or not re.search(".*".join(map(re.escape, pieces(quote))), whole)
    ]
    assert gone == [], "nothing in the source says these words of docs/troubleshooting.md"


def test_nothing_is_said_twice() -> None:
    said = [normal(quote) for quote in quotes()]
    assert [quote for quote in dict.fromkeys(said) if said.count(quote) > 1] == []


def test_a_message_is_taken_apart_at_what_differs_and_at_its_sentences() -> None:
    text = f"Playlist {GAP} was edited, more than once. Look: it is (perhaps) as {GAP} it was."
    assert pieces(text) == ["playlist", "was edited more than once", "look it is perhaps as", "it was"]
    assert Message("", "", text, "").key == "was edited more than once"
    assert Message("", "", f"{GAP} missing", "").key == ""


def test_an_error_says_what_to_do() -> None:
    """What ends a run has a remedy; only where somebody has ended it, or has said no, or where it says itself what a value is."""
    enough = re.compile(r"^Nothing was changed|^stopped by|it is (a whole number|true or false|a text)")
    assert {
        message.text
        for message in messages()
        if message.kind in ENDS_A_RUN and message.is_alone and not enough.search(message.text)
    } == set()


@cache
def said_by(command: str, sub: str) -> str:
    """What `--help` of a command says; "" where there is no such command."""
    module = DOORS.get(command)
    if module is None:
        for room in ("db", "api_syncs", "playlists", "reports"):
            if (ROOT / room / f"{command}.py").is_file():
                module = f"{room}.{command}"
    if module is None:
        return ""
    ended = run_module(module, *filter(None, (sub, "--help")))
    return ended.stdout if ended.returncode == 0 else ""


def commands() -> list[str]:
    """`./run …` of causes, remedies, introductions and the block of commands, without quotes of messages."""
    rest = re.sub(r"^\| .*? \| (?=.*\|.*\|$)", "| ", PAGE, flags=re.MULTILINE)
    inline = re.findall(r"`\./run ([^`]+)`", rest)
    blocks = re.findall(r"^\./run (.*?)(?: +#.*)?$", PAGE, re.MULTILINE)
    return list(dict.fromkeys(inline + blocks))


@pytest.mark.slow(10)
def test_what_it_says_to_do_can_be_done() -> None:
    """Each command is one, its subcommand is known, and `--help` has each option; a setting that is set is one."""
    assert len(commands()) > 40
    for text in commands():
        words = text.split()
        if words[0] in NO_SCRIPT:
            continue
        sub = (
            words[1]
            if len(words) > 1 and re.fullmatch(r"[a-z-]+[a-z]", words[1]) and words[1][0] != "-"
            else ""
        )
        help_text = said_by(words[0], "")
        assert help_text, text
        if sub:
            assert re.search(rf"(?<![\w-]){re.escape(sub)}(?![\w-])", help_text), text
        options = [word for word in words if word.startswith("--")]
        if options:
            help_text += said_by(words[0], sub)
        for option in options:
            assert re.search(rf"{re.escape(option)}(?![\w-])", help_text), (text, option)
        if words[0] == "settings" and sub == "set":
            assert words[2] == "NAME" or any(
                key.split(".", 1)[1] == words[2] or key == words[2] for key in SETTINGS
            ), text


def test_every_job_that_it_names_is_one() -> None:
    for name in re.findall(r"--job ([a-z_]+)", PAGE):
        assert name in jobs(), name


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        name, _, anchor = target.partition("#")
        page = ROOT / "docs" / (name or "troubleshooting.md")
        assert page.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, target


def test_the_pages_that_people_begin_with_lead_here() -> None:
    for page in ("README.md", "docs/setup.md", "docs/operations.md", "docs/doctor.md"):
        assert "troubleshooting.md" in (ROOT / page).read_text(encoding="utf-8"), page
    assert "| message | remedy |" not in OPERATIONS  # one home
