"""Runs the platform's processes on one machine: PostgreSQL, the children, the worker watchdog.

Nothing here reads settings: `run_platform` passes everything in.
"""
