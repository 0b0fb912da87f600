"""GA/T 1400: notifications about dispositions to an authority, and dispositions from it.

It calls no address for faces, persons or vehicles, and refuses subscriptions (docs/viid.md).
"""
