"""The figures of speed and memory that the documents quote, each one command."""
