"""Array to array: phasors, speckle, spectra, simulation, scalings; no files, no screens."""
