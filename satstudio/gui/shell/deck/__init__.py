"""The pages in the window: which there are, and where each stands."""
