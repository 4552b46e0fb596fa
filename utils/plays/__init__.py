"""One truth about plays that several sources tell of: which sightings are one play (`pairing`), and the table `plays` (`merging`)."""
