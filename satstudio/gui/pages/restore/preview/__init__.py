"""Preview of a restoration: before, after, beside what, and the difference."""
