"""What restorers that learn from pairs share: options, losses, the trainer."""
