"""Messages in cacheable order, and the one gate everything that is sent passes."""
