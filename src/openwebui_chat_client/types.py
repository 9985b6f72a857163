"""Every record, event and option type that users may name; each is defined in the room that it belongs to."""
