"""The command palette: actions, pages and scenes by some letters."""
