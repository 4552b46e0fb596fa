"""The life of a job: opening, gates, work in batches, the end, and what is kept of all that."""
