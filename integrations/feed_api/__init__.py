"""What receivers of feeds call (docs/cap.md): list and fetch the messages of their own feed."""
