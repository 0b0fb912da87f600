"""What face terminals fetch by HTTP."""
