"""Bank statements: what a bank's file says, line by line, and which bills its lines may pay."""
