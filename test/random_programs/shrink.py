"""Reduces a program that differs to few instructions: delta debugging over its items.

SPDX-License-Identifier: Apache-2.0
"""


def shrink(items, differs):
    """The items of a program of which none can be left out: `differs(items)` is true of them. Zeller's ddmin, complements only, from halves to
    single items, again until a whole round of single items leaves out none."""
    parts = 2
    while items:
        size = max(1, -(-len(items) // parts))
        at, shrunk = 0, False
        # From the back: what comes after the difference goes first.
        pieces = [(begin, min(begin + size, len(items))) for begin in range(0, len(items), size)]
        for begin, end in reversed(pieces):
            rest = items[:begin] + items[end:]
            if rest and differs(rest):
                items, shrunk = rest, True
        if size == 1 and not shrunk:
            return items
        parts = min(len(items), parts * 2) if size > 1 else len(items)
    return items


def unroll(items, differs):
    """Takes the items out of their loops where the difference stays."""
    for loop in {item.loop for item in items} - {None}:
        saved = [item for item in items if item.loop == loop]
        for item in saved:
            item.loop = None
        if not differs(items):
            for item in saved:
                item.loop = loop
    return items
