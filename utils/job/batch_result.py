"""What one batch of a pass has done, and how the pass stands behind it."""

from datetime import datetime
from typing import Any, NamedTuple


class BatchResult(NamedTuple):
    """The numbers are of this batch alone; `next_offset`, `has_more` and `total_estimated` are of the pass behind it.

    A batch that was not written, because of a rate limit (until `rate_limit_reset_at`, aware, UTC) or of an error, is the last of
    its run: nothing of it is stored, and the next run goes on at `next_offset`.
    """

    items_processed: int = 0
    new_items_added: int = 0
    items_updated: int = 0
    has_more: bool = True
    next_offset: int = 0
    rate_limited: bool = False
    rate_limit_reset_at: datetime | None = None
    total_estimated: int | None = None
    error_message: str | None = None
    success: bool = True

    def as_json(self) -> dict[str, Any]:
        """The ten fields; the moment is ISO 8601."""
        until = self.rate_limit_reset_at
        return {**self._asdict(), "rate_limit_reset_at": until and until.isoformat(timespec="seconds")}
