"""The numbers on speed and memory in docs/, each printed by one command."""
