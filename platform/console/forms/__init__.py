"""What people of the staff type in: shapes only; the rules are the services'."""
