"""What the person who starts the platform is told when it cannot go on."""


class PlatformError(Exception):
    """One clear sentence for whoever typed the command; shown without a traceback."""
