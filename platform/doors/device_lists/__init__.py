"""Lists on devices that decide by themselves: what is wanted there, what is there, and the job."""
