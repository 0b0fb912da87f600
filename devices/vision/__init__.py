"""Recognition: an interface for each kind of object, a module for each engine."""
