"""Personal data as real exports hold it, made up, and marked: none of it may ever be found in a database.

`PERSONAL_MARKS` are texts that occur in exports only within such data. What a single letter pair says (a country) cannot be marked.
"""

import json

from simulator.exports.package import Member

LOGS = 150
USER_NAME = "mark-user-4c1f9d"
ADDRESS = "203.0.113.77"  # of a network that is kept for examples
USER_AGENT = "mark-agent-7b20aa Spotify/8.5.1"
CITY, REGION, METRO, LATITUDE, LONGITUDE = "Markcity-5e", "Markregion-5e", "mark-metro-5e", "48.5e1", "9.5e1"
EMAIL = "mark-mail-90ce@example.invalid"
REAL_NAME = "Markname Personal-31"
STREET = "Markstreet 31-c"
BIRTH_DATE = "1907-03-31"
CARD = "mark-card-4111"
SEARCHED = "mark-searched-words-66"
INFERRED = "mark-inferred-1P_Custom-12"
FRIEND = "mark-friend-88"
DEVICE = "mark-device-0d"
PERSONAL_MARKS = (
    USER_NAME,
    ADDRESS,
    USER_AGENT,
    CITY,
    REGION,
    METRO,
    LATITUDE,
    LONGITUDE,
    EMAIL,
    REAL_NAME,
    STREET,
    BIRTH_DATE,
    CARD,
    SEARCHED,
    INFERRED,
    FRIEND,
    DEVICE,
)
# Files of the account data that have nothing to do with plays and are never to be opened.
PERSONAL_FILES: dict[str, object] = {
    "Userdata.json": {
        "username": USER_NAME,
        "email": EMAIL,
        "country": "DE",
        "createdFromFacebook": False,
        "facebookUid": None,
        "birthdate": BIRTH_DATE,
        "gender": "neutral",
        "postalCode": None,
        "mobileNumber": None,
        "mobileOperator": None,
        "mobileBrand": None,
        "creationTime": "2012-01-07",
    },
    "Identifiers.json": {"identifierType": "email", "identifierValue": EMAIL},
    "Identity.json": {
        "displayName": REAL_NAME,
        "firstName": None,
        "lastName": None,
        "imageUrl": None,
        "largeImageUrl": None,
        "tasteMaker": False,
        "verified": False,
    },
    "UserAddress.json": {"street": STREET, "city": CITY, "state": REGION},
    "Payments.json": {
        "payment_method": CARD,
        "created": BIRTH_DATE,
        "country": "DE",
        "postal_code": METRO,
    },
    "Inferences.json": {"inferences": [INFERRED]},
    "SearchQueries.json": [
        {
            "platform": "IPHONE",
            "searchTime": "2026-01-02T03:04:05.678Z[UTC]",
            "searchQuery": SEARCHED,
            "searchInteractionURIs": [],
        }
    ],
    "Marquee.json": [{"artistName": INFERRED, "segment": "Previously Active Listeners"}],
    "Follow.json": {
        "userIsFollowing": [FRIEND],
        "userIsFollowedBy": [FRIEND],
        "userIsBlocking": [],
    },
    "UserPrompts.json": {"userPrompts": [{"message": SEARCHED, "createdDate": "2026-01-02"}]},
    "PlaylistInABottle.json": {"answers": [SEARCHED]},
}


def personal_files(year: int) -> dict[str, object]:
    """The files of an export of that year that hold personal data alone: name → content."""
    return {**PERSONAL_FILES, f"Wrapped{year - 1}.json": {"topFans": [FRIEND], "device": DEVICE}}


def technical_log() -> list[Member]:
    """The third package that can be asked for: what the apps have reported, in very many small files."""
    events = [
        {"timestamp_utc": "2026-01-02T03:04:05.678Z", "context_device": DEVICE, "message_user": USER_NAME}
    ]
    content = json.dumps(events, indent=2).encode()
    folder = "Spotify Technical Log Information"
    logs = [Member(f"{folder}/Event{number:03d}.json", content) for number in range(LOGS)]
    return [*logs, Member(f"{folder}/KeyOfEvents.txt", b"Event000: an event\n")]
