"""Dialogs that ask what of some files is meant."""
