"""Files: replaced when whole, arrays, JSON."""
