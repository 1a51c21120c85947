"""What all of the window shares: actions, context, tables, small widgets, file dialogs."""
