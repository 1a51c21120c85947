"""What is open and how it is shown: state without a window."""
