"""The window's own dialogs: about, settings, shortcuts, doctor, errors."""
