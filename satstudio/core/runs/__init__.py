"""What lies in the folder of a training, read without torch."""
