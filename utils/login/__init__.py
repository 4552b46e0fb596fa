"""Asks for the listener's consent in a browser, and writes the settings that result from it."""
