import re


def slug(title):
    """The title as it stands in an address: small letters, digits, and single hyphens between words."""
    raise NotImplementedError


def address(title):
    return f"/posts/{slug(title)}"
