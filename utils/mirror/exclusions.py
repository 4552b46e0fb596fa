"""The playlist that keeps tracks out of smart playlists: what everything that knows of it has in common."""

from utils.errors import SettingsError

EXCLUSIONS = "exclusions"  # its slug in playlist_mappings, and the entity type of its checkpoint
NAME = "Exclusions"  # on Spotify, when it is made


def refuse_exclusions(slug: str) -> None:
    """Raise SettingsError where the slug of a smart playlist is asked for, and this is that of the exclusions."""
    if slug == EXCLUSIONS:
        raise SettingsError(
            f"{EXCLUSIONS} is the list of what you exclude, and no smart playlist: no definition makes it, so it has none to lose.",
            "What you take out of it in the app comes back into your lists. For another list in its place: delete it in the "
            f"app, and call that one {NAME}.",
        )
