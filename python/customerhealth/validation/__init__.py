"""What is to be foreseen: outcomes by account and time."""
