"""The far end of Stripe on loopback, for the demonstration and the tests: its wire format, a page
on which a browser pays, signed events, and misbehaviour by script. Plain Python without Django."""
