"""Object stores of connections: listed, looked into, written to. What is asked of one goes out from here."""
