"""What a restoration works in: pieces that fit the memory, done one behind the other."""
