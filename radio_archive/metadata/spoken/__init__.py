"""Credits that are spoken on air: who is speaking, and which show or station this is."""
