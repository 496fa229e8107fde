"""The demonstration, only with DEMO=1: two invented companies, a simulator, sample prices."""
