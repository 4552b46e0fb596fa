"""One truth about plays that several sources tell of: which sources there are (`sources`), what their rows say (`told`), which
sightings are one play (`pairing`), what becomes of stored rows (`merging`), and what is written (`writing`)."""
