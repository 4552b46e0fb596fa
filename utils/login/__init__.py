"""The listener's consent: asking for it in a browser, and writing the settings that come of it."""
