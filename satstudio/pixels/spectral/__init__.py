"""Spectra of complex samples: estimated, centred, flattened; points."""
