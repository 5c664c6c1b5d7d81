"""The shape of source text: enclosing definitions, outline, imports, errors. Falls back to indentation. Pure."""
