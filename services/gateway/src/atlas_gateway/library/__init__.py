"""What the gateway reads from and writes to the tables. Lance blocks, so every method works in a thread."""
