"""What can go wrong between a script and its database, by what the reader has to do next."""


class DatabaseError(Exception):
    """Base of this package's errors: what happened, and in `remedy` what to do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class DatabaseSettingsError(DatabaseError):
    """The settings that name the database are missing, malformed, or not allowed here."""


class DatabaseUnavailableError(DatabaseError):
    """The settings are fine, but no server answers, or it refuses the login."""


class SchemaError(DatabaseError):
    """The database's schema and this checkout do not fit together."""
