"""Which sources tell of plays, and which of two is the better one."""

API, EXPORT, BOTH = "api", "export", "both"
BY_NAME = "export_by_name"  # rows of the extended history of 2020, which has no ids
# What tells of plays beside these two, the better first: of two that tell of one play the first one's row stays.
ACCOUNT, LASTFM, MALOJA = "account_data", "lastfm", "maloja"
YOUR_SPOTIFY, LISTENBRAINZ = "your_spotify", "listenbrainz"
LASTFM_MINUTES = "lastfm_to_the_minute"  # scrobbles of which the file gives the minute alone
OTHERS = (BY_NAME, ACCOUNT, YOUR_SPOTIFY, LISTENBRAINZ, "koito", LASTFM, LASTFM_MINUTES, MALOJA)
BEST_FIRST = (BOTH, EXPORT, API, *OTHERS)
CUT_TO_MINUTE = frozenset({ACCOUNT, LASTFM_MINUTES})
# Whose ends are the API's moments, where nothing was measured.
FROM_API = frozenset({YOUR_SPOTIFY, LISTENBRAINZ})
