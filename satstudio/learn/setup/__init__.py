"""What a training starts from: recipe, data, batches, clock."""
