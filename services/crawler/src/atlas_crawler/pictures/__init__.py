"""What a picture is, told from its bytes alone, in a process that may crash without harm."""
