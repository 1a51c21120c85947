"""A generator against a critic, from noise, of pairs, in a cycle: losses, penalties, trainers."""
