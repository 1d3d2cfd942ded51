"""The figures of speed that the documentation quotes, each one command."""
