"""The machine that the program runs on: its processor, processes, how the program starts itself."""
