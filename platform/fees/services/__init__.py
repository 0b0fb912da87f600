"""Write fee items, their prices, and what is agreed on units."""
