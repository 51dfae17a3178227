"""Text: tokenisers that turn it into numbers, and ways to write it one token at a time."""
