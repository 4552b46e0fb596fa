"""GitHub, where the scripts run by schedule: which schedules there are, the GitHub CLI, and the REST API."""
