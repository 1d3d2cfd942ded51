"""The papers' tables and figures, one page each."""
