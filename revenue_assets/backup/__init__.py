"""A backup of an installation: its database and its files of one moment, and the way back from it."""
