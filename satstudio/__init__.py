"""satstudio: open, view, crop, learn from and restore SAR and other satellite scenes."""
