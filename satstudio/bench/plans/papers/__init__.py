"""Plans and pages of the experiments of papers."""
