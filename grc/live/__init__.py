"""The process that keeps agents' pages told (server-sent events). It reads sessions and rights, and writes nothing."""
