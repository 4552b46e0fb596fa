"""Checks of the listeners that the database has."""

from collections.abc import Iterator

from reports.diagnosis.account import code_of
from reports.diagnosis.finding import Finding, NotChecked, fault, ok, warning
from reports.diagnosis.situation import Situation
from utils.clock import believed
from utils.errors import ExitCode
from utils.job.consents import KEYS, StoredConsent, stored_consents
from utils.sealing import unseal
from utils.spotify.consents import PUT_RIGHT_ELSEWHERE, WARN_DAYS, consent_ends_at
from utils.words import counted


def check_listener(at: Situation) -> Iterator[Finding]:
    """Whether there is the listener who is named, or any."""
    at.needs_stored()
    (active,) = at.row("doctor.active_listeners")
    try:
        at.listener  # noqa: B018 - found once, or the reason why not
    except NotChecked as why:
        if not at.named:
            raise
        yield fault("listener", f"{why}.", "./run users list")
    else:
        yield ok(f"{counted(active, 'listener')} in the database, not counting those who are paused.")


def stored(at: Situation) -> list[StoredConsent]:
    """The consents that are stored, for `Situation.once`. Raises NotChecked where they cannot be seen, or there are none."""
    at.needs_stored()
    assert at.connection is not None, "or nothing is stored"
    found = stored_consents(at.connection)
    if not found:
        raise NotChecked("no consent is stored")
    return found


def check_keys(at: Situation) -> Iterator[Finding]:
    """Whether the stored consents can be read with the keys of TOKEN_ENCRYPTION_KEY."""
    found = at.once(stored)
    app = at.app.spotify if at.app else None
    if app is None:
        raise NotChecked("the settings of Spotify are missing or malformed")
    lost = [
        each.name
        for each in found
        if unseal(each.refresh_token_encrypted, app.token_keys, app.client_secret) is None
    ]
    if lost:
        why = "is not the one that they were sealed with" if app.token_keys else "is missing"
        yield fault(
            "token-key",
            f"{KEYS} {why}, so the stored consents of {', '.join(lost)} cannot be read, and nothing of theirs is copied.",
            f"Put the key back into {KEYS} (.env, or the secrets on GitHub); if it is lost: ./run login --user NAME for each",
        )
    else:
        yield ok(f"{counted(len(found), 'stored consent')} can be read.")


def check_stored_consents(at: Situation) -> Iterator[Finding]:
    """How long the stored consents last, and what Spotify has said of them the last time; but of that one that is asked about now."""
    at.once(stored)
    asked_about = at.user.user_id if at.user else None
    is_well = True
    for user_id, name, authorized_at, auth_status in at.rows("doctor.consents"):
        if user_id == asked_about:
            continue
        login, began = f"./run login --user {name}", believed(authorized_at, at.now)
        days = (consent_ends_at(began) - at.now).days if began else None
        if auth_status != "ok" or (days is not None and days < 0):
            is_well = False
            yield fault(
                code_of(auth_status if auth_status != "ok" else "expired"),
                f"The consent of {name} counts no more ({auth_status if auth_status != 'ok' else 'over'}), so nothing of theirs is copied.",
                PUT_RIGHT_ELSEWHERE.get(auth_status, login),
                ExitCode.CONSENT,
            )
        elif days is not None and days <= WARN_DAYS:
            is_well = False
            yield warning("consent-ends", f"The consent of {name} ends in {counted(days, 'day')}.", login)
    if is_well:
        yield ok("The other stored consents are good, as far as was seen the last time.")
