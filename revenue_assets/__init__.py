"""Finds the revenue a usage-billing company loses, from event files to signed findings."""
