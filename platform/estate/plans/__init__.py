"""The plan of a site, in revisions: drawn or imported as a draft, compared, published.

`features` validates a plan, `drawings` converts it to and from what the editor draws, `changes`
compares it with the places of the site, `services` writes, `selectors` reads. Publishing a
revision creates the places that it names, and gives all of them the outlines that the map shows.
"""
