"""What `check_schedules` finds, and what `tell_github` makes of it; every run's summary looks at the schedules as well."""
