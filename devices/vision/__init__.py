"""Recognition: one interface for each thing recognised, one module for each engine."""
