"""Telling people what is wrong: once per cause, again when it grows, and when it is over."""
