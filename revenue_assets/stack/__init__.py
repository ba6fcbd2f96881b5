"""The processes of one installation: how they are started detached, found again and stopped."""
