"""What a file is: exact bytes in, exact bytes out, and the positions in between."""
