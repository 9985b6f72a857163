"""One file per area of the server: its records and its class."""
