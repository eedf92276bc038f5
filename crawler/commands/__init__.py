"""The commands, a file for each of the things a person wants; each imports what it needs when it runs."""
