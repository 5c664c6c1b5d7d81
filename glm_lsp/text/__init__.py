"""Text as the Language Server Protocol sees it: lines, points, encodings, changes. Pure: no file, no editor."""
