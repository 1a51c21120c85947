"""Despecklers evaluated beside rivals on synthetic and real scenes."""
