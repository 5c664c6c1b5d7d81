"""The area of a rectangle."""

from shop import area


def test_it_is_width_times_height():
    assert area(3, 4) == 12
