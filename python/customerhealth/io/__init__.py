"""What comes in and what goes out: tables, instants, columns, files."""
