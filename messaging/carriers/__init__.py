"""Kinds of carriers: what a message becomes on their wire, and what their answers mean."""
