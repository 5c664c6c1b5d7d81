"""Text as the Language Server Protocol sees it: lines, points, encodings, changes. Pure; knows no file and no editor."""
