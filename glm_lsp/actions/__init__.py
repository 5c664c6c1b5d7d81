"""What can be asked: the catalogue, one prompt file each."""
