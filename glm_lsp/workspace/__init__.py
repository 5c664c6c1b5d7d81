"""What the user has: open documents, folders, files, and frozen snapshots of them."""
