"""What is around the pages: application, main window, docks, bars, error reports."""
