import re


def slug(title):
    """The title as it stands in an address: small letters, digits, and single hyphens between words."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def address(title):
    return f"/posts/{slug(title)}"
