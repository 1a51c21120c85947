"""Scenes to patch sets."""
